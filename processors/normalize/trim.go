package normalize

import (
	"math"

	"weir/codecs/event"
)

// unlimited stands for a budget that nothing sets.
const unlimited = math.MaxInt

// openBag is a budget on the stack (12.1).
type openBag struct {
	entry     int // depth of the node that opened it
	depth     int // unlimited: none
	remaining int // bytes; unlimited: none
}

// trimmer cuts an event down to its limits (12).
type trimmer struct {
	*run
	bags []openBag
}

func (r *run) trim() { r.trimFrom(r.event) }

// trimFrom trims the document as what n says that it is.
func (r *run) trimFrom(n *node) {
	t := trimmer{run: r, bags: r.bags[:0]}
	t.walk(r.d.Root, n, 0)
	r.bags = t.bags[:0]
}

func (t *trimmer) remainingBytes() int {
	least := unlimited
	for i := range t.bags {
		least = min(least, t.bags[i].remaining)
	}
	return least
}

func (t *trimmer) remainingDepth(depth int) int {
	least := unlimited
	for i := range t.bags {
		if b := &t.bags[i]; b.depth != unlimited {
			least = min(least, max(b.depth-(depth-b.entry), 0))
		}
	}
	return least
}

// charge takes n bytes from every open budget.
func (t *trimmer) charge(n int) {
	for i := range t.bags {
		if b := &t.bags[i]; b.remaining != unlimited {
			b.remaining = max(b.remaining-n, 0)
		}
	}
}

// walk enters, processes and leaves one node that is there; absent fields are charged by their struct (12.2).
func (t *trimmer) walk(v *event.Value, n *node, depth int) {
	if len(t.bags) == 0 && !n.limited {
		return
	}
	from := len(t.bags)
	for _, b := range n.bags {
		open := openBag{entry: depth, depth: unlimited, remaining: unlimited}
		if b.depth > 0 {
			open.depth = b.depth
		}
		if b.bytes > 0 {
			open.remaining = b.bytes
		}
		t.bags = append(t.bags, open)
	}
	if n.trim && (t.remainingBytes() == 0 || t.remainingDepth(depth) == 0) {
		v.SetNull()
	}
	switch v.Kind() {
	case event.String:
		t.text(v, n)
	case event.Array, event.Object:
		t.collection(v, n, depth)
	}
	t.bags = t.bags[:from]
	if from > 0 {
		t.charge(t.size(v, n) + 1)
	}
}

func (t *trimmer) text(v *event.Value, n *node) {
	switch n.kind {
	case kString, kLenient, kJSONLenient, kIP, kAny:
	default:
		return
	}
	if n.maxChars > 0 {
		t.cut(v, n.maxChars, n.allowance)
	}
	if n.trim && len(t.bags) > 0 {
		if left := t.remainingBytes(); left != unlimited {
			t.cut(v, left, 0)
		}
	}
}

func (t *trimmer) collection(v *event.Value, n *node, depth int) {
	switch {
	case n.kind == kFingerprint:
	case n.kind == kTags || n.kind == kHeaders || n.kind == kCookies || n.kind == kQuery:
		for _, m := range v.Members() {
			t.walk(m.Value, n.elem, depth+1)
		}
	case n.kind == kTuple:
		for i, m := range v.Members() {
			t.walk(m.Value, n.pair[i], depth+1)
		}
	case n.st != nil:
		if n.st.frames {
			t.stacktrace(v, n, depth)
		} else {
			t.fields(v, n.st, depth)
		}
	case n.kind == kMap && n.name == "*": // a generic context keeps its keys, what does not fit becomes null
		for _, m := range v.Members() {
			t.walk(m.Value, t.nodes[0], depth+1)
		}
	case !n.trim:
	case len(t.bags) == 0:
		t.entries(v, n, depth)
	case t.remainingDepth(depth) == 1 && (n.kind == kAny || v.Len() > 0):
		if n.kind != kAny {
			v.SetNull()
			return
		}
		t.buf = v.AppendTo(t.buf[:0])
		v.SetString(t.d.Intern(t.buf))
		t.text(v, n)
	default:
		t.entries(v, n, depth)
	}
}

// entries trims the items of an array or map; from the first one for which nothing is left they are cut off.
func (t *trimmer) entries(v *event.Value, n *node, depth int) {
	kids := v.Members()
	var tag []event.Member // `type` of a variant, the last one, is no item
	if last := len(kids) - 1; last >= 0 && t.at(kids[last].Value).kind == kTag {
		kids, tag = kids[:last], kids[last:]
	}
	for i, m := range kids {
		if len(t.bags) > 0 && t.remainingBytes() == 0 {
			t.d.MetaOf(v).SetLen(len(kids))
			v.SetMembers(append(kids[:i], tag...))
			return
		}
		item := t.at(m.Value)
		if n.kind == kAny {
			item = t.nodes[0]
		}
		t.walk(m.Value, item, depth+1)
	}
}

// fields trims a struct: every declared field costs, also an absent one.
func (t *trimmer) fields(v *event.Value, st *structure, depth int) {
	next := 0
	for _, m := range v.Members() {
		n := t.at(m.Value)
		if n.kind == kTag {
			continue
		}
		index := len(st.fields)
		if st.other == nil || n.id != st.other.id {
			index = int(n.id) - int(st.fields[0].id)
		}
		if index > next {
			t.charge(index - next)
		}
		next = index + 1
		t.walk(m.Value, n, depth+1)
	}
	if next < len(st.fields) {
		t.charge(len(st.fields) - next)
	}
}

// size is what a node costs apart from its children (12.2).
func (t *trimmer) size(v *event.Value, n *node) int {
	switch v.Kind() {
	case event.String:
		return len(v.Text()) + 2
	case event.True:
		return 4
	case event.False:
		return 5
	case event.Number:
		s, _ := v.NumberText()
		if event.IsInteger(s) {
			return len(s)
		}
		f, _ := v.Float()
		return floatSize(f)
	case event.Array, event.Object:
		if n.kind == kFingerprint {
			return event.EstimateSize(v, unlimited)
		}
		return 2
	}
	return 0
}
