package kafkatest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"os"
	"testing"

	"weir/topologies/kafka/client"
	"weir/topologies/kafka/topics"
)

// RealAddress is the variable with the address of a real Kafka; tests that need one are named TestReal… and do nothing
// without it.
const RealAddress = "WEIR_TEST_KAFKA"

// Real returns a real cluster and a fresh namespace whose topics are deleted at the end of the test; ok is false when
// there is none.
func Real(t testing.TB) (cluster client.Config, namespace string, ok bool) {
	t.Helper()
	address := os.Getenv(RealAddress)
	if address == "" {
		return client.Config{}, "", false
	}
	var b [4]byte
	_, _ = rand.Read(b[:])
	cluster, namespace = client.Config{Brokers: []string{address}}, "weirtest-"+hex.EncodeToString(b[:])+"-"
	t.Cleanup(func() {
		adm, done, err := cluster.Admin()
		if err != nil {
			return
		}
		defer done()
		ts, err := adm.ListTopics(context.Background())
		if err != nil {
			return
		}
		var ours []string
		for _, name := range ts.Names() {
			if len(name) > len(namespace) && name[:len(namespace)] == namespace {
				ours = append(ours, name)
			}
		}
		if len(ours) > 0 {
			_, _ = adm.DeleteTopics(context.Background(), ours...)
		}
	})
	return cluster, namespace, true
}

// Topics creates topics with the given partitions.
func Topics(t testing.TB, cluster client.Config, parts int, names ...string) {
	t.Helper()
	var ts []topics.Topic
	for _, n := range names {
		ts = append(ts, topics.Topic{Name: n, Partitions: parts})
	}
	if _, err := topics.Apply(context.Background(), cluster, ts); err != nil {
		t.Fatal(err)
	}
}
