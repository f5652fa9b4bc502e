package view_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"weir/topologies/kafka/client"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafka/view"
	"weir/topologies/kafkatest"

	"github.com/twmb/franz-go/pkg/kgo"
)

func numbers(cluster client.Config) *view.View[int] {
	return view.New(cluster, view.Config[int]{Topic: "table", Decode: func(_, value []byte) (int, bool) {
		n, err := strconv.Atoi(string(value))
		return n, err == nil
	}})
}

type table struct {
	t *testing.T
	p *producer.Producer
}

func newTable(t *testing.T, b client.Config) table {
	p, err := producer.New(b, producer.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close(context.Background()) })
	return table{t, p}
}

// put writes a value; "" deletes.
func (w table) put(key, value string) {
	w.t.Helper()
	r := &kgo.Record{Topic: "table", Key: []byte(key), Value: []byte(value)}
	if value == "" {
		r.Value = nil
	}
	if err := w.p.Sync(w.t.Context(), r); err != nil {
		w.t.Fatal(err)
	}
}

func TestViewFollowsUpdatesAndDeletes(t *testing.T) {
	b := kafkatest.Cluster(t, 8, "table")
	w := newTable(t, b)
	w.put("a", "1")
	w.put("b", "2")
	w.put("c", "not a number")
	v := numbers(b)
	kafkatest.Start(t, v.Run)
	if err := v.WaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, ok := v.Get("b"); !ok || n != 2 || v.Len() != 2 {
		t.Fatal(n, ok, v.Len())
	}
	w.put("a", "7")
	w.put("b", "")
	kafkatest.Eventually(t, "update", func() bool { n, _ := v.Get("a"); return n == 7 })
	kafkatest.Eventually(t, "delete", func() bool { _, ok := v.Get("b"); return !ok })
	sum := 0
	v.Range(func(_ string, n int) bool { sum += n; return true })
	if sum != 7 {
		t.Fatal(sum)
	}
}

// A topic without records, and one whose last offset is a transaction marker, are ready too.
func TestReadyOnTopicsThatEndWithoutARecord(t *testing.T) {
	t.Run("empty", func(t *testing.T) {
		v := numbers(kafkatest.Cluster(t, 8, "table"))
		kafkatest.Start(t, v.Run)
		if err := v.WaitReady(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("transaction", func(t *testing.T) {
		b := kafkatest.Cluster(t, 1, "table")
		cl := kafkatest.Client(t, b, kgo.TransactionalID("x"), kgo.DefaultProduceTopic("table"))
		if err := cl.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		kafkatest.Produce(t, cl, kgo.KeyStringRecord("a", "1"))
		if err := cl.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
			t.Fatal(err)
		}
		v := numbers(b)
		kafkatest.Start(t, v.Run)
		if err := v.WaitReady(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n, _ := v.Get("a"); n != 1 {
			t.Fatal(n)
		}
	})
}

// Who waits for a key is told when it becomes known, at once when it is known, and no longer after stop.
func TestWatch(t *testing.T) {
	b := kafkatest.Cluster(t, 2, "table")
	w := newTable(t, b)
	w.put("known", "1")
	v := numbers(b)
	kafkatest.Start(t, v.Run)
	if err := v.WaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var told []string
	note := func(who string) func(string, int, bool) {
		return func(key string, n int, present bool) {
			if got, ok := v.Get(key); ok != present || got != n {
				t.Errorf("%s is told %d %v while Get says %d %v", who, n, present, got, ok)
			}
			mu.Lock()
			defer mu.Unlock()
			told = append(told, fmt.Sprintf("%s:%s=%d%v", who, key, n, present))
		}
	}
	list := func() string { mu.Lock(); defer mu.Unlock(); return fmt.Sprint(told) }
	stopKnown := v.Watch("known", note("k"))
	if list() != "[k:known=1true]" {
		t.Fatal(list())
	}
	stopKnown()
	stop := v.Watch("cold", note("c"))
	stopAll := v.OnChange(note("all"))
	w.put("known", "2")
	kafkatest.Eventually(t, "told about known", func() bool { return list() == "[k:known=1true all:known=2true]" })
	w.put("cold", "5")
	kafkatest.Eventually(t, "told about cold", func() bool {
		return list() == "[k:known=1true all:known=2true all:cold=5true c:cold=5true]"
	})
	stopAll()
	w.put("cold", "")
	kafkatest.Eventually(t, "told about the deletion", func() bool {
		return list() == "[k:known=1true all:known=2true all:cold=5true c:cold=5true c:cold=0false]"
	})
	stop()
	v.Set("cold", 9) // at once, without the topic
	if n, _ := v.Get("cold"); n != 9 || len(told) != 5 {
		t.Fatal(n, list())
	}
}
