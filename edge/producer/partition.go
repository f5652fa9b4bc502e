package producer

import (
	"github.com/twmb/franz-go/pkg/kgo"

	"weir/codecs/topic"
)

// stint is how many bytes go to one partition of raw before the next one has its turn: what arrives together is then one batch for the
// broker, one piece of work for the pipeline and one entry of the ledger, instead of as many as there are partitions. At 500 events a second
// that is a tenth of their CPU time. The process that reads a partition has as much to do at once as a stint holds.
const stint = 512 << 10

// partitioner picks partitions: envelopes without an order come in stints, with preference for partitions where little waits, and never on one
// without a leader. Those that have to stay in order, and the chunks of a large one, go where their key says, as goka would send them.
type partitioner struct {
	hash, stints kgo.Partitioner
	hashed       map[string]bool // topics whose keys decide
}

func newPartitioner(c *Config) *partitioner {
	byKey := func(string) func(*kgo.Record, int) int {
		return func(r *kgo.Record, n int) int { return topic.FNVPartition(r.Key, n) }
	}
	return &partitioner{
		hash:   kgo.BasicConsistentPartitioner(byKey),
		stints: kgo.UniformBytesPartitioner(stint, true, false, nil),
		hashed: map[string]bool{c.Topics.Blobs: true, c.Topics.Raw: c.ByKey},
	}
}

// ForTopic implements kgo.Partitioner.
func (p *partitioner) ForTopic(name string) kgo.TopicPartitioner {
	if p.hashed[name] {
		return p.hash.ForTopic(name)
	}
	return p.stints.ForTopic(name)
}
