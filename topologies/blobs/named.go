package blobs

import (
	"slices"

	"weir/codecs/topic"
	"weir/topologies/rawrecord"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Named returns where the chunks of a record start, if it is the manifest of a large envelope.
func Named(r *kgo.Record) (partition int32, first int64, ok bool) {
	if !slices.ContainsFunc(r.Headers, func(h kgo.RecordHeader) bool { return h.Key == topic.HeaderManifest }) {
		return 0, 0, false
	}
	m := rawrecord.Decode(r).Manifest
	if m == nil {
		return 0, 0, false
	}
	return m.Partition, slices.Min(m.Offsets), true
}
