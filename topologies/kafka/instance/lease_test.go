package instance_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"weir/topologies/kafka/client"
	"weir/topologies/kafka/instance"
	"weir/topologies/kafkatest"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func config(ns string) instance.Config {
	return instance.Config{Instance: "a", Group: ns + "instance-a", Topic: ns + "table"}
}

func acquire(t *testing.T, cluster client.Config, ns string) (*instance.Lease, time.Duration, error) {
	ctx, cancel := context.WithTimeout(context.Background(), kafkatest.Patience)
	defer cancel()
	start := time.Now()
	l, err := instance.Acquire(ctx, cluster, config(ns))
	return l, time.Since(start), err
}

// A live holder keeps others out, a stopped one lets them in at once, a killed one after a moment.
func lease(t *testing.T, cluster client.Config, ns string) {
	first, _, err := acquire(t, cluster, ns)
	if err != nil {
		t.Fatal(err)
	}
	held := kafkatest.Background(t, first.Hold)
	var duplicate *instance.DuplicateError
	if _, _, err := acquire(t, cluster, ns); !errors.As(err, &duplicate) || duplicate.Instance != "a" {
		t.Fatalf("a second live process: %v", err)
	}
	if err := held.Stop(); err != nil {
		t.Fatal(err)
	}
	_, took, err := acquire(t, cluster, ns) // never held: as if killed
	if err != nil || took > 500*time.Millisecond {
		t.Fatalf("after a clean stop: %v, took %v", err, took)
	}
	third, took, err := acquire(t, cluster, ns)
	if err != nil || took > 1500*time.Millisecond {
		t.Fatalf("after a kill: %v, took %v", err, took)
	}
	t.Logf("takeover of a killed holder: %v", took)

	// Both believed to be alone (the holder was too slow to beat): the one that lost its place learns of it.
	if _, _, err := acquire(t, cluster, ns); err != nil {
		t.Fatal(err)
	}
	if err := kafkatest.Background(t, third.Hold).Wait(t); !errors.As(err, &duplicate) {
		t.Fatalf("the holder that lost its place: %v", err)
	}
}

func TestLease(t *testing.T) { lease(t, kafkatest.Cluster(t, 2, "table"), "") }

// A new cluster has no coordinator for a moment: the start waits for it.
func TestLeaseOnANewCluster(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "table"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	missing := c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetFetch, kmsg.OffsetCommit, kmsg.FindCoordinator}, Err: kerr.CoordinatorNotAvailable, Count: -1})
	got := make(chan error, 1)
	go func() {
		_, _, err := acquire(t, client.Config{Brokers: c.ListenAddrs()}, "")
		got <- err
	}()
	select {
	case err := <-got:
		t.Fatalf("without a coordinator: %v", err)
	case <-kafkatest.After(3 * time.Second):
	}
	missing.Remove()
	if err := <-got; err != nil {
		t.Fatal(err)
	}
}

func TestRealLease(t *testing.T) {
	cluster, ns, ok := kafkatest.Real(t)
	if !ok {
		return
	}
	kafkatest.Topics(t, cluster, 2, ns+"table")
	lease(t, cluster, ns)
}
