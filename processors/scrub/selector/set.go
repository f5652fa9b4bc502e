package selector

import "strings"

// Sensitivity says how much a value of a field is worth protecting (scrub 5.6).
type Sensitivity uint8

// The sensitivities. Nothing selects a value that is False.
const (
	False Sensitivity = iota
	Maybe
	True
)

// Set is a list of selectors, compiled to be asked about one value after the other. It is immutable and safe for
// concurrent use.
type Set struct {
	tables [3]table // by Sensitivity
}

// table lists per last component which selectors can match at all, in the order of the list.
type table struct {
	keys     map[string][]Candidate // lower case
	marks    [256]bool              // by mark: there may be such a key
	other    []Candidate            // of keys that are not in keys
	index    []Candidate
	nameless []Candidate
}

// Candidate is one selector of a Set that may match.
type Candidate struct {
	At   int // position in the list that NewSet got
	cond *cond
}

// Matches reports whether the selector matches the value at path. path[0] is the root.
func (c *Candidate) Matches(path []Component) bool { return c.cond.matches(path) }

// Always reports whether the selector matches without looking at the path.
func (c *Candidate) Always() bool { return c.cond.op == condTrue }

// NewSet compiles the selectors.
func NewSet(exprs []*Expr) *Set {
	s := new(Set)
	for _, p := range []Sensitivity{Maybe, True} {
		s.tables[p].fill(exprs, p == Maybe)
	}
	return s
}

func (t *table) fill(exprs []*Expr, maybe bool) {
	t.other = candidates(exprs, maybe, last{kind: itemKey})
	t.index = candidates(exprs, maybe, last{kind: itemIndex})
	t.nameless = candidates(exprs, maybe, last{kind: itemAny})
	t.keys = make(map[string][]Candidate)
	endings := make([]map[string]bool, len(exprs))
	for i, e := range exprs {
		endings[i] = make(map[string]bool)
		e.lastKeys(endings[i])
		for k := range endings[i] {
			t.keys[k] = nil
			t.marks[mark(k)] = true
		}
	}
	for k := range t.keys {
		t.keys[k] = t.specialise(k, exprs, endings, maybe)
	}
}

// specialise lists the candidates for one key. Selectors that do not end with it are as for any other key.
func (t *table) specialise(key string, exprs []*Expr, endings []map[string]bool, maybe bool) []Candidate {
	var out []Candidate
	other := t.other
	for i, e := range exprs {
		for len(other) > 0 && other[0].At < i {
			other = other[1:]
		}
		if endings[i][key] {
			if c := e.fold(maybe, last{kind: itemKey, key: key}); c.op != condFalse {
				out = append(out, Candidate{i, c})
			}
		} else if len(other) > 0 && other[0].At == i {
			out = append(out, other[0])
		}
	}
	return out
}

func candidates(exprs []*Expr, maybe bool, l last) []Candidate {
	var out []Candidate
	for i, e := range exprs {
		if c := e.fold(maybe, l); c.op != condFalse {
			out = append(out, Candidate{i, c})
		}
	}
	return out
}

// lastKeys collects, in lower case, the keys that paths end with.
func (e *Expr) lastKeys(into map[string]bool) {
	for _, k := range e.kids {
		k.lastKeys(into)
	}
	if e.op == opPath {
		if it := e.items[len(e.items)-1]; it.kind == itemKey {
			into[lowered(it.key)] = true
		}
	}
}

// lowered folds ASCII capitals.
func lowered(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			r |= 0x20
		}
		return r
	}, s)
}

// Candidates returns the selectors that may match a value of the given sensitivity whose path ends with c.
func (s *Set) Candidates(p Sensitivity, c *Component) []Candidate {
	t := &s.tables[p]
	switch {
	case c.Index >= 0:
		return t.index
	case c.Index == nameless:
		return t.nameless
	}
	return t.byKey(c.Key)
}

// Reachable reports whether any selector may match a value of the given sensitivity that is called key.
func (s *Set) Reachable(p Sensitivity, key string) bool { return len(s.tables[p].byKey(key)) > 0 }

// ReachableBelow reports whether any selector may match something whose name is not known, of the given sensitivity.
func (s *Set) ReachableBelow(p Sensitivity) bool {
	t := &s.tables[p]
	if len(t.other) > 0 || len(t.index) > 0 || len(t.nameless) > 0 {
		return true
	}
	for _, c := range t.keys {
		if len(c) > 0 {
			return true
		}
	}
	return false
}

// mark hashes a key so that most keys need no look into the map. It does not depend on the case.
func mark(key string) uint8 {
	n := len(key)
	if n == 0 {
		return 0
	}
	return uint8(n)*31 ^ (key[0]|0x20)*7 ^ (key[n-1]|0x20)*13 ^ (key[n/2]|0x20)*57
}

func (t *table) byKey(key string) []Candidate {
	if !t.marks[mark(key)] {
		return t.other
	}
	var buf [64]byte
	b := append(buf[:0], key...)
	for i, c := range b {
		b[i] = lower(c)
	}
	if c, ok := t.keys[string(b)]; ok {
		return c
	}
	return t.other
}
