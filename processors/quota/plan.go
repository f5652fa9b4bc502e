package quota

import (
	"weir/codecs/dsn"
	"weir/codecs/outcome"
	"weir/codecs/project"
)

// rule is a quota with what can be decided once.
type rule struct {
	*project.Quota
	scopeID    uint64
	hasScopeID bool
	never      bool // a scopeId that no item can equal
	zero       bool // limit 0: no counter is needed
	tracked    bool // has id and window: goes to the store
}

// plan is a list of quotas by category, in the order of the config. It hangs on the config that it comes from.
type plan struct {
	byCategory [][]rule // index categoryIndex
}

type planKey struct{}

// statePlan and globalPlan compile a config's quotas once.
func statePlan(s *project.State) *plan {
	if s == nil {
		return &plan{}
	}
	return project.Memoize(&s.Memo, planKey{}, func() *plan { return compile(s.Config.Quotas) })
}

func globalPlan(g *project.Global) *plan {
	if g == nil {
		return &plan{}
	}
	return project.Memoize(&g.Memo, planKey{}, func() *plan { return compile(g.Quotas) })
}

func compile(quotas []project.Quota) *plan {
	p := &plan{}
	if len(quotas) == 0 {
		return p
	}
	p.byCategory = make([][]rule, len(outcome.AllCategories)+1)
	for i := range quotas {
		r := newRule(&quotas[i])
		if r.never || !(r.zero || r.tracked) {
			continue // an untrackable quota is skipped at check time (pipeline 5.6)
		}
		if len(r.Categories) == 0 {
			for c := range p.byCategory {
				p.byCategory[c] = append(p.byCategory[c], r)
			}
			continue
		}
		for _, c := range r.Categories {
			p.byCategory[categoryIndex(c)] = append(p.byCategory[categoryIndex(c)], r)
		}
	}
	return p
}

func newRule(q *project.Quota) rule {
	r := rule{Quota: q, zero: q.Limit != nil && *q.Limit == 0, tracked: q.HasID && q.Window != nil && *q.Window > 0}
	if q.ScopeID != nil {
		id, ok := q.ScopeNumber()
		r.scopeID, r.hasScopeID = id, true
		r.never = !ok || q.Scope == project.QuotaUnknown
	}
	if q.GroupBy != nil {
		for _, d := range q.GroupBy.Dimensions {
			r.never = r.never || d != project.DimensionEnvironment && d != project.DimensionSlug // no item has it
		}
	}
	return r
}

// of returns the quotas that name c or all categories.
func (p *plan) of(c outcome.Category) []rule {
	if i := categoryIndex(c); i >= 0 && i < len(p.byCategory) {
		return p.byCategory[i]
	}
	return nil
}

// Item is what a quota is matched against (pipeline 5.3).
type Item struct {
	Category     outcome.Category
	Scope        dsn.Scoping
	Namespace    string // of metric items; empty: none
	AnyNamespace bool   // ask for any namespace
	Dimensions   Dimensions
}

// matches reports whether the quota applies to the item; the category has been looked at already.
func (r *rule) matches(it *Item) bool {
	if r.hasScopeID {
		var id uint64
		switch r.Scope {
		case project.QuotaOrganization:
			id = uint64(it.Scope.Org)
		case project.QuotaProject:
			id = uint64(it.Scope.Project)
		case project.QuotaKey:
			if id = uint64(it.Scope.KeyID); id == 0 {
				return false
			}
		}
		if id != r.scopeID {
			return false
		}
	}
	if r.Quota.Namespace != "" && !it.AnyNamespace && r.Quota.Namespace != it.Namespace {
		return false
	}
	return r.GroupBy == nil || it.Dimensions.Present
}
