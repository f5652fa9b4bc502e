package quota

import (
	"context"
	"errors"
	"time"

	"weir/codecs/outcome"
	"weir/codecs/ratelimit"
	"weir/processors"
)

// Config is what the operator sets about quotas.
type Config struct {
	MaxRateLimit time.Duration // processing.max_rate_limit; 0: 300 s, NoCap: none
	// BucketInterval and BucketDelay are aggregator.bucket_interval and initial_delay: how long metric buckets are one.
	BucketInterval, BucketDelay time.Duration
	Metrics                     *Metrics // nil: none
}

// Validate reports all faults.
func (c Config) Validate() error {
	if c.MaxRateLimit < 0 && c.MaxRateLimit != NoCap {
		return errors.New("processing.max_rate_limit: negative")
	}
	return nil
}

// Step checks the parts of a unit against the quotas of its project in the order of pipeline 6.6; the first hit decides about a part.
// An earlier category of the same unit stays counted when a later one rejects. Limits that the store found go to Unit.Learned.
func Step(store Store, cfg Config) processors.Step {
	l := NewLimiter(store, cfg.MaxRateLimit, cfg.Metrics)
	return func(ctx context.Context, u *processors.Unit) processors.Verdict {
		r := run{ctx: ctx, limiter: l, u: u}
		switch u.Kind {
		case processors.KindError:
			return r.errorEvent()
		case processors.KindTransaction:
			return r.transaction()
		case processors.KindAttachments:
			return r.drop(r.attachments(r.u.Open()))
		case processors.KindUserReports:
			return r.drop(r.check(outcome.Feedback, uint64(len(u.Open()))))
		case processors.KindCheckIn:
			return r.checkIn()
		case processors.KindSessions:
			return r.sessions()
		case processors.KindSpans:
			return r.spans()
		case processors.KindReplay:
			return r.drop(r.sums(outcome.Replay))
		case processors.KindLogs:
			return r.drop(r.sums(outcome.LogItem, outcome.LogByte))
		case processors.KindTraceMetrics:
			return r.drop(r.sums(outcome.TraceMetric, outcome.TraceMetricByte))
		case processors.KindProfileChunk:
			return r.drop(r.sums(outcome.ProfileChunkUi, outcome.ProfileChunk))
		case processors.KindProfile:
			return r.drop(r.sums(profileCategories...))
		}
		return processors.Keep() // client reports and unknown items are never limited
	}
}

// run is one unit's way through its checks.
type run struct {
	ctx     context.Context
	limiter *Limiter
	u       *processors.Unit
}

// hit is the result of one check: whether a limit applies and the reason of the longest.
type hit struct {
	limited bool
	reason  outcome.Reason
}

// check asks for n of a category; nothing is always free.
func (r *run) check(c outcome.Category, n uint64) hit {
	if n == 0 {
		return hit{}
	}
	return r.request(Item{Category: c, Scope: r.u.Scope}, n)
}

func (r *run) request(it Item, n uint64) hit {
	return r.ask(&Request{Item: it, Quantity: n})
}

// ask makes a request of what the unit knows.
func (r *run) ask(q *Request) hit {
	q.Now, q.State, q.Global, q.Cached = r.u.Now, r.u.Project, r.u.Global, r.u.Limits
	a, err := r.limiter.Check(r.ctx, q)
	if err != nil || a.Unchecked {
		r.u.Unchecked = true
		return hit{}
	}
	longest, limited := ratelimit.Longest(a.Limits)
	if a.Learned {
		r.u.Learned = append(r.u.Learned, a.Limits...)
	}
	return hit{limited, longest.Reason}
}

// drop is the verdict about the whole unit.
func (r *run) drop(h hit) processors.Verdict {
	if h.limited {
		return processors.Drop(outcome.RateLimited, h.reason)
	}
	return processors.Keep()
}

// sums checks what the open items count for in the given categories, in this order.
func (r *run) sums(cats ...outcome.Category) hit {
	for _, c := range cats {
		var n uint64
		for _, it := range r.u.Items {
			if it.Fate == processors.FateOpen {
				n += quantity(it, c)
			}
		}
		if h := r.check(c, n); h.limited {
			return h
		}
	}
	return hit{}
}

// quantity is what a parsed item counts for in a category.
func quantity(it *processors.Item, c outcome.Category) uint64 {
	for _, q := range it.Quantities {
		if q.Category == c {
			return q.N
		}
	}
	return 0
}
