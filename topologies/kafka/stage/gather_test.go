package stage_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"weir/topologies/kafka/stage"
	"weir/topologies/kafkatest"
)

// tailOf counts the items of the batches that share a tail.
func tailOf(_ string, _ int32, late []any) []stage.Output {
	n := 0
	for _, l := range late {
		n += l.(int)
	}
	return []stage.Output{{Topic: "ledger", Value: fmt.Append(nil, n)}}
}

func gathering(sink *held, gather time.Duration) *stage.Stage[int] {
	return stage.New(stage.Config[int]{Out: sink, Decode: number, MaxBatch: 3, Gather: gather, Tail: tailOf,
		Batch: func(_ context.Context, b *stage.Batch[int]) error {
			copyOut(b.Items)
			for _, it := range b.Items {
				it.Late = 1
			}
			return nil
		}})
}

// Several batches share one tail; the outputs of items do not wait for it, their commits do.
func TestBatchesShareATail(t *testing.T) {
	const n = 60
	b, p := setup(t, 1, n)
	sink := &held{Sink: p, topic: "ledger"}
	stop := run(t, b, gathering(sink, time.Second))
	kafkatest.Eventually(t, "items are out", func() bool { return kafkatest.End(t, b, "out") == n })
	kafkatest.Eventually(t, "the tail is written", func() bool {
		sink.mu.Lock()
		defer sink.mu.Unlock()
		return len(sink.acks) > 0
	})
	if c := kafkatest.Committed(t, b, "g", "in"); c != 0 {
		t.Fatalf("%d committed before the tail is acknowledged", c)
	}
	tails := 0
	kafkatest.Eventually(t, "all committed", func() bool { tails += sink.release(nil); return kafkatest.Committed(t, b, "g", "in") == n })
	if tails > n/3/2 {
		t.Errorf("%d tails for %d batches", tails, n/3)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

// What is held when the session ends goes out at once, however long it could have waited.
func TestStopReleasesWhatIsHeld(t *testing.T) {
	const n = 7
	b, p := setup(t, 1, n)
	sink := &held{Sink: p, topic: "nothing is held back"}
	stop := run(t, b, gathering(sink, time.Hour))
	kafkatest.Eventually(t, "items are out", func() bool { return kafkatest.End(t, b, "out") == n })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if c := kafkatest.Committed(t, b, "g", "in"); c != n {
		t.Errorf("%d committed", c)
	}
	if e := kafkatest.End(t, b, "ledger"); e < 1 || e > 3 { // of three batches; what was acknowledged last may have one of its own
		t.Errorf("%d tails", e)
	}
}
