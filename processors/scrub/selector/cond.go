package selector

// cond is a selector with everything known beforehand folded away.
type cond struct {
	op    condOp
	kids  []*cond
	items []Item
	types Types
}

type condOp uint8

const (
	condFalse condOp = iota
	condTrue
	condTypes // the value has one of the types
	condPath
	condAnd
	condOr
	condNot
)

var (
	never  = &cond{op: condFalse}
	always = &cond{op: condTrue}
)

// last is what is known about the last component of a path when a selector is specialised.
type last struct {
	kind itemKind // itemKey, itemIndex, or itemAny for the nameless component
	key  string   // of a key; "" for all keys that no selector ends with
}

// fold specialises e for paths that end as l says and for the sensitivity (scrub 5.6).
func (e *Expr) fold(maybe bool, l last) *cond {
	switch e.op {
	case opPath:
		return foldPath(e.items, maybe, l)
	case opNot:
		switch k := e.kids[0].fold(maybe, l); k.op {
		case condFalse:
			return always
		case condTrue:
			return never
		default:
			return &cond{op: condNot, kids: []*cond{k}}
		}
	}
	return e.foldList(maybe, l)
}

func (e *Expr) foldList(maybe bool, l last) *cond {
	neutral, absorbing, out := always, never, &cond{op: condAnd}
	if e.op == opOr {
		neutral, absorbing, out = never, always, &cond{op: condOr}
	}
	for _, kid := range e.kids {
		k := kid.fold(maybe, l)
		switch k.op {
		case absorbing.op:
			return absorbing
		case neutral.op:
			continue
		}
		if n := len(out.kids); n > 0 && out.op == condOr && k.op == condTypes && out.kids[n-1].op == condTypes {
			k = &cond{op: condTypes, types: k.types | out.kids[n-1].types}
			out.kids = out.kids[:n-1]
		}
		out.kids = append(out.kids, k)
	}
	switch len(out.kids) {
	case 0:
		return neutral
	case 1:
		return out.kids[0]
	}
	return out
}

func foldPath(items []Item, maybe bool, l last) *cond {
	if maybe {
		for i, it := range items {
			if it.kind == itemDeep || it.kind == itemType && (i > 0 || it.types&Basic != 0) {
				return never
			}
		}
	}
	switch it := items[len(items)-1]; it.kind {
	case itemKey:
		if l.kind != itemKey || l.key == "" || !equalFold(l.key, it.key) {
			return never
		}
	case itemIndex:
		if l.kind != itemIndex {
			return never
		}
	case itemType:
		if len(items) == 1 {
			return &cond{op: condTypes, types: it.types}
		}
	}
	return &cond{op: condPath, items: items}
}

func (c *cond) matches(path []Component) bool {
	switch c.op {
	case condTrue:
		return true
	case condTypes:
		return c.types&path[len(path)-1].Types != 0
	case condPath:
		return matchPath(c.items, path)
	case condNot:
		return !c.kids[0].matches(path)
	case condAnd:
		for _, k := range c.kids {
			if !k.matches(path) {
				return false
			}
		}
		return true
	case condOr:
		for _, k := range c.kids {
			if k.matches(path) {
				return true
			}
		}
	}
	return false
}
