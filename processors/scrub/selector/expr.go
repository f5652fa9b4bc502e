package selector

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// op says what an Expr is; the values are in the order of scrub 4.3.
type op uint8

const (
	opAnd op = iota
	opOr
	opNot
	opPath
)

// Expr is one parsed selector. It is immutable.
type Expr struct {
	op    op
	kids  []*Expr // of and, or, not
	items []Item  // of a path
}

// itemKind is in the order of scrub 4.3.
type itemKind uint8

const (
	itemType itemKind = iota
	itemIndex
	itemKey
	itemAny  // *
	itemDeep // **
)

// Item is one component of a path.
type Item struct {
	kind  itemKind
	types Types  // of a type
	index uint64 // of an index
	key   string // of a key
}

// TypeItem, KeyItem, Wildcard and DeepWildcard are the items that generated configs use.
func TypeItem(t Types) Item { return Item{kind: itemType, types: t} }

// KeyItem is an object key.
func KeyItem(key string) Item { return Item{kind: itemKey, key: key} }

// Wildcard is *, DeepWildcard is **.
var (
	Wildcard     = Item{kind: itemAny}
	DeepWildcard = Item{kind: itemDeep}
)

// Path, And, Or and Not build selectors. And and Or of one selector are that selector.
func Path(items ...Item) *Expr { return &Expr{op: opPath, items: items} }

// And matches what all of the selectors match.
func And(kids ...*Expr) *Expr { return join(opAnd, kids) }

// Or matches what one of the selectors matches.
func Or(kids ...*Expr) *Expr { return join(opOr, kids) }

// Not matches what the selector does not match.
func Not(e *Expr) *Expr { return &Expr{op: opNot, kids: []*Expr{e}} }

func join(o op, kids []*Expr) *Expr {
	if len(kids) == 1 {
		return kids[0]
	}
	return &Expr{op: o, kids: kids}
}

// Compare orders selectors as their applications run (scrub 4.3).
func Compare(a, b *Expr) int {
	if c := cmp.Compare(a.op, b.op); c != 0 {
		return c
	}
	if a.op == opPath {
		return slices.CompareFunc(a.items, b.items, compareItems)
	}
	return slices.CompareFunc(a.kids, b.kids, Compare)
}

func compareItems(a, b Item) int {
	return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.types, b.types), cmp.Compare(a.index, b.index), strings.Compare(a.key, b.key))
}

// NamesAttachment reports whether the selector is a plain path that starts with $attachments and a key: the switch for
// scrubbing attachments (scrub 9).
func (e *Expr) NamesAttachment() bool {
	return e.op == opPath && len(e.items) >= 2 && e.items[0].types == Attachments && e.items[1].kind == itemKey
}

// String returns the canonical text (scrub 5.5).
func (e *Expr) String() string { return string(e.appendTo(nil)) }

func (e *Expr) appendTo(b []byte) []byte {
	switch e.op {
	case opPath:
		for i, it := range e.items {
			if i > 0 {
				b = append(b, '.')
			}
			b = it.appendTo(b)
		}
		return b
	case opNot:
		return e.kids[0].appendNested(append(b, '!'), e.kids[0].op != opPath)
	}
	for i, k := range e.kids {
		if i > 0 {
			b = append(b, map[op]string{opAnd: " && ", opOr: " || "}[e.op]...)
		}
		b = k.appendNested(b, e.op == opAnd && k.op == opOr)
	}
	return b
}

func (e *Expr) appendNested(b []byte, parens bool) []byte {
	if !parens {
		return e.appendTo(b)
	}
	return append(e.appendTo(append(b, '(')), ')')
}

func (it Item) appendTo(b []byte) []byte {
	switch it.kind {
	case itemType:
		return append(append(b, '$'), it.types.name()...)
	case itemIndex:
		return strconv.AppendUint(b, it.index, 10)
	case itemAny:
		return append(b, '*')
	case itemDeep:
		return append(b, "**"...)
	}
	if n := plainKey(it.key); n > 0 && n == len(it.key) {
		return append(b, it.key...)
	}
	b = append(b, '\'')
	b = append(b, strings.ReplaceAll(it.key, "'", "''")...)
	return append(b, '\'')
}

// plainKey returns the length of the unquoted key at the start of s, 0 when there is none.
func plainKey(s string) int {
	for i := 0; i < len(s); i++ {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_'
		if !letter && (i == 0 || c != '-' && (c < '0' || c > '9')) {
			return i
		}
	}
	return len(s)
}
