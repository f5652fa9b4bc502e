package kafka_test

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weir/topologies/kafka"
	"weir/topologies/kafka/broker"
	"weir/topologies/kafka/client"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafka/view"
	"weir/topologies/kafkatest"

	"github.com/twmb/franz-go/pkg/kgo"
)

// lines counts log lines that hold a text.
type lines struct {
	slog.Handler
	text string
	n    atomic.Int64
}

func (l *lines) Handle(ctx context.Context, r slog.Record) error {
	if strings.Contains(r.Message, l.text) {
		l.n.Add(1)
	}
	return l.Handler.Handle(ctx, r)
}

func (l *lines) WithAttrs([]slog.Attr) slog.Handler { return l }

// The broker goes away under load and comes back, twice: producer, group and view stay up, nothing is lost, the view
// answers from memory meanwhile and follows again afterwards.
func TestBrokerOutage(t *testing.T) {
	for _, d := range kafka.AllDeliveries {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			outage(t, d)
		})
	}
}

func outage(t *testing.T, d kafka.Delivery) {
	dir := t.TempDir()
	port, err := strconv.Atoi(kafkatest.FreePort(t))
	if err != nil {
		t.Fatal(err)
	}
	start := func() *broker.Broker {
		b, err := broker.Start(broker.Config{Dir: dir, Port: port, Log: kafkatest.Log(t)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(b.Close)
		return b
	}
	b := start()
	cluster := client.Config{Brokers: b.Client().Brokers}
	kafkatest.Topics(t, cluster, parts, "raw", "released", "out", "ledger", "table")
	v := view.New(cluster, view.Config[string]{Topic: "table", Decode: func(_, value []byte) (string, bool) { return string(value), true }})
	kafkatest.Start(t, v.Run)
	if err := v.WaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	p, err := producer.New(cluster, producer.Config{})
	if err != nil {
		t.Fatal(err)
	}
	var batches atomic.Int64
	g := pipeline(cluster, "", d, "", 0, &batches)
	restarts := &lines{Handler: kafkatest.Log(t).Handler(), text: "starts again"}
	g.Log = slog.New(restarts)
	stop := kafkatest.Start(t, g.Run)

	var sent int
	var mu sync.Mutex
	acked := map[string]bool{}
	send := func(n int) {
		for range n {
			sent++
			p.Produce(context.Background(), &kgo.Record{Topic: "raw", Key: fmt.Append(nil, sent), Value: fmt.Append(nil, sent)}, func(r *kgo.Record, err error) {
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				acked[string(r.Value)] = true
			})
		}
	}
	for round := range 2 {
		send(500)
		if err := p.Sync(t.Context(), &kgo.Record{Topic: "table", Key: []byte("k"), Value: fmt.Append(nil, round)}); err != nil {
			t.Fatal(err)
		}
		kafkatest.Eventually(t, "view follows", func() bool { x, _ := v.Get("k"); return x == fmt.Sprint(round) })
		before := batches.Load()
		send(500)
		kafkatest.Eventually(t, "work in progress", func() bool { return batches.Load() > before })
		b.Close()
		send(100)
		kafkatest.Always(t, "the view answers while the broker is away", 500*time.Millisecond, func() bool { x, _ := v.Get("k"); return x == fmt.Sprint(round) })
		b = start()
	}
	if err := p.Sync(t.Context(), &kgo.Record{Topic: "table", Key: []byte("k"), Value: []byte("last")}); err != nil {
		t.Fatal(err)
	}
	kafkatest.Eventually(t, "view follows again", func() bool { x, _ := v.Get("k"); return x == "last" })
	seen, got := map[string]bool{}, 0
	kafkatest.Consume(t, cluster, "out", func(r *kgo.Record) bool {
		seen[string(r.Value)] = true
		got++
		return len(seen) == sent
	})
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(acked) != sent {
		t.Errorf("%d of %d acknowledged", len(acked), sent)
	}
	t.Logf("%s: %d sent, %d repeated, %d restarts of the group", d, sent, got-sent, restarts.n.Load())
	// A connection that a stopping broker closes in its first answer looks like missing SASL and ends a group once; that must not become a habit.
	if n := restarts.n.Load(); d == kafka.AtLeastOnce && n > 2 {
		t.Errorf("the group ended %d times in two outages", n)
	}
	if d == kafka.ExactlyOnce && got != sent {
		t.Errorf("%d outputs of %d", got, sent)
	}
}
