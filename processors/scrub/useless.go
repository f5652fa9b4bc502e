package scrub

import (
	"fmt"
	"maps"
	"slices"

	"weir/processors/scrub/selector"
)

// useless tells of rules and selectors that are read as they should be and never change anything.
func (c *checker) useless(cfg *config) {
	used := make(map[string]bool)
	for _, a := range cfg.applications {
		c.application(cfg, &a, used)
	}
	for _, id := range slices.Sorted(maps.Keys(cfg.rules)) {
		if !used[id] {
			c.add(true, id, "no application uses the rule", "rules", id)
		}
		r := cfg.rules[id]
		c.unknown(cfg, id, r.rules, "rules", id)
		if r.redaction.method == methodUnknown {
			c.add(true, id, fmt.Sprintf("unknown redaction method %q: what matches is dropped without a remark", r.redaction.text), "rules", id, "redaction")
		}
	}
}

func (c *checker) unknown(cfg *config, of string, ids []string, path ...string) {
	for _, id := range ids {
		if cfg.lookup(id) == nil {
			c.add(true, of, fmt.Sprintf("there is no rule %q", id), path...)
		}
	}
}

func (c *checker) application(cfg *config, a *application, used map[string]bool) {
	c.unknown(cfg, a.text, a.rules, "applications", a.text)
	cfg.markUsed(a.rules, used)
	leaves := cfg.resolve(a.rules)
	switch {
	case len(leaves) == 0:
		c.add(true, a.text, "applies no rule", "applications", a.text)
		return
	case !possible(a.selector, anyType):
		c.add(true, a.text, "the selector can never match: nothing that it names is ever scrubbed", "applications", a.text)
		return
	}
	for _, l := range leaves {
		if need := l.rule.kind.types(); !possible(a.selector, need) {
			c.add(true, l.id, fmt.Sprintf("can never match what %q selects: it looks at texts, not at numbers and containers", a.text), "applications", a.text)
		}
	}
}

// markUsed marks the rules that ids lead to.
func (c *config) markUsed(ids []string, used map[string]bool) {
	for _, id := range ids {
		if r := c.lookup(id); r != nil && !used[id] {
			used[id] = true
			c.markUsed(r.rules, used)
		}
	}
}

// anyType are the types of values that rules see at all; booleans are never offered (scrub 4.1).
const anyType = ^selector.Types(0) &^ selector.Boolean

// types are the types of values on which a rule of the kind can do something (scrub 4.4).
func (k kind) types() selector.Types {
	switch k {
	case kindAnything, kindPassword, kindCookies, kindRedactPair:
		return anyType
	}
	return selector.String | selector.Binary
}

// possible reports whether anything that is scrubbed can match a selector and has one of the types.
func possible(e *selector.Expr, need selector.Types) bool {
	return e.Possible(func(s selector.Suffix) bool {
		f := finderOf{need, make(map[visit]bool)}
		for _, r := range roots() {
			if f.enter(r, s, no) {
				return true
			}
		}
		return false
	})
}

// place is a node of everything that is scrubbed, with what may be below it.
type place struct {
	selector.Place
	shape *shape
	pii   sensitivity
	below []*place // instead of those of shape
}

// finderOf looks for a way down that matches a path.
type finderOf struct {
	need    selector.Types
	visited map[visit]bool
}

type visit struct {
	shape *shape
	place *place // of places that have no shape
	pii   sensitivity
	done  int
}

// enter takes the ways on which the path can go on at p. A path may begin at any node.
func (f *finderOf) enter(p *place, s selector.Suffix, inherited sensitivity) bool {
	pii := p.pii
	if pii == inherit {
		pii = inherited
	}
	next := s.Next(p.Place)
	if s.Done() == 0 {
		next = append(next, s)
	}
	for _, n := range next {
		for _, level := range levels(pii) {
			if n.Done() > 0 && n.Ends(p.Place, level)&f.need != 0 {
				return true
			}
		}
		v := visit{p.shape, nil, pii, n.Done()}
		if p.shape == nil {
			v.place = p
		}
		if f.visited[v] {
			continue
		}
		f.visited[v] = true
		for _, child := range p.children() {
			if f.enter(child, n, pii) {
				return true
			}
		}
	}
	return false
}
