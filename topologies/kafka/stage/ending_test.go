package stage_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"weir/topologies/kafka/group"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafka/stage"
	"weir/topologies/kafkatest"

	"github.com/lovoo/goka"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// failing gives errors to some records and writes the others.
type failing struct {
	producer.Sink
	err func(r *kgo.Record) error
}

func (f failing) Produce(ctx context.Context, r *kgo.Record, done func(*kgo.Record, error)) {
	if err := f.err(r); err != nil {
		done(r, err)
		return
	}
	f.Sink.Produce(ctx, r, done)
}

// verdicts is a stage with a tail of "index ok|dead" texts.
func verdicts(out producer.Sink, gather time.Duration) *stage.Stage[int] {
	return stage.New(stage.Config[int]{Out: out, Decode: number, MaxBatch: 4, Gather: gather,
		Tail: func(_ string, _ int32, late []any) []stage.Output {
			return []stage.Output{{Topic: "ledger", Value: []byte(strings.Trim(fmt.Sprint(late), "[]"))}}
		},
		Batch: func(_ context.Context, b *stage.Batch[int]) error {
			copyOut(b.Items)
			for _, it := range b.Items {
				it.Late = fmt.Sprint(it.Msg, "=ok")
			}
			return nil
		},
		Refused: func(it *stage.Item[int], attempt int, err error) []stage.Output {
			it.Late = fmt.Sprint(it.Msg, "=dead", attempt)
			return []stage.Output{{Topic: "out", Key: []byte("dead"), Value: it.Record.Value, Headers: []kgo.RecordHeader{{Key: fmt.Sprint(attempt)}}}}
		}})
}

// The ledger is not told of what is not acknowledged: neither before, nor when it failed, nor of what is behind that.
func TestTheTailKnowsOnlyWhatIsWritten(t *testing.T) {
	for _, gather := range []time.Duration{0, 20 * time.Millisecond} {
		const n = 10
		b, p := setup(t, 1, n)
		sink := &held{Sink: p, topic: "out"}
		s := verdicts(sink, gather)
		task := kafkatest.Background(t, kafkatest.NewProcessor(t, b, goka.DefineGroup("g", s.Input("in")),
			goka.WithConsumerGroupBuilder(group.Builder(b, group.Config{CommitInterval: 50 * time.Millisecond})),
			goka.WithProducerBuilder(producer.Builder(b, producer.Config{}))).Run)
		kafkatest.Eventually(t, "outputs are held", func() bool { sink.mu.Lock(); defer sink.mu.Unlock(); return len(sink.acks) == n })
		kafkatest.Always(t, "no tail yet", 100*time.Millisecond, func() bool { return kafkatest.End(t, b, "ledger") == 0 })
		sink.mu.Lock()
		acks := sink.acks
		sink.acks = nil
		sink.mu.Unlock()
		for i := range acks { // the last first
			if i = n - 1 - i; i == 6 {
				acks[i](errors.New("lost"))
			} else {
				acks[i](nil)
			}
		}
		<-task.Done()
		if err := task.Stop(); err == nil || !strings.Contains(err.Error(), "lost") {
			t.Errorf("Run: %v", err)
		}
		s.Close()
		var got []string
		kafkatest.Consume(t, b, "ledger", func(r *kgo.Record) bool {
			got = append(got, strings.Fields(string(r.Value))...)
			return len(got) >= 6
		})
		if want := "[0=ok 1=ok 2=ok 3=ok 4=ok 5=ok]"; fmt.Sprint(got) != want || kafkatest.Committed(t, b, "g", "in") > 6 {
			t.Errorf("%v, want %s; %d committed", got, want, kafkatest.Committed(t, b, "g", "in"))
		}
	}
}

// A refused output does not fail its item: others take its place, and their own refusal is asked about too.
func TestRefusedOutputsAreReplaced(t *testing.T) {
	const n = 8
	b, p := setup(t, 1, n)
	sink := failing{p, func(r *kgo.Record) error {
		again := len(r.Headers) > 0
		if v := string(r.Value); v == "3" && !again || v == "5" && (!again || r.Headers[0].Key == "1") {
			return &producer.Refused{Topic: r.Topic, Err: kerr.MessageTooLarge}
		}
		return nil
	}}
	stop := run(t, b, verdicts(sink, 0))
	kafkatest.Eventually(t, "all committed", func() bool { return kafkatest.Committed(t, b, "g", "in") == n })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	var got []string
	kafkatest.Consume(t, b, "ledger", func(r *kgo.Record) bool {
		got = append(got, strings.Fields(string(r.Value))...)
		return len(got) == n
	})
	if want := "[0=ok 1=ok 2=ok 3=dead1 4=ok 5=dead2 6=ok 7=ok]"; fmt.Sprint(got) != want {
		t.Errorf("%v, want %s", got, want)
	}
	if end := kafkatest.End(t, b, "out"); end != n {
		t.Errorf("%d outputs", end)
	}
}
