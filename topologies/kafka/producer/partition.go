package producer

import (
	"math/rand/v2"

	"weir/codecs/topic"

	"github.com/twmb/franz-go/pkg/kgo"
)

// partitioner picks the partition by topic: librdkafka's consistent_random for the operator's topics (pipeline
// 9.2), goka's hasher with sarama's arithmetic for weir's own. A record that names its partition (manual
// topics, see Config.Manual) keeps it.
type partitioner struct{ cfg *Config }

// ForTopic implements kgo.Partitioner.
func (p partitioner) ForTopic(name string) kgo.TopicPartitioner {
	switch {
	case p.cfg.Manual != nil && p.cfg.Manual(name):
		return byTopic(func(r *kgo.Record, n int) int { return int(r.Partition) })
	case p.cfg.Operator != nil && p.cfg.Operator(name):
		return byTopic(func(r *kgo.Record, n int) int {
			if len(r.Key) == 0 {
				return rand.IntN(n)
			}
			return topic.CRCPartition(r.Key, n)
		})
	}
	return byTopic(func(r *kgo.Record, n int) int { return topic.FNVPartition(r.Key, n) })
}

type byTopic func(r *kgo.Record, n int) int

func (byTopic) RequiresConsistency(*kgo.Record) bool { return true }
func (f byTopic) Partition(r *kgo.Record, n int) int { return f(r, n) }
