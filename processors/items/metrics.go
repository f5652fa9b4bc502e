package items

import (
	"strconv"
	"strings"
	"time"

	"weir/codecs/metric"
	"weir/codecs/outcome"
	"weir/processors"
)

// Namespaces of metric buckets that mean something here (pipeline 5.1).
const (
	spaceSessions = "sessions"
	spaceOutcomes = "outcomes"
	spaceSpans    = "spans"
)

// usage is the counter of spans that a relay below has counted (items 17).
const usage = "c:spans/usage@none"

// metricBuckets takes the buckets of other relays: those of sessions from anyone, outcomes and usage counters from trusted relays alone
// (items 17, edge 12.8). All others vanish.
func metricBuckets(cfg Config, u *processors.Unit) {
	drift := int64(u.Drift() / time.Second)
	a := metric.NewAggregator(cfg.Aggregator, u.ReceivedAt.Unix())
	for _, it := range u.Open() {
		buckets, _, err := metric.Parse(it.Payload)
		if err != nil {
			u.DropSilent(it, outcome.Invalid, reasonJSON)
			continue
		}
		for i := range buckets {
			b := &buckets[i]
			b.Timestamp += drift
			switch space := b.Namespace(); {
			case space == spaceSessions:
				b.ReceivedAt = u.ReceivedAt.Unix()
				a.Add(*b)
			case !u.Trusted || b.Kind != metric.Counter || b.Value < 1:
			case space == spaceOutcomes:
				countOutcome(u, b)
			case space == spaceSpans && b.Name == usage:
				n, at := uint64(b.Value), time.Unix(b.Timestamp, 0).UTC()
				u.Count(outcome.Accepted, "", outcome.Span, n, at)
				if b.Tag("is_segment") == "true" {
					u.Count(outcome.Accepted, "", outcome.Transaction, n, at)
				}
			}
		}
	}
	u.Buckets = a.Buckets()
}

// countOutcome counts `c:outcomes/<outcome>@none` with the tags category, reason and source (edge 12.8).
func countOutcome(u *processors.Unit, b *metric.Bucket) {
	name, ok := strings.CutPrefix(b.Name, "c:"+spaceOutcomes+"/")
	name, unit := strings.CutSuffix(name, "@none")
	id, known := outcome.ParseID(name)
	if !ok || !unit || !known {
		return
	}
	category := outcome.Unknown
	if n, err := strconv.ParseUint(b.Tag("category"), 10, 8); err == nil && int(n) < len(outcome.AllCategories) {
		category = outcome.Category(n)
	}
	u.CountFrom(b.Tag("source"), id, outcome.Reason(b.Tag("reason")), category, uint64(b.Value), time.Unix(b.Timestamp, 0).UTC())
}
