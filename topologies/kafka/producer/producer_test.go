package producer_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"weir/codecs/topic"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafkatest"

	"github.com/IBM/sarama"
	"github.com/lovoo/goka"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Weir's own topics are partitioned as goka's own producer does it, the operator's as librdkafka does.
func TestPartitionsByTopic(t *testing.T) {
	const parts, n = 7, 2000
	b := kafkatest.Cluster(t, parts, "stock", "ours", "ingest-events", "manual")
	cfg := goka.DefaultConfig()
	cfg.Version = sarama.V2_8_0_0
	stock, err := goka.ProducerBuilderWithConfig(cfg)(b.Brokers, "c", goka.DefaultHasher())
	if err != nil {
		t.Fatal(err)
	}
	p, err := producer.New(b, producer.Config{
		Operator: func(topic string) bool { return topic == "ingest-events" },
		Manual:   func(topic string) bool { return topic == "manual" },
	})
	if err != nil {
		t.Fatal(err)
	}
	ours := producer.Goka(p)
	fail := func(_ *kgo.Record, err error) {
		if err != nil {
			t.Error(err)
		}
	}
	for i := range n {
		key := fmt.Sprint("key-", i)
		if i == 0 {
			key = ""
		}
		stock.Emit("stock", key, []byte{1})
		ours.EmitWithHeaders("ours", key, []byte{1}, goka.Headers{"h": []byte("v")})
		p.Produce(t.Context(), &kgo.Record{Topic: "ingest-events", Key: []byte(key)}, fail)
		p.Produce(t.Context(), &kgo.Record{Topic: "manual", Key: []byte(key), Partition: int32(i % parts)}, fail)
	}
	if err := stock.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := map[string]int32{}
	kafkatest.Consume(t, b, "stock", func(r *kgo.Record) bool { want[string(r.Key)] = r.Partition; return len(want) == n })
	check := func(name string, part func(r *kgo.Record) int32) {
		got := 0
		kafkatest.Consume(t, b, name, func(r *kgo.Record) bool {
			if w := part(r); r.Partition != w && w >= 0 {
				t.Fatalf("%s: key %q in partition %d, want %d", name, r.Key, r.Partition, w)
			}
			got++
			return got == n
		})
	}
	check("ours", func(r *kgo.Record) int32 {
		if len(r.Headers) != 1 || r.Headers[0].Key != "h" {
			t.Fatalf("headers %v", r.Headers)
		}
		return want[string(r.Key)]
	})
	check("ingest-events", func(r *kgo.Record) int32 {
		if len(r.Key) == 0 {
			return -1 // anywhere
		}
		return int32(topic.CRCPartition(r.Key, parts))
	})
	check("manual", func(r *kgo.Record) int32 {
		var i int32
		if _, err := fmt.Sscanf(string(r.Key), "key-%d", &i); err != nil {
			return 0
		}
		return i % parts
	})
}

func TestOversizedRecordFailsAlone(t *testing.T) {
	b := kafkatest.Cluster(t, 1, "out")
	cfg := producer.Config{MaxBatch: func(string) int32 { return 2_000_000 }}
	p, err := producer.New(b, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close(context.Background()) }()
	if err := p.Sync(t.Context(), &kgo.Record{Topic: "out", Value: make([]byte, cfg.MaxRecord("out")+1000)}); !errors.Is(err, kerr.MessageTooLarge) {
		t.Fatalf("oversized record: %v", err)
	}
	if err := p.Sync(t.Context(), &kgo.Record{Topic: "out", Value: make([]byte, cfg.MaxRecord("out"))}); err != nil {
		t.Fatalf("the largest record: %v", err)
	}
}

// A topic of another cluster goes there, everything else stays.
func TestRouterByTopic(t *testing.T) {
	here, there := kafkatest.Cluster(t, 1, "a"), kafkatest.Cluster(t, 1, "b")
	p, err := producer.New(here, producer.Config{})
	if err != nil {
		t.Fatal(err)
	}
	q, err := producer.New(there, producer.Config{})
	if err != nil {
		t.Fatal(err)
	}
	r := producer.Router{Default: p, ByTopic: map[string]producer.Sink{"b": q}}
	acks := make(chan error, 2)
	for _, topic := range []string{"a", "b"} {
		r.Produce(t.Context(), &kgo.Record{Topic: topic, Value: []byte(topic)}, func(_ *kgo.Record, err error) { acks <- err })
	}
	if err := errors.Join(<-acks, <-acks); err != nil {
		t.Fatal(err)
	}
	kafkatest.Consume(t, there, "b", func(r *kgo.Record) bool { return string(r.Value) == "b" })
	if err := errors.Join(p.Close(t.Context()), q.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
}

// The smaller of what the topic takes and what the operator allows for the cluster.
func TestMaxRecord(t *testing.T) {
	cfg := producer.Config{MaxBatch: func(topic string) int32 { return map[string]int32{"big": 10_000_000}[topic] }}
	for _, c := range []struct {
		topic string
		bound int32
		want  int
	}{{"big", 0, 10_000_000}, {"other", 0, producer.DefaultMaxBatch}, {"big", 2_000_000, 2_000_000}, {"other", 2_000_000, producer.DefaultMaxBatch}} {
		cluster := kafkatest.Cluster(t, 1)
		cluster.MaxMessageBytes = c.bound
		if got := cfg.For(cluster).MaxRecord(c.topic); got > c.want || got < c.want-1000 {
			t.Errorf("%s with %d: %d, want about %d", c.topic, c.bound, got, c.want)
		}
	}
}
