package instance_test

import (
	"context"
	"errors"
	"sync/atomic"
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

func acquire(t *testing.T, cluster client.Config, ns string) (*instance.Lease, error) {
	ctx, cancel := context.WithTimeout(context.Background(), kafkatest.Patience)
	defer cancel()
	start := time.Now()
	l, err := instance.Acquire(ctx, cluster, config(ns))
	t.Logf("%v after %v", err, time.Since(start).Round(time.Millisecond))
	return l, err
}

// A live holder keeps others out, a stopped one lets them in at the first look, a killed one after some. looked counts looks; nil: nobody counts.
func lease(t *testing.T, cluster client.Config, ns string, looked func() int64) {
	if looked == nil {
		looked = func() int64 { return 0 }
	}
	first, err := acquire(t, cluster, ns)
	if err != nil {
		t.Fatal(err)
	}
	held := kafkatest.Background(t, first.Hold)
	var duplicate *instance.DuplicateError
	if _, err := acquire(t, cluster, ns); !errors.As(err, &duplicate) || duplicate.Instance != "a" {
		t.Fatalf("a second live process: %v", err)
	}
	if err := held.Stop(); err != nil {
		t.Fatal(err)
	}
	before := looked()
	if _, err := acquire(t, cluster, ns); err != nil || looked() > before+1 { // never held: as if killed
		t.Fatalf("after a clean stop: %v, %d looks", err, looked()-before)
	}
	before = looked()
	third, err := acquire(t, cluster, ns)
	if n := looked() - before; err != nil || n > 10 || n == 1 {
		t.Fatalf("after a kill: %v, %d looks", err, n)
	}

	// Both believed to be alone (the holder was too slow to beat): the one that lost its place learns of it.
	if _, err := acquire(t, cluster, ns); err != nil {
		t.Fatal(err)
	}
	if err := kafkatest.Background(t, third.Hold).Wait(t); !errors.As(err, &duplicate) {
		t.Fatalf("the holder that lost its place: %v", err)
	}
}

func TestLease(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "table"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	var looks atomic.Int64
	c.ControlKey(int16(kmsg.OffsetFetch), func(kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		looks.Add(1)
		return nil, nil, false
	})
	lease(t, client.Config{Brokers: c.ListenAddrs()}, "", looks.Load)
}

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
		_, err := acquire(t, client.Config{Brokers: c.ListenAddrs()}, "")
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
	lease(t, cluster, ns, nil)
}
