package relay

import (
	"context"

	"weir/codecs/metric"
	"weir/codecs/outcome"
	"weir/processors"
)

// Metrics leaves only buckets of sessions in the items of strangers: the upstream trusts us and would take outcomes and usage counters for
// ours (edge 12.8, items 17). Items of trusted relays stay as they are.
func Metrics(_ context.Context, u *processors.Unit) processors.Verdict {
	if u.Trusted {
		return processors.Keep()
	}
	for _, it := range u.Open() {
		buckets, raw, err := metric.Parse(it.Payload)
		if err != nil {
			u.DropSilent(it, outcome.Invalid, "invalid_json")
			continue
		}
		kept := []byte{'['}
		for i := range buckets {
			if buckets[i].Namespace() != "sessions" {
				continue
			}
			if len(kept) > 1 {
				kept = append(kept, ',')
			}
			kept = append(kept, raw[i]...)
		}
		if len(kept) == 1 {
			u.DropSilent(it, outcome.Invalid, "unsupported")
			continue
		}
		it.Payload = append(kept, ']')
		it.Length = len(it.Payload)
	}
	return processors.Keep()
}
