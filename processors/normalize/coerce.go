package normalize

import (
	"slices"
	"strings"

	"weir/codecs/event"
)

// run is the work on one event.
type run struct {
	*schema
	n   *Normalizer
	d   *event.Doc
	in  *Inputs
	buf []byte // scratch for texts under construction

	bags []openBag // scratch of trim

	trace   *dsc // of the trace header, nil: none
	unknown bool // some struct has keys that no field takes
}

// coerce brings v into the form of its schema position: types, enum texts, canonical ids and numbers, output order.
// What does not fit becomes null with an error and the original (spec 4).
func (r *run) coerce(v *event.Value, n *node) {
	v.SetTag(n.id)
	if v.IsNull() {
		return
	}
	switch n.kind {
	case kAny:
		r.free(v)
		v.SetTag(n.id)
	case kArray:
		if v.Kind() != event.Array {
			r.invalid(v, "expected an array")
			return
		}
		r.items(v, n.elem)
	case kMap:
		r.mapOf(v, n.elem)
	case kStruct:
		r.structure(v, n.st)
	case kLogEntry:
		r.logEntry(v, n.st)
	case kMechanism:
		r.mechanism(v, n.st)
	case kValues:
		r.values(v, n.st)
	case kVars:
		if v.Kind() == event.Array {
			r.arrayToObject(v)
		}
		r.mapOf(v, n.elem)
	case kContexts:
		r.contexts(v, n.elem)
	case kContext:
		r.context(v, n, "")
	case kImage:
		r.image(v, n)
	case kMeasurements:
		r.names(v, n.elem, true)
	case kBreakdowns:
		r.names(v, n.elem, false)
	case kTags, kHeaders, kCookies, kQuery:
		r.pairs(v, n)
	default:
		r.scalar(v, n)
	}
}

// invalid makes v null, with the error and what it was as `val` (2.3, 4.2).
func (r *run) invalid(v *event.Value, reason string) {
	tag := v.Tag()
	r.free(v)
	r.d.SoftDelete(v)
	v.SetTag(tag)
	r.d.AddError(v, event.InvalidData, reason)
}

// free reads free-form JSON: maps sorted, numbers canonical (2.1).
func (r *run) free(v *event.Value) {
	v.SetTag(0)
	switch v.Kind() {
	case event.Number:
		if text, _ := v.NumberText(); !canonicalNumber(text) {
			r.canonicalise(v)
		}
	case event.Array:
		for _, m := range v.Members() {
			r.free(m.Value)
		}
	case event.Object:
		for _, m := range v.Members() {
			r.free(m.Value)
		}
		v.SortKeys()
	}
}

func (r *run) items(v *event.Value, elem *node) {
	for _, m := range v.Members() {
		r.coerce(m.Value, elem)
	}
}

func (r *run) mapOf(v *event.Value, elem *node) {
	if v.Kind() != event.Object {
		r.invalid(v, "expected an object")
		return
	}
	v.SortKeys()
	r.items(v, elem)
}

// structure reads a struct: members by wire name or alias, unknown ones into the catch-all, everything in output
// order (4.1). Null members without metadata are the same as absent ones and vanish.
func (r *run) structure(v *event.Value, st *structure) {
	if v.Kind() != event.Object {
		r.invalid(v, "expected "+st.name)
		return
	}
	kids := v.Members()
	if st.aliased {
		kids = aliases(kids, st)
	}
	out, ordered, last := 0, true, uint16(0)
	for i := range kids {
		x := kids[i].Value
		var n *node
		if f, _ := st.keys.find(kids[i].Key); f >= 0 {
			n = st.fields[f]
			kids[i].Key = n.name // the wire name, also for aliases
			if x.IsNull() && x.Meta() == nil {
				continue
			}
			r.coerce(x, n)
			if x.IsNull() && x.Meta() == nil {
				continue
			}
		} else {
			if n = st.other; n == nil {
				continue
			}
			r.unknown = r.unknown || !n.retain
			r.coerce(x, n)
		}
		kids[out] = kids[i]
		out++
		ordered = ordered && n.id > last
		last = n.id
	}
	kids = kids[:out]
	if !ordered {
		sortMembers(kids)
	}
	v.SetMembers(kids)
}

// sortMembers brings members of a struct into output order: fields by number, unknown keys by name.
func sortMembers(kids []event.Member) {
	if len(kids) > 32 {
		slices.SortStableFunc(kids, compareMembers)
		return
	}
	for i := 1; i < len(kids); i++ {
		m, tag := kids[i], kids[i].Value.Tag()
		j := i
		for j > 0 {
			if before := kids[j-1].Value.Tag(); before < tag || before == tag && kids[j-1].Key <= m.Key {
				break
			}
			kids[j] = kids[j-1]
			j--
		}
		kids[j] = m
	}
}

func compareMembers(a, b event.Member) int {
	if d := int(a.Value.Tag()) - int(b.Value.Tag()); d != 0 {
		return d
	}
	return strings.Compare(a.Key, b.Key)
}

// aliases gives every field its wire name and removes the names that lost: an alias counts only if the wire name
// and the aliases before it are absent; a null counts as present (4.1).
func aliases(kids []event.Member, st *structure) []event.Member {
	any := false
	for i := range kids {
		if _, alias := st.keys.find(kids[i].Key); alias > 0 {
			any = true
			break
		}
	}
	if !any {
		return kids
	}
	best := make([]int8, len(st.fields))
	for i := range kids {
		if f, alias := st.keys.find(kids[i].Key); f >= 0 && (best[f] == 0 || int8(alias+1) < best[f]) {
			best[f] = int8(alias + 1)
		}
	}
	return slices.DeleteFunc(kids, func(m event.Member) bool {
		f, alias := st.keys.find(m.Key)
		return f >= 0 && best[f] != int8(alias+1)
	})
}
