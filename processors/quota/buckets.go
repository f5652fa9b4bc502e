package quota

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"weir/codecs/metric"
	"weir/codecs/outcome"
	"weir/processors"
)

// aggregated decides about metric buckets as they are counted: once for everything that falls into one before it is sent (pipeline 6.7, 14.2).
// What a process has decided about a bucket holds for its life, so that the sum over many envelopes counts like the one that they add up to.
type aggregated struct {
	interval, delay int64 // seconds

	mu    sync.Mutex
	known map[string]*decision
	swept int64
}

// decision is what was found about one bucket.
type decision struct {
	made chan struct{} // closed when hit is set
	hit  hit
	ends int64 // Unix seconds
}

// maxKnown bounds what is remembered; buckets beyond it count each time.
const maxKnown = 100_000

func newAggregated(cfg Config) *aggregated {
	seconds := func(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }
	return &aggregated{interval: max(seconds(cfg.BucketInterval), 1), delay: seconds(cfg.BucketDelay), known: map[string]*decision{}}
}

// slot is one bucket of a key: what it is called and when it begins.
type slot struct {
	name  string
	begin int64
	// Of usage counters: how many spans are in it, and whether these are segments.
	spans   uint64
	segment bool
}

// ask returns the decision about each slot. check is asked about those that begin together, and of which none is known, at once.
func (a *aggregated) ask(now time.Time, slots []slot, check func(n uint64) hit) []hit {
	hits := make([]hit, len(slots))
	var begins []int64
	fresh := map[int64][]int{}
	all := make([]*decision, len(slots))
	a.mu.Lock()
	a.sweep(now.Unix())
	for i := range slots {
		s := &slots[i]
		if d := a.known[s.name]; d != nil && d.ends > now.Unix() {
			all[i] = d
			continue
		}
		all[i] = &decision{made: make(chan struct{}), ends: max(s.begin+a.interval+a.delay, now.Unix()+a.interval)}
		if len(a.known) < maxKnown {
			a.known[s.name] = all[i]
		}
		if fresh[s.begin] == nil {
			begins = append(begins, s.begin)
		}
		fresh[s.begin] = append(fresh[s.begin], i)
	}
	a.mu.Unlock()
	slices.Sort(begins)
	for _, begin := range begins {
		decide(all, fresh[begin], check)
	}
	for i, d := range all { // those of others, which wait for nobody before they have decided
		<-d.made
		hits[i] = d.hit
	}
	return hits
}

// decide asks about some of the decisions; none of them stays open, whatever happens.
func decide(all []*decision, some []int, check func(n uint64) hit) {
	var h hit
	defer func() {
		for _, i := range some {
			all[i].hit = h
			close(all[i].made)
		}
	}()
	h = check(uint64(len(some)))
}

// sweep forgets what has ended, once an interval.
func (a *aggregated) sweep(now int64) {
	if now < a.swept+a.interval {
		return
	}
	a.swept = now
	for name, d := range a.known {
		if d.ends <= now {
			delete(a.known, name)
		}
	}
}

// BucketStep checks the metric buckets of a unit (pipeline 6.7): those that are new together, all or nothing. It runs after the buckets were made.
func BucketStep(store Store, cfg Config) processors.Step {
	l, a := NewLimiter(store, cfg.MaxRateLimit, cfg.Metrics), newAggregated(cfg)
	return func(ctx context.Context, u *processors.Unit) processors.Verdict {
		if len(u.Buckets) == 0 {
			return processors.Keep()
		}
		slots := make([]slot, len(u.Buckets))
		for i := range u.Buckets {
			slots[i] = slot{name: bucketName(u, &u.Buckets[i]), begin: u.Buckets[i].Timestamp}
		}
		r := run{ctx: ctx, limiter: l, u: u}
		hits := a.ask(u.Now, slots, func(n uint64) hit {
			h := r.request(Item{Category: outcome.MetricBucket, Scope: u.Scope, Namespace: u.Buckets[0].Namespace()}, n)
			if h.limited {
				u.Count(outcome.RateLimited, h.reason, outcome.MetricBucket, n, u.ReceivedAt)
			}
			return h
		})
		var last hit
		kept := u.Buckets[:0]
		for i := range u.Buckets {
			if hits[i].limited {
				last = hits[i]
				continue
			}
			kept = append(kept, u.Buckets[i])
		}
		if u.Buckets = kept; len(kept) > 0 {
			return processors.Keep()
		}
		u.Buckets = nil
		return processors.DropSilent(outcome.RateLimited, last.reason)
	}
}

// bucketName identifies a bucket among those of all keys.
func bucketName(u *processors.Unit, b *metric.Bucket) string {
	return string(b.AppendKey(append(make([]byte, 0, 160), u.Scope.Key...)))
}

// UsageStep checks what a unit counts for as usage, after everything else: its metric buckets and, where no other check has seen them, its spans,
// of which the last one may cross the limit (pipeline 6.7). What is limited does not count as accepted.
func UsageStep(store Store, cfg Config) processors.Step {
	l, a := NewLimiter(store, cfg.MaxRateLimit, cfg.Metrics), newAggregated(cfg)
	return func(ctx context.Context, u *processors.Unit) processors.Verdict {
		slots := usageSlots(u, a.interval)
		if len(slots) == 0 {
			return processors.Keep()
		}
		r := run{ctx: ctx, limiter: l, u: u}
		hits := a.ask(u.Now, slots, func(n uint64) hit {
			h := r.request(Item{Category: outcome.MetricBucket, Scope: u.Scope, Namespace: usageNamespace}, n)
			if h.limited {
				u.Count(outcome.RateLimited, h.reason, outcome.MetricBucket, n, u.ReceivedAt)
			}
			return h
		})
		spans, buckets := uint64(0), uint64(0)
		for i, s := range slots {
			if hits[i].limited {
				s.reject(u, a.interval, hits[i].reason)
			} else {
				spans, buckets = spans+s.spans, buckets+1
			}
		}
		if spans == 0 || !u.SampledOut {
			return processors.Keep()
		}
		h := r.ask(&Request{Item: Item{Category: outcome.Span, Scope: u.Scope}, Quantity: spans, OverAccept: true})
		if !h.limited {
			return processors.Keep()
		}
		for i, s := range slots {
			if !hits[i].limited {
				s.reject(u, a.interval, h.reason)
			}
		}
		u.Count(outcome.RateLimited, h.reason, outcome.MetricBucket, buckets, u.ReceivedAt)
		return processors.Keep()
	}
}

// usageNamespace is that of the usage counters.
const usageNamespace = "spans"

// usageSlots returns the usage counters of a unit: of the segments of an interval, and of its other spans.
func usageSlots(u *processors.Unit, interval int64) (slots []slot) {
	add := func(begin int64, segment bool, n uint64) *slot {
		for i := range slots {
			if slots[i].begin == begin && slots[i].segment == segment {
				slots[i].spans += n
				return &slots[i]
			}
		}
		what := " span"
		if segment {
			what = " segment"
		}
		name := string(u.Scope.Key) + " " + strconv.FormatInt(begin, 10) + " " + u.Kind.String() + what
		slots = append(slots, slot{name: name, begin: begin, segment: segment, spans: n})
		return &slots[len(slots)-1]
	}
	usage(u, interval, func(c *processors.Count, begin int64) {
		if c.Category == outcome.Transaction { // each is among the spans, too
			add(begin, true, c.N)
		}
	})
	segments := map[int64]uint64{}
	for _, s := range slots {
		segments[s.begin] = s.spans
	}
	usage(u, interval, func(c *processors.Count, begin int64) {
		if c.Category != outcome.Span {
			return
		}
		of := min(segments[begin], c.N)
		if segments[begin] -= of; c.N > of {
			add(begin, false, c.N-of)
		}
	})
	return slots
}

// usage calls f for what a unit counts for as usage, with the begin of its interval.
func usage(u *processors.Unit, interval int64, f func(c *processors.Count, begin int64)) {
	for i := range u.Counts {
		c := &u.Counts[i]
		if c.ID == outcome.Accepted && (c.Category == outcome.Transaction || c.Category == outcome.Span) {
			f(c, c.Timestamp.Unix()/interval*interval)
		}
	}
}

// reject turns what a slot counts into rate limited.
func (s *slot) reject(u *processors.Unit, interval int64, reason outcome.Reason) {
	left := map[outcome.Category]uint64{outcome.Span: s.spans}
	if s.segment {
		left[outcome.Transaction] = s.spans
	}
	var rejected []processors.Count
	usage(u, interval, func(c *processors.Count, begin int64) {
		n := min(left[c.Category], c.N)
		if begin != s.begin || n == 0 {
			return
		}
		left[c.Category] -= n
		r := *c
		r.ID, r.Reason, r.N = outcome.RateLimited, reason, n
		c.N -= n
		rejected = append(rejected, r)
	})
	u.Counts = append(slices.DeleteFunc(u.Counts, func(c processors.Count) bool { return c.N == 0 }), rejected...)
}
