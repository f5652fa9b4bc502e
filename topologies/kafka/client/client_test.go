package client_test

import (
	"testing"

	"weir/topologies/kafka/client"
	"weir/topologies/kafkatest"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

func TestValidate(t *testing.T) {
	if (client.Config{}).Validate() == nil {
		t.Error("no brokers were accepted")
	}
	if _, err := (client.Config{}).New(); err == nil {
		t.Error("a client without brokers")
	}
}

func ended(t *testing.T, cl *kgo.Client, topic string, after, end int64) bool {
	t.Helper()
	got, err := client.Ended(t.Context(), cl, topic, 0, after, end)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func check(t *testing.T, cluster client.Config, ns string) {
	kafkatest.Topics(t, cluster, 1, ns+"t")
	cl := kafkatest.Client(t, cluster, kgo.DefaultProduceTopic(ns+"t"))
	kafkatest.Produce(t, cl, kgo.StringRecord("0"), kgo.StringRecord("1"))
	tx := kafkatest.Client(t, cluster, kgo.DefaultProduceTopic(ns+"t"), kgo.TransactionalID(ns+"x"))
	if err := tx.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	kafkatest.Produce(t, tx, kgo.StringRecord("2"))
	if err := tx.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
		t.Fatal(err)
	}
	kafkatest.Eventually(t, "the marker is at 3", func() bool { // a broker answers before it writes it
		ends, err := kadm.NewClient(cl).ListEndOffsets(t.Context(), ns+"t")
		end, ok := ends.Lookup(ns+"t", 0)
		return err == nil && ok && end.Offset == 4
	})
	for _, c := range []struct {
		after, end int64
		want       bool
	}{{-1, 4, false}, {-1, 0, true}, {1, 4, false}, {1, 2, true}, {2, 4, true}, {2, 3, true}, {3, 4, true}} {
		if got := ended(t, cl, ns+"t", c.after, c.end); got != c.want {
			t.Errorf("(%d, %d): %v, want %v", c.after, c.end, got, c.want)
		}
	}
	os := kadm.Offsets{}
	os.Add(kadm.Offset{Topic: ns + "t", At: 3})
	if _, err := kadm.NewClient(cl).DeleteRecords(t.Context(), os); err != nil {
		t.Fatal(err)
	}
	if !ended(t, cl, ns+"t", -1, 4) {
		t.Error("deleted records still count")
	}
}

func TestEnded(t *testing.T) { check(t, kafkatest.Cluster(t, 1), "") }

func TestRealEnded(t *testing.T) {
	if cluster, ns, ok := kafkatest.Real(t); ok {
		check(t, cluster, ns)
	}
}
