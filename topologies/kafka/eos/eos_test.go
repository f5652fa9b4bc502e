package eos_test

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weir/topologies/kafka/eos"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafka/stage"
	"weir/topologies/kafkatest"

	"github.com/lovoo/goka"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Instances come, go and fail in the middle of transactions; every input of both topics has exactly two outputs.
func TestExactlyOnceOverRebalancesAndFailures(t *testing.T) {
	const parts, n, rounds = 4, 6000, 12
	b := kafkatest.Cluster(t, parts, "raw", "released", "out")
	cl := kafkatest.Client(t, b)
	var count atomic.Int64
	callback := stage.Safe(func(ctx goka.Context, m any, done func(error)) {
		ctx.Emit("out", ctx.Key(), m)
		ctx.Emit("out", ctx.Key()+"'", m)
		if c := count.Add(1); c%1900 == 0 {
			done(errors.New("injected"))
			return
		}
		done(nil)
	})
	g := goka.DefineGroup("g", goka.Input("raw", stage.Bytes{}, callback), goka.Input("released", stage.Bytes{}, callback), goka.Output("out", stage.Bytes{}))
	start := func(id string) func() []error {
		return kafkatest.Supervise(t, b, g, func() []goka.ProcessorOption {
			// a long linger keeps records in flight when a rebalance comes
			return eos.New(b, producer.Config{Linger: 30 * time.Millisecond},
				eos.Config{TransactionalID: id, MaxBatch: 300, Opts: []kgo.Opt{kgo.HeartbeatInterval(50 * time.Millisecond)}}).Options()
		})
	}
	var errs []error
	a := start("a")
	for i := range rounds {
		for j := range n / rounds {
			k := fmt.Sprint(i*n/rounds + j)
			cl.Produce(t.Context(), &kgo.Record{Topic: []string{"raw", "released"}[j%2], Key: []byte(k), Value: []byte(k)}, nil)
		}
		if err := cl.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		before := count.Load()
		if i%3 == 1 {
			x := start("x")
			kafkatest.Eventually(t, "progress", func() bool { return count.Load() > before })
			errs = append(errs, x()...)
		}
		if i%4 == 3 {
			errs = append(errs, a()...)
			a = start("a")
		}
	}
	seen, got := map[string]int{}, 0
	kafkatest.Consume(t, b, "out", func(r *kgo.Record) bool {
		seen[string(r.Key)]++
		got++
		return len(seen) == 2*n
	})
	if got != 2*n {
		t.Errorf("%d outputs, want %d", got, 2*n)
	}
	kafkatest.Eventually(t, "committed", func() bool {
		return kafkatest.Committed(t, b, "g", "raw")+kafkatest.Committed(t, b, "g", "released") >= n
	})
	for _, err := range append(errs, a()...) { // only the injected errors end a processor, rebalances do not
		if strings.Contains(err.Error(), "context closed while waiting") {
			continue // stopped while it started
		}
		if !strings.Contains(err.Error(), "injected") || strings.Contains(err.Error(), "aborting") {
			t.Errorf("Run: %.300v", err)
		}
	}
}

// Before it runs and after it has ended, a runner refuses records instead of writing them outside a transaction.
func TestProduceOutsideOfARun(t *testing.T) {
	b := kafkatest.Cluster(t, 1, "out")
	r := eos.New(b, producer.Config{}, eos.Config{TransactionalID: "a"})
	got := make(chan error, 1)
	r.Produce(t.Context(), &kgo.Record{Topic: "out"}, func(_ *kgo.Record, err error) { got <- err })
	if err := <-got; err == nil {
		t.Fatal("accepted")
	}
}
