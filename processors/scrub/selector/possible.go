package selector

import "slices"

// Place is what is known beforehand about one node of a document: which names and types it may have.
type Place struct {
	Key      string // the only key that it has, unless AnyKey
	AnyKey   bool
	Except   []string // with AnyKey: keys that it does not have, in any case
	AnyIndex bool
	Named    bool // Key counts
	Types    Types
}

// could reports whether a node at the place can match the item.
func (it *Item) could(p Place) bool {
	switch it.kind {
	case itemType:
		return it.types&p.Types != 0
	case itemKey:
		if p.AnyKey {
			return !slices.ContainsFunc(p.Except, func(k string) bool { return equalFold(k, it.key) })
		}
		return p.Named && equalFold(it.key, p.Key)
	case itemIndex:
		return p.AnyIndex
	}
	return true
}

// Possible reports whether some value can match the selector when possible says so of its paths. A negation counts as
// possible.
func (e *Expr) Possible(possible func(Suffix) bool) bool {
	switch e.op {
	case opNot:
		return true
	case opPath:
		return possible(Suffix{items: e.items})
	}
	for _, k := range e.kids {
		if k.Possible(possible) != (e.op == opAnd) {
			return e.op == opOr
		}
	}
	return e.op == opAnd
}

// Suffix is a path of a selector of which a beginning has been matched on the way down a document.
type Suffix struct {
	items []Item
	done  int // items that the nodes so far have matched
}

// Done is the number of items that are matched: with the place in the document, it is all that the further way depends on.
func (s Suffix) Done() int { return s.done }

// Next returns how the path can go on when a node at p is next.
func (s Suffix) Next(p Place) []Suffix {
	if s.done == len(s.items) {
		return nil
	}
	it := &s.items[s.done]
	if !it.could(p) {
		return nil
	}
	next := []Suffix{{s.items, s.done + 1}}
	if it.kind == itemDeep { // takes any number of nodes
		next = append(next, s)
	}
	return next
}

// Ends returns the types with which the last node may have matched, 0 when items are left over or the sensitivity keeps the
// path from matching (scrub 5.6).
func (s Suffix) Ends(p Place, level Sensitivity) Types {
	if s.done < len(s.items) || level == False {
		return 0
	}
	last := s.items[s.done-1]
	if level == Maybe && foldPath(s.items, true, last.asLast()) == never {
		return 0
	}
	if last.kind == itemType && last.types&Basic != 0 { // it is one of them; other types come on top
		return p.Types & last.types
	}
	return p.Types
}

// asLast is a last component that matches the item.
func (it *Item) asLast() last { return last{kind: it.kind, key: it.key} }
