package producer

import (
	"hash/crc32"
	"hash/fnv"
	"math/rand/v2"

	"github.com/twmb/franz-go/pkg/kgo"
)

// partitioner picks the partition by topic: librdkafka's consistent_random for the operator's topics (pipeline
// 9.2), goka's hasher with sarama's arithmetic for weir's own. A record that names its partition (manual
// topics, see Config.Manual) keeps it.
type partitioner struct{ cfg *Config }

// ForTopic implements kgo.Partitioner.
func (p partitioner) ForTopic(topic string) kgo.TopicPartitioner {
	switch {
	case p.cfg.Manual != nil && p.cfg.Manual(topic):
		return byTopic(func(r *kgo.Record, n int) int { return int(r.Partition) })
	case p.cfg.Operator != nil && p.cfg.Operator(topic):
		return byTopic(func(r *kgo.Record, n int) int {
			if len(r.Key) == 0 {
				return rand.IntN(n)
			}
			return int(crc32.ChecksumIEEE(r.Key) % uint32(n))
		})
	}
	return byTopic(func(r *kgo.Record, n int) int { return fnvPartition(r.Key, n) })
}

type byTopic func(r *kgo.Record, n int) int

func (byTopic) RequiresConsistency(*kgo.Record) bool { return true }
func (f byTopic) Partition(r *kgo.Record, n int) int { return f(r, n) }

func fnvPartition(key []byte, n int) int {
	h := fnv.New32a()
	_, _ = h.Write(key)
	p := int32(h.Sum32()) % int32(n)
	if p < 0 {
		p = -p
	}
	return int(p)
}
