package admission

import (
	"time"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/codecs/ratelimit"
	"weir/codecs/raw"
)

// Stage says where the limits are checked. What an item that stays counts for is reported at dequeue only, where its way ends: the
// flag of a limited crash file does not travel with the record.
type Stage uint8

// The stages.
const (
	AtEdge Stage = iota
	AtDequeue
)

// LimitInput is what an envelope is checked against.
type LimitInput struct {
	Scope  dsn.Scoping
	Cached []ratelimit.Limit // cached limits of the key; expired ones are ignored
	State  *project.State    // for its quotas of limit 0; nil while the config is not known
	Now    time.Time
	Stage  Stage
}

// Limited is what CheckLimits found. The zero value means: nothing.
type Limited struct {
	// Limits are the limits to tell the client, in the order of discovery; any of them makes the answer a 429 (edge 10.1, 9).
	Limits []ratelimit.Limit
	// Removed are the items that are no longer in the envelope, in their order.
	Removed []Removed
	// Discards are the outcomes to write, all of them rate_limited with quantities above zero.
	Discards []raw.Discard
}

// Removed is one item that a limit removed.
type Removed struct {
	Index  int // position in the envelope before the call
	Item   envelope.Item
	Reason outcome.Reason
	Silent bool // no outcome is written for it (sessions, items without quantities)
}

// CheckLimits removes the items of e that a cached limit or a quota of limit 0 forbids (pipeline 6.5, edge 10.4). Items keep their
// order; crash files under an attachment limit stay and get their flag. Without limits it does nothing and allocates nothing.
func CheckLimits(e *envelope.Envelope, in LimitInput) Limited {
	zero := zeroQuotas(in.State)
	if len(in.Cached) == 0 && len(zero) == 0 || len(e.Items) == 0 {
		return Limited{}
	}
	c := checker{in: in, zero: zero}
	c.plan(e)
	if !c.hit {
		return Limited{}
	}
	removed := c.apply(e)
	return Limited{Limits: c.told.Active(in.Now), Removed: removed, Discards: c.discards}
}

// zeroQuota is a quota that rejects everything it matches, prepared for the lookup.
type zeroQuota struct {
	quota      *project.Quota
	scopeID    uint64
	bound      bool // scopeID restricts it
	namespaces []string
}

type zeroKey struct{}

// zeroQuotas returns the quotas of limit 0 that can match an envelope item: items have neither dimensions nor a usable unknown scope
// id here, so quotas that ask for these never match.
func zeroQuotas(st *project.State) []zeroQuota {
	if st == nil {
		return nil
	}
	return project.Memoize(&st.Memo, zeroKey{}, func() []zeroQuota {
		var list []zeroQuota
		for i := range st.Config.Quotas {
			q := &st.Config.Quotas[i]
			if q.Limit == nil || *q.Limit != 0 || q.GroupBy != nil {
				continue
			}
			z := zeroQuota{quota: q}
			if q.ScopeID != nil {
				id, ok := q.ScopeNumber()
				if !ok || q.Scope == project.QuotaUnknown {
					continue
				}
				z.scopeID, z.bound = id, true
			}
			if q.Namespace != "" {
				z.namespaces = []string{q.Namespace}
			}
			list = append(list, z)
		}
		return list
	})
}

// zeroExpiry is how long a quota of limit 0 limits from the moment of the check (pipeline 6.2).
const zeroExpiry = 60 * time.Second

// limit returns the limit that the quota stands for, false when it belongs to another instance of its scope.
func (z *zeroQuota) limit(in *LimitInput) (ratelimit.Limit, bool) {
	kind, id := ratelimit.ScopeKey, uint64(in.Scope.KeyID)
	switch z.quota.Scope {
	case project.QuotaOrganization:
		kind, id = ratelimit.ScopeOrganization, uint64(in.Scope.Org)
	case project.QuotaProject:
		kind, id = ratelimit.ScopeProject, uint64(in.Scope.Project)
	case project.QuotaKey:
		if z.bound && in.Scope.KeyID == 0 {
			return ratelimit.Limit{}, false
		}
	}
	if z.bound && z.scopeID != id {
		return ratelimit.Limit{}, false
	}
	l := ratelimit.Limit{Categories: z.quota.Categories, Scope: ratelimit.ScopeOf(kind, in.Scope), Reason: z.quota.ReasonCode, Expires: in.Now.Add(zeroExpiry)}
	l.Namespaces = z.namespaces
	return l, true
}
