package quota

import (
	"context"
	"fmt"
	"math"
	"time"

	"weir/codecs/project"
	"weir/codecs/ratelimit"
)

// zeroLimit is how long an item of a quota with limit 0 has to wait (pipeline 5.6).
const zeroLimit = 60 * time.Second

// NoCap as Config.MaxRateLimit leaves rate limits as long as their window.
const NoCap time.Duration = -1

// DefaultMaxRateLimit is processing.max_rate_limit.
const DefaultMaxRateLimit = 300 * time.Second

// Request is one check of one item against the quotas of its project (pipeline 5.6).
type Request struct {
	Item       Item
	Quantity   uint64
	OverAccept bool
	Now        time.Time
	State      *project.State
	Global     *project.Global
	Cached     []ratelimit.Limit // limits of the key that are known already (pipeline 6.2)
}

// Answer is what a Request found.
type Answer struct {
	// Limits are the limits that reject the item, in the order of the quotas; empty: it passes.
	Limits []ratelimit.Limit
	// Learned says that Limits come from the store, not from what was known before.
	Learned   bool
	Unchecked bool // the store did not answer
}

// Limiter asks what is known first and the store only about the rest.
type Limiter struct {
	store   Store
	cap     time.Duration // negative: none
	metrics *Metrics
}

// NewLimiter returns a limiter over a store; maxRateLimit caps what is learned (0: the default, NoCap: none).
func NewLimiter(store Store, maxRateLimit time.Duration, m *Metrics) *Limiter {
	if maxRateLimit == 0 {
		maxRateLimit = DefaultMaxRateLimit
	}
	return &Limiter{store: store, cap: maxRateLimit, metrics: m}
}

// Check consults cached limits and zero quotas and then, if none applies, the counters.
func (l *Limiter) Check(ctx context.Context, r *Request) (Answer, error) {
	if known := l.known(r); len(known) > 0 {
		l.metrics.checked(resultKnown)
		return Answer{Limits: known}, nil
	}
	check, rules := l.collect(r)
	if len(check.Counters) == 0 {
		return Answer{}, nil
	}
	results, err := l.store.Check(ctx, []Check{check})
	if err != nil {
		return Answer{Unchecked: true}, fmt.Errorf("check quotas of %s: %w", r.Item.Category, err)
	}
	if len(results) != 1 || !results[0].Unchecked && len(results[0].States) != len(rules) {
		return Answer{Unchecked: true}, ErrResults
	}
	if results[0].Unchecked {
		l.metrics.checked(resultUnchecked)
		return Answer{Unchecked: true}, nil
	}
	if !results[0].Limited() {
		l.metrics.checked(resultAccepted)
		return Answer{}, nil
	}
	l.metrics.checked(resultRejected)
	var set ratelimit.Set
	for i, s := range results[0].States {
		if s.Rejected {
			_, end := window(r.Item.Scope.Org, *rules[i].Window, r.Now.Unix())
			set.Add(l.limit(rules[i], r, seconds(end-r.Now.Unix())))
		}
	}
	return Answer{Limits: set.Active(time.Time{}), Learned: true}, nil
}

// known returns the cached limits and the zero quotas that reject the item without counting.
func (l *Limiter) known(r *Request) []ratelimit.Limit {
	var hits ratelimit.Set
	namespace := r.Item.Namespace
	if r.Item.AnyNamespace {
		namespace = ratelimit.AnyNamespace
	}
	for i := range r.Cached {
		if c := &r.Cached[i]; c.Active(r.Now) && c.Matches(r.Item.Scope, r.Item.Category, namespace) {
			hits.Add(*c)
		}
	}
	for _, p := range [2]*plan{globalPlan(r.Global), statePlan(r.State)} {
		rules := p.of(r.Item.Category)
		for i := range rules {
			if rules[i].zero && rules[i].matches(&r.Item) {
				hits.Add(l.limit(&rules[i], r, zeroLimit))
			}
		}
	}
	if hits.Len() == 0 {
		return nil
	}
	return hits.Active(time.Time{})
}

// collect builds the store's check out of every matching quota that has a counter, global quotas first.
func (l *Limiter) collect(r *Request) (Check, []*rule) {
	check := Check{Org: r.Item.Scope.Org, Now: r.Now.Unix()}
	var used []*rule
	for _, p := range [2]*plan{globalPlan(r.Global), statePlan(r.State)} {
		rules := p.of(r.Item.Category)
		for i := range rules {
			if q := &rules[i]; q.tracked && !q.zero && q.matches(&r.Item) {
				check.Counters = append(check.Counters, l.counter(q, r))
				used = append(used, q)
			}
		}
	}
	return check, used
}

func (l *Limiter) counter(q *rule, r *Request) Counter {
	slot, end := window(r.Item.Scope.Org, *q.Window, r.Now.Unix())
	var buf [96]byte
	refund := string(appendKey(append(buf[:0], "r:"...), q.Quota, r.Item.Scope, slot))
	c := Counter{
		Key: refund[len("r:"):], Refund: refund, Limit: storeLimit(q.Limit), ExpireAt: end + keyGrace,
		Quantity: storeQuantity(r.Quantity), OverAccept: r.OverAccept, MaxFields: 1,
	}
	if q.GroupBy != nil {
		c.Key += ":hash"
		c.Field = string(appendField(buf[:0], q.GroupBy, r.Item.Dimensions))
		c.MaxFields = int64(q.GroupBy.MaxCardinality)
	}
	return c
}

// limit is the rate limit that a rejecting quota makes (pipeline 6.1).
func (l *Limiter) limit(q *rule, r *Request, wait time.Duration) ratelimit.Limit {
	if l.cap >= 0 {
		wait = min(wait, l.cap)
	}
	rl := ratelimit.Limit{
		Categories: q.Categories, Scope: ratelimit.ScopeOf(scopeKind(q.Scope), r.Item.Scope), Reason: q.ReasonCode,
		Expires: r.Now.Add(wait), Dimensional: q.GroupBy != nil,
	}
	if q.Quota.Namespace != "" {
		rl.Namespaces = []string{q.Quota.Namespace}
	}
	return rl
}

func scopeKind(s project.QuotaScope) ratelimit.ScopeKind {
	switch s {
	case project.QuotaOrganization:
		return ratelimit.ScopeOrganization
	case project.QuotaProject:
		return ratelimit.ScopeProject
	}
	return ratelimit.ScopeKey // also unknown scopes
}

// seconds is n seconds, as much as a duration can hold.
func seconds(n int64) time.Duration {
	return time.Duration(min(n, int64(math.MaxInt64/time.Second))) * time.Second
}
