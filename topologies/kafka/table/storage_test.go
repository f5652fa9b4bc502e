package table_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weir/topologies/kafka/group"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafka/stage"
	"weir/topologies/kafka/table"
	"weir/topologies/kafka/topics"
	"weir/topologies/kafkatest"

	"weir/codecs/topic"

	"github.com/lovoo/goka"
	"github.com/twmb/franz-go/pkg/kgo"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestStorage(t *testing.T) {
	build := table.Storage()
	s, err := build("t", 3)
	must(t, err)
	if o, _ := s.GetOffset(-2); o != -2 {
		t.Fatalf("offset %d", o)
	}
	for i := range 100 {
		must(t, s.Set(fmt.Sprintf("k%02d", i), []byte{byte(i)}))
	}
	must(t, s.SetOffset(9))
	must(t, s.SetOffset(5))
	must(t, s.Delete("k10"))
	must(t, s.Close())
	s, _ = build("t", 3) // the partition comes back
	if o, _ := s.GetOffset(-2); o != 9 {
		t.Fatalf("offset %d", o)
	}
	if ok, _ := s.Has("k10"); ok {
		t.Fatal("deleted key is there")
	}
	it, _ := s.IteratorWithRange([]byte("k08"), []byte("k12"))
	var keys []string
	for it.Next() {
		keys = append(keys, string(it.Key()))
	}
	if fmt.Sprint(keys) != "[k08 k09 k11]" {
		t.Fatal(keys)
	}
	if it.Seek([]byte("k09")); !it.Next() || string(it.Key()) != "k09" {
		t.Fatal("seek")
	}
	if other, _ := table.Storage()("t", 3); other == s {
		t.Fatal("two builders share a store")
	}
}

// A group table of sums: the processor fails now and then, the next one replays the table into memory and the input
// from the watermark. Updates carry their number, so a repeated one changes nothing.
func TestGroupTableSurvivesFailuresAndReplays(t *testing.T) {
	const keys, updates = 20, 10
	b := kafkatest.Cluster(t, 4, "updates")
	_, err := topics.Apply(t.Context(), b, []topics.Topic{{Name: topic.Table("sums"), Partitions: 4, Cleanup: topic.Compact}})
	must(t, err)
	p, err := producer.New(b, producer.Config{})
	must(t, err)
	for u := 1; u <= updates; u++ {
		for k := range keys {
			must(t, p.Sync(t.Context(), &kgo.Record{Topic: "updates", Key: fmt.Append(nil, "k", k), Value: fmt.Append(nil, u)}))
		}
	}
	must(t, p.Close(t.Context()))
	var calls atomic.Int64
	g := goka.DefineGroup("sums", goka.Persist(stage.Bytes{}),
		goka.Input("updates", stage.Bytes{}, stage.Safe(func(ctx goka.Context, msg any, done func(error)) {
			n, _ := strconv.Atoi(string(msg.([]byte)))
			last, sum := 0, 0
			if old, ok := ctx.Value().([]byte); ok {
				if _, err := fmt.Sscan(string(old), &last, &sum); err != nil {
					t.Error(err)
				}
			}
			if n > last {
				ctx.SetValue(fmt.Appendf(nil, "%d %d", n, sum+n))
			}
			if calls.Add(1)%60 == 0 {
				done(errors.New("side effect failed"))
				return
			}
			done(nil)
		})))
	stop := kafkatest.Supervise(t, b, g, func() []goka.ProcessorOption {
		return []goka.ProcessorOption{goka.WithConsumerGroupBuilder(group.Builder(b, group.Config{CommitInterval: 100 * time.Millisecond})),
			goka.WithProducerBuilder(producer.Builder(b, producer.Config{}))}
	})
	kafkatest.Eventually(t, "all committed", func() bool { return kafkatest.Committed(t, b, "sums", "updates") == keys*updates })
	errs := stop()
	if len(errs) == 0 || !strings.Contains(errs[0].Error(), "side effect failed") {
		t.Errorf("no failure was injected: %v", errs)
	}
	newest := map[string]string{}
	n := 0
	kafkatest.Consume(t, b, topic.Table("sums"), func(r *kgo.Record) bool {
		newest[string(r.Key)] = string(r.Value)
		n++
		for _, v := range newest {
			if v != "10 55" {
				return false
			}
		}
		return len(newest) == keys
	})
	if n < keys*updates {
		t.Errorf("only %d changes", n)
	}
}
