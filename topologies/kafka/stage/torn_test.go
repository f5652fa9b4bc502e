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
	"weir/topologies/kafka/session"
	"weir/topologies/kafka/stage"
	"weir/topologies/kafkatest"

	"github.com/lovoo/goka"
	"github.com/twmb/franz-go/pkg/kgo"
)

// left is what the last commit of partition 0 says; -1 while there is none.
func left(t *testing.T, b client.Config, topic string) (at int64, note string) {
	t.Helper()
	adm, done, err := b.Admin()
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	offsets, err := adm.FetchOffsets(t.Context(), "g")
	if err != nil {
		return -1, ""
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

// A partition that a member keeps over a rebalance in which its records failed is looked at like one that somebody else had, from the time on from
// which whoever had it before may have begun them.
func TestFailureInARebalance(t *testing.T) {
	const n = 20
	b, p := setup(t, 2, n)
	sink := &held{Sink: p, topic: "out"}
	var running context.Context
	s := stage.New(stage.Config[int]{Out: sink, Decode: number, Batch: func(_ context.Context, b *stage.Batch[int]) error {
		sink.mu.Lock()
		running = b.Session()
		sink.mu.Unlock()
		copyOut(b.Items)
		return nil
	}})
	var mu sync.Mutex
	var torn []group.Taken
	given := 0
	before := time.Now().Add(-time.Hour).Truncate(time.Millisecond)
	cfg := group.Config{Doubt: func(session.TP, int64) (time.Time, bool) { return before, true }, Opts: []kgo.Opt{kgo.HeartbeatInterval(50 * time.Millisecond)}, Taken: func(list []group.Taken) {
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
	<-running.Done()
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
	for _, k := range torn {
		if !k.Since.Equal(before) {
			t.Errorf("looked at since %s, want %s", k.Since, before)
		}
	}
	t.Logf("torn %+v, %d given away", torn, given)
}

// Who takes over a partition that was left clean says so before it handles anything: if it is killed before its first commit, the next one knows.
func TestCleanIsTakenBack(t *testing.T) {
	const n = 5
	b, p := setup(t, 1, n)
	s := stage.New(stage.Config[int]{Out: p, Decode: number, Batch: func(_ context.Context, b *stage.Batch[int]) error { copyOut(b.Items); return nil }})
	task := noted(t, b, s, group.Config{Taken: func([]group.Taken) {}})
	kafkatest.Eventually(t, "all is committed", func() bool { at, _ := left(t, b, "in"); return at == n })
	if err := task.Stop(); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if at, note := left(t, b, "in"); at != n || note != "weir clean" {
		t.Fatalf("left at %d with %q", at, note)
	}
	begin := time.Now()
	taken := make(chan []group.Taken, 8)
	s = stage.New(stage.Config[int]{Out: p, Decode: number, Batch: func(context.Context, *stage.Batch[int]) error { return nil }})
	task = noted(t, b, s, group.Config{Taken: func(list []group.Taken) {
		at, note := left(t, b, "in") // as if it was killed here
		var since int64
		if _, err := fmt.Sscanf(note, "weir since %d", &since); err != nil || at != n || since < begin.UnixMilli() || since > time.Now().UnixMilli() {
			t.Errorf("begun at %d with %q", at, note)
		}
		taken <- list
	}})
	if list := <-taken; len(list) != 1 || !list[0].Clean || list[0].Offset != n {
		t.Errorf("%+v", list)
	}
	if err := task.Stop(); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if at, note := left(t, b, "in"); at != n || note != "weir clean" {
		t.Errorf("left at %d with %q", at, note)
	}
}
