package kafka_test

import (
	"context"
	"testing"
	"time"

	"weir/topologies/kafka/client"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafkatest"

	"github.com/twmb/franz-go/pkg/kgo"
)

// stall is how long a read_committed reader of a partition sees nothing after an instance died for good between two
// writes of a transaction: the broker has to give the transaction up first.
func stall(t *testing.T, cluster client.Config, ns string) time.Duration {
	kafkatest.Topics(t, cluster, 1, ns+"out")
	dead := kafkatest.Client(t, cluster, kgo.TransactionalID(ns+"dead"), kgo.TransactionTimeout(15*time.Second)) // as eos
	if err := dead.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	kafkatest.Produce(t, dead, &kgo.Record{Topic: ns + "out", Value: []byte("never committed")})
	dead.Close() // as a killed process: the transaction stays open
	p, err := producer.New(cluster, producer.Config{})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := p.Sync(t.Context(), &kgo.Record{Topic: ns + "out", Value: []byte("of a living instance")}); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	cl := kafkatest.Client(t, cluster, kgo.ConsumeTopics(ns+"out"), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		fs := cl.PollFetches(ctx)
		if ctx.Err() != nil {
			t.Fatal("nothing was read for a minute")
		}
		for _, r := range fs.Records() {
			if string(r.Value) == "of a living instance" {
				return time.Since(start)
			}
			t.Fatalf("read %q", r.Value)
		}
	}
}

func TestRealStallBehindADeadInstance(t *testing.T) {
	cluster, ns, ok := kafkatest.Real(t)
	if !ok {
		return
	}
	took := stall(t, cluster, ns)
	t.Logf("readers stalled for %v", took)
}
