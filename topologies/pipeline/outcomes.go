package pipeline

import (
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"weir/codecs/dsn"
	"weir/codecs/ingest"
	"weir/codecs/outcome"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Aggregate sums the outcomes of one batch by public key, slot of the timestamp and tags (pipeline 7.5).
type Aggregate struct {
	cfg   Outcomes
	index map[bucket]int
	list  []outcome.Tally
	sums  []float64 // quantities of list: counters are metrics, exact up to 2^53
}

// NewAggregate returns an empty Aggregate.
func NewAggregate(cfg Outcomes) *Aggregate {
	cfg.defaults()
	return &Aggregate{cfg: cfg}
}

// bucket is what outcomes of one message have in common.
type bucket struct {
	scope    dsn.Scoping
	slot     int64
	id       outcome.ID
	reason   outcome.Reason
	category outcome.Category
	source   string
}

// tooLong stands for every reason that no message carries.
var tooLong = outcome.Reason(strings.Repeat("-", outcome.MaxReason+1))

// Add counts one tally of a record that was received at the given time. Tallies outside of the time range vanish.
func (a *Aggregate) Add(t *outcome.Tally, received time.Time) {
	seconds := int64(a.cfg.Interval / time.Second)
	slot, now := floorDiv(t.Timestamp.Unix(), seconds), floorDiv(received.Unix(), seconds)
	if now-slot > ceilDiv(a.cfg.MaxPast, a.cfg.Interval) || slot-now > ceilDiv(a.cfg.MaxFuture, a.cfg.Interval) {
		return
	}
	if t.ID == outcome.Accepted && t.Source == "" {
		slot = now // usage is told as of now (pipeline 7.3); its own time only decides whether it counts
	}
	b := bucket{t.Scope, slot, t.ID, t.Reason, t.Category, t.Source}
	if len(b.reason) > outcome.MaxReason && utf8.RuneCountInString(string(b.reason)) > outcome.MaxReason {
		b.reason = tooLong
	}
	if i, ok := a.index[b]; ok {
		a.sums[i] += float64(t.Quantity)
		return
	}
	if a.index == nil {
		a.index = map[bucket]int{}
	}
	a.index[b] = len(a.list)
	a.list = append(a.list, outcome.Tally{Scope: t.Scope, Timestamp: time.Unix(slot*seconds, 0).UTC(), ID: t.ID, Reason: b.reason,
		Category: t.Category, Source: t.Source})
	a.sums = append(a.sums, float64(t.Quantity))
}

// Tallies returns the sums.
func (a *Aggregate) Tallies() []outcome.Tally {
	for i := range a.list {
		a.list[i].Quantity = whole(a.sums[i])
	}
	return a.list
}

// Records appends the messages (pipeline 7.6, 7.7). Their keys say which offsets they cover, where these are from a source partition.
func (a *Aggregate) Records(dst []kgo.Record, topics *Topics, covers Cover) []kgo.Record {
	for i := range a.Tallies() {
		t := ingest.Outcomes
		if id := a.list[i].ID; id == outcome.Accepted || id == outcome.RateLimited {
			t = ingest.OutcomesBilling
		}
		covers.sum = tallySum(covers.input, &a.list[i])
		value := outcome.AppendMessage(nil, a.list[i], a.cfg.Source)
		if key, ok := covers.bytes(); ok {
			dst = append(dst, kgo.Record{Topic: topics.Name(t, key), Key: key[:], Value: value})
			continue
		}
		dst = append(dst, topics.Counted(t, value))
	}
	return dst
}

// whole is a sum as a whole number, at most the largest there is.
func whole(f float64) uint64 {
	if f >= 1<<64 {
		return math.MaxUint64
	}
	return uint64(f)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func ceilDiv(a, b time.Duration) int64 { return int64((a + b - 1) / b) }
