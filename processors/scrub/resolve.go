package scrub

import (
	"cmp"
	"slices"
)

// maxExpansion bounds how deep rules may name each other (scrub 4.2).
const maxExpansion = 200

// leaf is a rule that does something, as one application sees it.
type leaf struct {
	rule      *rule
	id        string // that remarks carry: of the rule, or of the outermost rule that hides it
	redaction redaction
}

// resolver expands the rule ids of one application.
type resolver struct {
	config *config
	seen   map[string]bool
	leaves []leaf
}

// resolve returns the leaves behind ids in the order in which they run: by the id of the rule itself, byte-wise.
func (c *config) resolve(ids []string) []leaf {
	r := resolver{config: c, seen: make(map[string]bool)}
	for _, id := range ids {
		r.expand(id, nil, 0)
	}
	slices.SortFunc(r.leaves, func(a, b leaf) int { return cmp.Compare(a.rule.id, b.rule.id) })
	return r.leaves
}

func (c *config) lookup(id string) *rule {
	if r, ok := c.rules[id]; ok {
		return r
	}
	return builtinRules()[id]
}

// expand adds what id stands for. outer is the rule that hides it, nil when nothing does.
func (r *resolver) expand(id string, outer *leaf, depth int) {
	rule := r.config.lookup(id)
	if rule == nil || r.seen[id] || depth > maxExpansion {
		return
	}
	r.seen[id] = true
	l := leaf{rule, rule.id, rule.redaction}
	if outer != nil {
		l.id = outer.id
		if outer.redaction.method != methodDefault {
			l.redaction = outer.redaction
		}
	}
	if rule.kind != kindMultiple && rule.kind != kindAlias {
		r.leaves = append(r.leaves, l)
		return
	}
	hiding := &l
	if !rule.hideInner {
		hiding = nil
	}
	for _, inner := range rule.rules {
		r.expand(inner, hiding, depth+1)
	}
}
