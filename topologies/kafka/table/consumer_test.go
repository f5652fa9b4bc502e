package table_test

import (
	"testing"
	"time"

	"weir/topologies/kafka/table"
	"weir/topologies/kafkatest"

	"github.com/twmb/franz-go/pkg/kgo"
)

// A log that ends with a transaction marker: goka would wait for the record before the end for ever, and gets one that
// changes nothing.
func TestConsumerPassesAnEndWithoutRecords(t *testing.T) {
	cluster := kafkatest.Cluster(t, 1, "table")
	cl := kafkatest.Client(t, cluster, kgo.TransactionalID("x"), kgo.DefaultProduceTopic("table"))
	if err := cl.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	kafkatest.Produce(t, cl, kgo.KeyStringRecord("a", "1"))
	if err := cl.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
		t.Fatal(err)
	}
	c, err := table.Consumer(cluster)(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.ConsumePartition("table", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	late := time.NewTimer(kafkatest.Patience)
	defer late.Stop()
	for want := range int64(2) {
		select {
		case m := <-p.Messages():
			if m.Offset != want || want == 1 && (m.Value != nil || m.Key != nil) {
				t.Fatalf("%+v", m)
			}
		case <-late.C:
			t.Fatalf("no message %d", want)
		}
	}
}
