package admission

import (
	"slices"

	"weir/codecs/dsn"
	"weir/codecs/ratelimit"
)

// told collects limits for the answer: of those with the same categories, scope, namespaces and dimensions the one that expires later
// stays, the newer one when equal to the second (pipeline 6.1).
type told struct{ list []ratelimit.Limit }

func (t *told) Add(l ratelimit.Limit) {
	for i := range t.list {
		if same(&t.list[i], &l) {
			if l.Expires.Unix() >= t.list[i].Expires.Unix() {
				t.list[i] = l
			}
			return
		}
	}
	t.list = append(t.list, l)
}

func same(a, b *ratelimit.Limit) bool {
	return a.Scope == b.Scope && a.Dimensional == b.Dimensional && slices.Equal(a.Categories, b.Categories) &&
		slices.Equal(a.Namespaces, b.Namespaces)
}

// inScope says that a limit's scope instance is one of the item's.
func inScope(s ratelimit.Scope, item dsn.Scoping) bool {
	switch s.Kind {
	case ratelimit.ScopeOrganization:
		return s.Org == item.Org
	case ratelimit.ScopeProject:
		return s.Project == item.Project
	}
	return s.Key == item.Key
}
