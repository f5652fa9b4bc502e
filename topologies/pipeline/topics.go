package pipeline

import (
	"sync/atomic"

	"weir/codecs/ingest"
	"weir/topologies/kafka/producer"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Topics makes records of messages for the operator's topics: names, shards, sizes. It is safe for concurrent use.
type Topics struct {
	// Documents writes a JSON document for each message instead of the form that Sentry's consumers read (weir.output.format).
	Documents bool

	names    [][]string // by ingest.Topic
	max      map[string]int
	counters []atomic.Uint32 // keys without a natural UUID (pipeline 9.3)
}

// NewTopics resolves the configured names.
func NewTopics(names map[ingest.Topic][]string, prod producer.Config) *Topics {
	n := len(ingest.AllTopics)
	t := &Topics{names: make([][]string, n), max: map[string]int{}, counters: make([]atomic.Uint32, n)}
	for _, topic := range ingest.AllTopics {
		t.names[topic] = names[topic]
		if len(t.names[topic]) == 0 {
			t.names[topic] = []string{topic.DefaultName()}
		}
		for _, name := range t.names[topic] {
			t.max[name] = prod.MaxRecord(name)
		}
	}
	return t
}

// Name returns the topic that a key goes to: with several names, to one of the shards (pipeline 9.3).
func (t *Topics) Name(topic ingest.Topic, key [16]byte) string {
	names := t.names[topic]
	if len(names) == 1 {
		return names[0]
	}
	return names[ingest.Shard(key, len(names))]
}

// Record makes the record of a message. ok is false when the topic does not take one of that size.
func (t *Topics) Record(m *ingest.Message) (rec kgo.Record, ok bool) {
	name := t.Name(m.Topic, m.Key)
	rec = kgo.Record{Topic: name, Key: append(make([]byte, 0, 16), m.Key[:]...), Value: m.Value}
	size := len(m.Key) + len(m.Value)
	if len(m.Headers) > 0 {
		rec.Headers = make([]kgo.RecordHeader, len(m.Headers))
		for i, h := range m.Headers {
			rec.Headers[i] = kgo.RecordHeader{Key: h.Key, Value: []byte(h.Value)}
			size += len(h.Key) + len(h.Value)
		}
	}
	return rec, size <= t.max[name]
}

// Counted makes the record of a message that has no natural key.
func (t *Topics) Counted(topic ingest.Topic, value []byte) kgo.Record {
	key := ingest.KeyFromCounter(t.counters[topic].Add(1) - 1)
	return kgo.Record{Topic: t.Name(topic, key), Key: key[:], Value: value}
}
