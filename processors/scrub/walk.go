package scrub

import (
	"sync"

	"weir/codecs/event"
	"weir/processors/scrub/selector"
)

// walker takes one pass over one document.
type walker struct {
	pass *pass
	doc  *event.Doc
	path []selector.Component // from the root to the current value
	slab slab
	flat bool // an attribute is its value (scrub 10)
	// visit is called instead of offering values to rules, nil: they are offered. Free lists of pairs are ordinary lists to it.
	visit visitor

	// Scratch.
	text    subject
	spans   []span
	buf     []byte
	remarks []event.Remark
}

// visitor is told of a value that may hold personal data, and its path.
type visitor func(v *event.Value, path []selector.Component, level sensitivity)

var walkers = sync.Pool{New: func() any { return new(walker) }}

// free is the shape of everything that the schema does not know.
var free = &shape{form: formFree, layers: 1}

// event applies the pass to an event.
func (p *pass) event(doc *event.Doc) {
	p.run(doc, doc.Root, eventSchema().event, false, selector.Root(0))
}

// run applies the pass to a struct that stands at a path.
func (p *pass) run(doc *event.Doc, v *event.Value, sh *shape, flat bool, path ...selector.Component) {
	p.walk(doc, v, sh, flat, nil, path...)
}

func (p *pass) walk(doc *event.Doc, v *event.Value, sh *shape, flat bool, visit visitor, path ...selector.Component) {
	if p.plans[sh.id] == nil {
		return
	}
	w := walkers.Get().(*walker)
	w.pass, w.doc, w.flat, w.visit = p, doc, flat, visit
	w.path = append(w.path[:0], path...)
	w.members(v, sh)
	w.release()
}

// release gives the walker back, without what belongs to the document.
func (w *walker) release() {
	clear(w.path[:cap(w.path)])
	clear(w.text.pieces[:cap(w.text.pieces)])
	clear(w.remarks[:cap(w.remarks)])
	w.pass, w.doc, w.visit, w.text = nil, nil, nil, subject{pieces: w.text.pieces[:0]}
	walkers.Put(w)
}

// value handles the value that the last component of the path names: first itself, then what is below it, then the
// original value in its metadata.
func (w *walker) value(v *event.Value, sh *shape, pii sensitivity) {
	visits := 1
	if sh.form == formUnion {
		visits += sh.layers
		f := w.variant(v, sh)
		if f == nil || v.IsNull() { // what is not there has no variant and so no sensitivity
			return
		}
		sh = f.shape
	}
	visits += sh.layers
	if sh.hasPII {
		pii = sh.pii
	}
	level := w.level(pii)
	top := &w.path[len(w.path)-1]
	top.Types = types(v, sh)
	deleted := false
	switch {
	case level == no:
	case w.visit != nil:
		w.visit(v, w.path, level)
	default:
		deleted = w.offer(v, sh, level)
	}
	if !deleted {
		w.below(v, sh, pii)
	}
	if m := v.Meta(); m != nil && m.Original != nil && level != no && w.visit == nil {
		if deleted || v.IsNull() { // the outermost of its wrappers finds nothing in it
			visits = 1
		}
		for ; visits > 0; visits-- {
			w.original(m, level)
		}
	}
}

// types returns what a value answers to: its schema type, or what it is in JSON.
func types(v *event.Value, sh *shape) selector.Types {
	if sh.form >= formStruct {
		return sh.types
	}
	switch v.Kind() {
	case event.String:
		return selector.String | sh.types
	case event.Number:
		return selector.Number
	case event.True, event.False:
		return selector.Boolean
	case event.Array:
		return selector.Array
	case event.Object:
		return selector.Object
	}
	return 0
}

// level resolves a dynamic sensitivity by the last key of the path.
func (w *walker) level(pii sensitivity) sensitivity {
	if pii != dynamic && pii != inBag {
		return pii
	}
	for i := len(w.path) - 1; i > 0; i-- {
		if key, ok := w.path[i].LastKey(); ok {
			if p, known := attributeSensitivity(key); known {
				return p
			}
			if pii == dynamic {
				break
			}
		}
	}
	return yes
}

// variant picks the shape of a context or debug image by its type, else by its key.
func (w *walker) variant(v *event.Value, sh *shape) *field {
	name, ok := v.Get("type").Str()
	if !ok {
		name, _ = w.path[len(w.path)-1].LastKey()
	}
	if f := sh.variants[name]; f != nil {
		return f
	}
	return sh.variants["*"]
}

// below visits the children of a value.
func (w *walker) below(v *event.Value, sh *shape, pii sensitivity) {
	switch kind := v.Kind(); {
	case kind == event.Object && sh.form == formStruct:
		w.members(v, sh)
	case kind == event.Object && w.flat && sh.elem == eventSchema().attribute:
		for _, m := range v.Members() {
			w.child(m.Value.Get("value"), selector.Field(m.Key, 0), free, inBag)
			w.beside(m.Value)
		}
	case kind == event.Object:
		elem := elemOf(sh)
		for _, m := range v.Members() {
			if !sh.tagged || m.Key != "type" {
				w.child(m.Value, selector.Field(m.Key, 0), elem, pii)
			}
		}
	case kind == event.Array && (sh.form == formPairs || sh.form == formFree && w.visit == nil && isPairList(v)):
		w.pairs(v, elemOf(sh), pii)
	case kind == event.Array:
		elem := elemOf(sh)
		for i, m := range v.Members() {
			w.child(m.Value, selector.Element(i, 0), elem, pii)
		}
	}
}

// beside visits what an attribute says beside its type and value. It is found under its own name, as if it stood beside the attribute (scrub 10).
func (w *walker) beside(attribute *event.Value) {
	if attribute.Kind() != event.Object {
		return
	}
	for _, m := range attribute.Members() {
		if m.Key != "type" && m.Key != "value" {
			w.child(m.Value, selector.Field(m.Key, 0), free, yes)
		}
	}
}

func elemOf(sh *shape) *shape {
	if sh.elem == nil {
		return free
	}
	return sh.elem
}

func (w *walker) child(v *event.Value, c selector.Component, sh *shape, pii sensitivity) {
	if v == nil || v.Kind() == event.Null && v.Meta() == nil {
		return
	}
	w.path = append(w.path, c)
	w.value(v, sh, pii)
	w.path = w.path[:len(w.path)-1]
}

// members visits the fields of a struct.
func (w *walker) members(v *event.Value, sh *shape) {
	plan := w.pass.plans[sh.id]
	if plan == nil {
		return
	}
	var address userIP
	if sh.types == selector.User {
		address.before(v)
	}
	for _, m := range v.Members() {
		if f := plan.find(m.Key); f != nil {
			w.child(m.Value, selector.Field(m.Key, 0), f.shape, f.pii)
		}
	}
	if sh.types == selector.User && w.visit == nil {
		address.after(w.doc, v)
	}
}

// isPairList reports whether a free list is addressed by key (scrub 5.3).
func isPairList(v *event.Value) bool {
	for _, m := range v.Members() {
		if m.Value.Kind() != event.Array || m.Value.Len() != 2 || m.Value.Index(0).Kind() != event.String {
			return false
		}
	}
	return v.Len() > 0
}

func (w *walker) pairs(v *event.Value, elem *shape, pii sensitivity) {
	for i, m := range v.Members() {
		if m.Value.Kind() != event.Array || m.Value.Len() != 2 {
			continue
		}
		c := selector.Element(i, 0)
		if key, ok := m.Value.Index(0).Str(); ok {
			c = selector.Field(key, 0)
		}
		w.child(m.Value.Index(1), c, elem, pii)
	}
}
