package stage_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/topologies/kafka/client"
	"weir/topologies/kafka/group"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafka/stage"
	"weir/topologies/kafkatest"

	"github.com/lovoo/goka"
	"github.com/twmb/franz-go/pkg/kgo"
)

// left is what the last commit of a partition says.
func left(t *testing.T, b client.Config, topic string) (at int64, note string) {
	t.Helper()
	adm, done, err := b.Admin()
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	offsets, err := adm.FetchOffsets(t.Context(), "g")
	if err != nil {
		t.Fatal(err)
	}
	o, _ := offsets.Lookup(topic, 0)
	return o.At, o.Metadata
}

// noted runs a stage in a group whose commits tell how a partition was left.
func noted(t *testing.T, b client.Config, s *stage.Stage[int], cfg group.Config) *kafkatest.Task {
	cfg.CommitInterval, cfg.Clock = 100*time.Millisecond, time.Now
	return kafkatest.Background(t, kafkatest.NewProcessor(t, b, goka.DefineGroup("g", s.Input("in")), goka.WithConsumerGroupBuilder(group.Builder(b, cfg)),
		goka.WithProducerBuilder(producer.Builder(b, producer.Config{}))).Run)
}

// What fails after its session has ended is not finished, and the last commit does not say that nothing was begun.
func TestFailureAtTheEnd(t *testing.T) {
	for _, failure := range []error{nil, errors.New("lost")} {
		const n = 5
		b, p := setup(t, 1, n)
		sink := &held{Sink: p, topic: "out"}
		var session context.Context
		s := stage.New(stage.Config[int]{Out: sink, Decode: number, MaxBatch: 1, Batch: func(_ context.Context, b *stage.Batch[int]) error {
			sink.mu.Lock()
			session = b.Session()
			sink.mu.Unlock()
			copyOut(b.Items)
			return nil
		}})
		begin := time.Now()
		task := noted(t, b, s, group.Config{})
		kafkatest.Eventually(t, "outputs are held", func() bool { sink.mu.Lock(); defer sink.mu.Unlock(); return len(sink.acks) == n })
		sink.mu.Lock()
		first := sink.acks[0]
		sink.acks = sink.acks[1:]
		sink.mu.Unlock()
		first(nil)
		kafkatest.Eventually(t, "the first one is committed", func() bool { at, _ := left(t, b, "in"); return at == 1 })
		stopped := make(chan error, 1)
		go func() { stopped <- task.Stop() }()
		<-session.Done()
		sink.release(failure)
		<-stopped
		s.Close()
		at, note := left(t, b, "in")
		if failure == nil {
			if at != n || note != "weir clean" {
				t.Errorf("all is written: left at %d with %q", at, note)
			}
			continue
		}
		var since int64
		if _, err := fmt.Sscanf(note, "weir since %d", &since); err != nil || at != 1 || since == 0 || since > time.Now().UnixMilli() || since < begin.UnixMilli() {
			t.Errorf("writing failed: left at %d with %q", at, note)
		}
	}
}

// A partition that a member keeps over a rebalance in which its records failed is looked at like one that somebody else had.
func TestFailureInARebalance(t *testing.T) {
	const n = 20
	b, p := setup(t, 2, n)
	sink := &held{Sink: p, topic: "out"}
	var session context.Context
	s := stage.New(stage.Config[int]{Out: sink, Decode: number, Batch: func(_ context.Context, b *stage.Batch[int]) error {
		sink.mu.Lock()
		session = b.Session()
		sink.mu.Unlock()
		copyOut(b.Items)
		return nil
	}})
	var mu sync.Mutex
	var torn []group.Taken
	given := 0
	cfg := group.Config{Opts: []kgo.Opt{kgo.HeartbeatInterval(50 * time.Millisecond)}, Taken: func(list []group.Taken) {
		mu.Lock()
		defer mu.Unlock()
		for _, k := range list {
			if !k.Since.IsZero() {
				torn = append(torn, k)
			}
		}
	}, Given: func(gone map[string][]int32) {
		mu.Lock()
		defer mu.Unlock()
		given += len(gone["in"])
	}}
	task := noted(t, b, s, cfg)
	kafkatest.Eventually(t, "outputs are held", func() bool { sink.mu.Lock(); defer sink.mu.Unlock(); return len(sink.acks) == n })
	other := kafkatest.Client(t, b, kgo.ConsumerGroup("g"), kgo.ConsumeTopics("in"), kgo.Balancers(kgo.CooperativeStickyBalancer()), kgo.HeartbeatInterval(50*time.Millisecond))
	go other.PollFetches(t.Context())
	<-session.Done()
	sink.release(errors.New("lost"))
	kafkatest.Eventually(t, "the partition that it keeps is looked at, or the member ends", func() bool {
		mu.Lock()
		defer mu.Unlock()
		select {
		case <-task.Done():
			return true
		default:
			return len(torn) == 1 && torn[0].Offset == 0 && !torn[0].Clean && given == 1
		}
	})
	if err := task.Stop(); err != nil && !strings.Contains(err.Error(), "lost") {
		t.Error(err)
	}
	s.Close()
	t.Logf("torn %+v, %d given away", torn, given)
}
