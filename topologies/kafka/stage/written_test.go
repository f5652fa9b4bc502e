package stage_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"weir/topologies/kafka/group"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafka/stage"
	"weir/topologies/kafkatest"

	"github.com/lovoo/goka"
)

// Written hears of an item when each of its outputs is acknowledged, once, and never of an item that failed: what it gives back may be in use no more.
func TestWrittenFollowsTheLastAcknowledgement(t *testing.T) {
	const n, lost = 6, 4
	b, p := setup(t, 1, n)
	sink := &held{Sink: p, topic: "out"}
	var mu sync.Mutex
	var written []int
	told := func() []int { mu.Lock(); defer mu.Unlock(); return slices.Clone(written) }
	s := stage.New(stage.Config[int]{Out: sink, Decode: number, MaxBatch: n,
		Batch: func(_ context.Context, b *stage.Batch[int]) error {
			copyOut(b.Items)
			copyOut(b.Items) // two outputs each
			return nil
		},
		Written: func(it *stage.Item[int]) { mu.Lock(); defer mu.Unlock(); written = append(written, it.Msg) },
	})
	task := kafkatest.Background(t, kafkatest.NewProcessor(t, b, goka.DefineGroup("g", s.Input("in")),
		goka.WithConsumerGroupBuilder(group.Builder(b, group.Config{CommitInterval: 50 * time.Millisecond})),
		goka.WithProducerBuilder(producer.Builder(b, producer.Config{}))).Run)
	kafkatest.Eventually(t, "outputs are held", func() bool { sink.mu.Lock(); defer sink.mu.Unlock(); return len(sink.acks) == 2*n })
	sink.mu.Lock()
	acks := sink.acks
	sink.acks = nil
	sink.mu.Unlock()
	for i := range n {
		acks[2*i](nil)
	}
	kafkatest.Eventually(t, "the first outputs are there", func() bool { return kafkatest.End(t, b, "out") == n })
	if got := told(); len(got) > 0 {
		t.Errorf("told of %v, of which an output is on its way", got)
	}
	for i := range n {
		if i == lost {
			acks[2*i+1](errors.New("lost"))
		} else {
			acks[2*i+1](nil)
		}
	}
	<-task.Done()
	if err := task.Stop(); err == nil {
		t.Error("an output is lost and nobody says so")
	}
	s.Close()
	got := told()
	slices.Sort(got)
	if fmt.Sprint(got) != "[0 1 2 3 5]" {
		t.Errorf("told of %v", got)
	}
}
