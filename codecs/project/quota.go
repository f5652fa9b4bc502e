package project

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"weir/codecs/outcome"
	"weir/codecs/ratelimit"
)

// The namespaces that a quota may name; any other text is unsupported (pipeline 5.1).
var namespaces = []string{"sessions", "spans", "transactions", "outcomes"}

// NamespaceUnsupported stands for every other namespace text of a quota.
const NamespaceUnsupported = "unsupported"

// The dimensions of groupBy that an item can have.
const (
	DimensionEnvironment = "checkInEnvironment"
	DimensionSlug        = "checkInSlug"
	dimensionUnknown     = "unknown"
)

func parseQuotas(o *object) []Quota {
	list, _ := o.list("quotas", notNull)
	var quotas []Quota
	for _, raw := range list {
		q := o.asObject("quotas", raw)
		quotas = append(quotas, parseQuota(&q))
	}
	return quotas
}

func parseQuota(o *object) Quota {
	var q Quota
	q.ID, q.HasID = o.text("id", nullIsNo)
	names, _ := o.texts("categories")
	for _, n := range names {
		q.Categories = append(q.Categories, outcome.ParseCategory(n))
	}
	q.Categories = ratelimit.SortCategories(q.Categories)
	if s, ok := o.text("scope", notNull); ok {
		q.Scope = parseScope(s)
	}
	if s, ok := o.text("scopeId", nullIsNo); ok {
		q.ScopeID = &s
	}
	if n, ok := o.uint("limit", 64, nullIsNo); ok {
		q.Limit = &n
	}
	if n, ok := o.uint("window", 64, nullIsNo); ok {
		q.Window = &n
	}
	if s, ok := o.text("namespace", nullIsNo); ok {
		q.Namespace = s
		if !slices.Contains(namespaces, s) {
			q.Namespace = NamespaceUnsupported
		}
	}
	if s, ok := o.text("reasonCode", nullIsNo); ok {
		if q.ReasonCode = outcome.Reason(s); s == "" {
			q.ReasonCode = outcome.Blank
		}
	}
	if g, ok := o.object("groupBy", nullIsNo); ok {
		g.need("maxCardinality")
		g.need("dimensions")
		n, _ := g.uint("maxCardinality", 32, notNull)
		dims, _ := g.texts("dimensions")
		q.GroupBy = &GroupBy{MaxCardinality: uint32(n), Dimensions: sortDimensions(dims)}
	}
	return q
}

var scopeNames = [...]string{"organization", "project", "key", "unknown"}

func (s QuotaScope) String() string { return scopeNames[s] }

func parseScope(s string) QuotaScope {
	if i := slices.Index(scopeNames[:], s); i >= 0 {
		return QuotaScope(i)
	}
	return QuotaUnknown
}

// sortDimensions makes a set of them: environment before slug, one "unknown" for all others at the end.
func sortDimensions(list []string) []string {
	for i, d := range list {
		if d != DimensionEnvironment && d != DimensionSlug {
			list[i] = dimensionUnknown
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// validQuotas keeps the quotas that may be used and says why the others may not (pipeline 5.2).
func validQuotas(all []Quota) (valid []Quota, faults []string) {
	for i := range all {
		if fault := all[i].fault(); fault != "" {
			faults = append(faults, fmt.Sprintf("quota %d (id %q): %s", i, all[i].ID, fault))
			continue
		}
		valid = append(valid, all[i])
	}
	return valid, faults
}

func (q *Quota) fault() string {
	if q.Namespace == NamespaceUnsupported {
		return "unsupported namespace"
	}
	if q.GroupBy != nil {
		if len(q.GroupBy.Dimensions) == 0 {
			return "groupBy without dimensions"
		}
		if slices.Contains(q.GroupBy.Dimensions, dimensionUnknown) {
			return "unknown dimension"
		}
	}
	reject := q.Limit != nil && *q.Limit == 0
	if len(q.Categories) == 0 {
		if reject {
			return ""
		}
		return "no categories"
	}
	if q.Categories[0] == outcome.Unknown {
		return "only unknown categories"
	}
	if !reject {
		unit := q.Categories[0].Unit()
		for _, c := range q.Categories[1:] {
			if c != outcome.Unknown && c.Unit() != unit {
				return "categories with different units"
			}
		}
	}
	return ""
}

// DoubleCount returns a category that the quota lists together with its indexed partner: such an item counts twice (pipeline 3.3).
func (q *Quota) DoubleCount() (outcome.Category, bool) {
	if !q.HasID {
		return outcome.Unknown, false
	}
	for _, c := range q.Categories {
		if partner, ok := c.Indexed(); ok && slices.Contains(q.Categories, partner) {
			return c, true
		}
	}
	return outcome.Unknown, false
}

// ScopeNumber reads scopeId as the id it restricts the quota to: ASCII digits with an optional leading + (pipeline 5.3). It is false
// when there is no scopeId or it is no such number; such a quota then matches no item.
func (q *Quota) ScopeNumber() (uint64, bool) {
	if q.ScopeID == nil {
		return 0, false
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(*q.ScopeID, "+"), 10, 64)
	return n, err == nil
}

// Warnings tells what the operator should know about a state that could be read: quotas that were left out, and quotas under which items
// count twice (pipeline 3.3). They are sentences without a time or a key.
func (s *State) Warnings() []string {
	list := slices.Clone(s.InvalidQuota)
	for i := range s.Config.Quotas {
		q := &s.Config.Quotas[i]
		if c, ok := q.DoubleCount(); ok {
			list = append(list, fmt.Sprintf("quota %q lists %s together with its indexed category: items count twice", q.ID, c))
		}
	}
	return list
}
