package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weir/topologies/kafka"
	"weir/topologies/kafka/client"
	"weir/topologies/kafka/instance"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafka/stage"
	"weir/topologies/kafkatest"

	"github.com/lovoo/goka"
	"github.com/twmb/franz-go/pkg/kgo"
)

const parts = 4

// pipeline is a group shaped like the pipeline: two inputs, an output per message, one ledger record per batch. Every
// failEvery-th batch, six times, has an output that can never be written, which ends the processor.
func pipeline(cluster client.Config, ns string, d kafka.Delivery, inst string, failEvery int64, batches *atomic.Int64) kafka.Group {
	return named(ns+"pipeline", cluster, ns, d, inst, failEvery, batches)
}

func named(name string, cluster client.Config, ns string, d kafka.Delivery, inst string, failEvery int64, batches *atomic.Int64) kafka.Group {
	return kafka.Group{
		Name: name, Cluster: cluster, Delivery: d, Instance: inst, CommitInterval: 100 * time.Millisecond, MaxTransaction: 300,
		Define: func(out producer.Sink) (*goka.GroupGraph, func()) {
			st := stage.New(stage.Config[struct{}]{Out: out, MaxBatch: 50, Batch: func(_ context.Context, b *stage.Batch[struct{}]) error {
				for _, it := range b.Items {
					it.Out = append(it.Out, stage.Output{Topic: ns + "out", Key: it.Record.Key, Value: it.Record.Value})
				}
				b.Out = append(b.Out, stage.Output{Topic: ns + "ledger", Value: fmt.Appendf(nil, "%s %d %d", b.Topic, b.Partition, len(b.Items))})
				if n := batches.Add(1); failEvery > 0 && n%failEvery == 0 && n <= 6*failEvery {
					b.Out = append(b.Out, stage.Output{Topic: ns + "ledger", Value: make([]byte, 2_000_000)})
				}
				return nil
			}})
			return goka.DefineGroup(goka.Group(name), st.Input(ns+"raw"), st.Input(ns+"released")), st.Close
		},
	}
}

// Members come, go and fail in the middle of batches while both inputs are written: nothing is lost with either
// delivery, nothing is there twice with exactly-once, and without failures nothing is repeated by at-least-once.
func twoInputs(t *testing.T, cluster client.Config, ns string, d kafka.Delivery, failEvery int64) {
	kafkatest.Topics(t, cluster, parts, ns+"raw", ns+"released", ns+"out", ns+"ledger")
	const n, rounds = 4000, 8
	var batches atomic.Int64
	start := func(inst string) func() error {
		return kafkatest.Run(t, pipeline(cluster, ns, d, inst, failEvery, &batches))
	}
	p, err := producer.New(cluster, producer.Config{})
	if err != nil {
		t.Fatal(err)
	}
	a := start("a")
	for i := range rounds {
		for j := range n / rounds {
			k := fmt.Sprint(i*n/rounds + j)
			for _, topic := range []string{"raw", "released"} {
				p.Produce(t.Context(), &kgo.Record{Topic: ns + topic, Key: []byte(k), Value: []byte(topic + k)}, func(_ *kgo.Record, err error) {
					if err != nil {
						t.Error(err)
					}
				})
			}
		}
		if err := p.Client().Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		before := batches.Load()
		switch i % 4 {
		case 1:
			b := start("")
			kafkatest.Eventually(t, "progress with two members", func() bool { return batches.Load() > before })
			if err := b(); err != nil {
				t.Fatal(err)
			}
		case 3:
			if err := a(); err != nil {
				t.Fatal(err)
			}
			a = start("a")
		}
	}
	seen, got := map[string]int{}, 0
	kafkatest.Consume(t, cluster, ns+"out", func(r *kgo.Record) bool {
		seen[string(r.Value)]++
		got++
		return len(seen) == 2*n
	})
	if d == kafka.ExactlyOnce && got != 2*n {
		t.Errorf("%d outputs, want exactly %d", got, 2*n)
	}
	if failEvery == 0 && got != 2*n {
		t.Errorf("%d outputs without any failure, want %d", got, 2*n)
	}
	for _, topic := range []string{"raw", "released"} {
		kafkatest.Eventually(t, "committed "+topic, func() bool { return kafkatest.Committed(t, cluster, ns+"pipeline", ns+topic) >= n })
	}
	if err := a(); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The ledger counts what the outputs hold: exactly, or repeated together with them.
	ledger := 0
	kafkatest.Consume(t, cluster, ns+"ledger", func(r *kgo.Record) bool {
		var topic string
		var part, items int
		if _, err := fmt.Sscan(string(r.Value), &topic, &part, &items); err != nil {
			t.Fatalf("ledger %q: %v", r.Value, err)
		}
		ledger += items
		return ledger >= 2*n
	})
	if d == kafka.ExactlyOnce && ledger != 2*n {
		t.Errorf("ledger counts %d, want %d", ledger, 2*n)
	}
}

func TestTwoInputs(t *testing.T) {
	for _, d := range kafka.AllDeliveries {
		for _, failEvery := range []int64{0, 37} {
			t.Run(fmt.Sprint(d, " failing every ", failEvery), func(t *testing.T) {
				t.Parallel()
				twoInputs(t, kafkatest.Cluster(t, parts), "t-", d, failEvery)
			})
		}
	}
}

func TestRealTwoInputs(t *testing.T) {
	for _, d := range kafka.AllDeliveries {
		for _, failEvery := range []int64{0, 37} {
			cluster, ns, ok := kafkatest.Real(t)
			if !ok {
				return
			}
			t.Run(fmt.Sprint(d, " failing every ", failEvery), func(t *testing.T) { twoInputs(t, cluster, ns, d, failEvery) })
		}
	}
}

// A second process with the same instance makes the group end for good, not start again and again.
func TestDuplicateInstanceEndsTheGroup(t *testing.T) {
	for _, d := range kafka.AllDeliveries {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			cluster := kafkatest.Cluster(t, parts, "t-raw", "t-released", "t-out", "t-ledger")
			duplicateInstance(t, cluster, "t-", d)
		})
	}
}

func TestRealDuplicateInstance(t *testing.T) {
	for _, d := range kafka.AllDeliveries {
		cluster, ns, ok := kafkatest.Real(t)
		if !ok {
			return
		}
		t.Run(d.String(), func(t *testing.T) {
			kafkatest.Topics(t, cluster, parts, ns+"raw", ns+"released", ns+"out", ns+"ledger")
			duplicateInstance(t, cluster, ns, d)
		})
	}
}

func duplicateInstance(t *testing.T, cluster client.Config, ns string, d kafka.Delivery) {
	var batches atomic.Int64
	g := pipeline(cluster, ns, d, "a", 0, &batches)
	g.Log = kafkatest.Log(t)
	first := kafkatest.Background(t, g.Run)
	kafkatest.Eventually(t, "first joined", func() bool { return kafkatest.Members(t, cluster, g.Name) == 1 })
	second := kafkatest.Background(t, g.Run)
	var duplicate *instance.DuplicateError
	if err := first.Wait(t); !errors.As(err, &duplicate) {
		t.Fatalf("first ended with %v", err)
	}
	p, err := producer.New(cluster, producer.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Sync(t.Context(), &kgo.Record{Topic: ns + "raw", Value: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	kafkatest.Consume(t, cluster, ns+"out", func(r *kgo.Record) bool { return string(r.Value) == "x" })
	if err := errors.Join(second.Stop(), p.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
}

func TestDeliveryNames(t *testing.T) {
	for _, d := range kafka.AllDeliveries {
		if got, err := kafka.ParseDelivery(d.String()); err != nil || got != d {
			t.Errorf("%s: %v %v", d, got, err)
		}
	}
	if _, err := kafka.ParseDelivery("at-most-once"); err == nil {
		t.Error("at-most-once was accepted")
	}
	if slices.Index(kafka.AllDeliveries, kafka.AtLeastOnce) != 0 {
		t.Error("the default is not first")
	}
}

// What cannot work says so instead of hanging.
func TestGroupRefusesWhatCannotWork(t *testing.T) {
	cluster := kafkatest.Cluster(t, 1, "in", "g-table")
	graph := func(name string, more ...goka.Edge) func(producer.Sink) (*goka.GroupGraph, func()) {
		return func(producer.Sink) (*goka.GroupGraph, func()) {
			return goka.DefineGroup(goka.Group(name), append(more, goka.Input("in", stage.Bytes{}, func(goka.Context, any) {}))...), nil
		}
	}
	for _, c := range []struct {
		g    kafka.Group
		want string
	}{
		{kafka.Group{Name: "g", Define: graph("other")}, `graph is that of group \"other\"`},
		{kafka.Group{Name: "g", Delivery: kafka.ExactlyOnce, Define: graph("g", goka.Persist(stage.Bytes{}))}, "group with a table"},
	} {
		var said atomic.Bool
		c.g.Cluster = cluster
		c.g.Log = slog.New(slog.NewTextHandler(writer(func(line string) {
			if strings.Contains(line, c.want) {
				said.Store(true)
			}
		}), nil))
		kafkatest.Start(t, c.g.Run)
		kafkatest.Eventually(t, c.want, said.Load)
	}
	if err := (kafka.Group{}).Validate(); err == nil {
		t.Error("an empty group was accepted")
	}
}

type writer func(line string)

func (w writer) Write(b []byte) (int, error) { w(string(b)); return len(b), nil }
