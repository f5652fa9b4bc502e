package selector

// Component is one node on the way from the root to a value.
type Component struct {
	Key   string // the object key, or the key of a pair
	Index int    // the position in a list, -1 when Key counts, nameless when neither does
	Types Types
}

// nameless marks the root and the virtual node of an original value below a list element (scrub 4.7): no key and no
// index matches it.
const nameless = -2

// Field returns the component of an object member.
func Field(key string, t Types) Component { return Component{Key: key, Index: -1, Types: t} }

// Element returns the component of a list element.
func Element(i int, t Types) Component { return Component{Index: i, Types: t} }

// Root returns the component that a path starts with; events have a root without type (scrub 5.2).
func Root(t Types) Component { return Component{Index: nameless, Types: t} }

// Below returns the component of an original value that stands below c: the same key again, or no name.
func (c Component) Below(t Types) Component {
	if c.Index == -1 {
		return Field(c.Key, t)
	}
	return Root(t)
}

// LastKey returns the object key and true, or false for list elements and the root.
func (c *Component) LastKey() (string, bool) { return c.Key, c.Index == -1 }

func (it *Item) matches(c *Component) bool {
	switch it.kind {
	case itemType:
		return it.types&c.Types != 0
	case itemKey:
		return c.Index == -1 && equalFold(it.key, c.Key)
	case itemIndex:
		return c.Index >= 0 && uint64(c.Index) == it.index
	}
	return true
}

// equalFold compares without regard to ASCII case.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := 0; i < len(a); i++ {
		if a[i] != b[i] && lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c |= 0x20
	}
	return c
}

// matchPath compares items with a path from its end (scrub 5.4). path[0] is the root, which is not counted.
func matchPath(items []Item, path []Component) bool {
	if len(items) >= len(path) {
		return false
	}
	at := len(path) - 1
	for i := len(items) - 1; i >= 0; i-- {
		if items[i].kind == itemDeep {
			return matchAbove(items[:i], path[:at])
		}
		if !items[i].matches(&path[at]) {
			return false
		}
		at--
	}
	return true
}

// matchAbove compares the items before ** with the nodes above the one that ** took: a contiguous run that begins at the
// first node from the root that matches the first item.
func matchAbove(items []Item, path []Component) bool {
	if len(items) == 0 {
		return len(path) > 0
	}
	for s := range path {
		if !items[0].matches(&path[s]) {
			continue
		}
		if s+len(items) > len(path) {
			return false
		}
		for k := 1; k < len(items); k++ {
			if !items[k].matches(&path[s+k]) {
				return false
			}
		}
		return true
	}
	return false
}
