package normalize

import (
	"slices"

	"weir/codecs/event"
)

// slot returns the member key of a struct, made null at its place in the output order if it is absent. key must be a
// field of the struct's type.
func (r *run) slot(v *event.Value, key string) *event.Value {
	if x := v.Get(key); x != nil {
		return x
	}
	st := r.at(v).st
	f, _ := st.keys.find(key)
	return r.insert(v, key, st.fields[f])
}

// insert puts a null of schema position n where it belongs.
func (r *run) insert(v *event.Value, key string, n *node) *event.Value {
	x := r.d.NewNull()
	x.SetTag(n.id)
	kids := v.Members()
	at := len(kids)
	for at > 0 && (kids[at-1].Value.Tag() > n.id || kids[at-1].Value.Tag() == n.id && kids[at-1].Key > key) {
		at--
	}
	if len(kids) == cap(kids) {
		r.d.Reserve(v, 8)
	}
	v.Insert(at, key, x)
	return x
}

// entry returns the entry key of a map, made null at its place if it is absent.
func (r *run) entry(v *event.Value, key string) *event.Value {
	if x := v.Get(key); x != nil {
		return x
	}
	x := r.d.NewNull()
	x.SetTag(r.at(v).elem.id)
	kids := v.Members()
	at := len(kids)
	for at > 0 && kids[at-1].Key > key {
		at--
	}
	if len(kids) == cap(kids) {
		r.d.Reserve(v, 4)
	}
	v.Insert(at, key, x)
	return x
}

// unknownKey returns the member key of a struct, as a field or else among the unknown keys, made null if it is absent.
func (r *run) unknownKey(v *event.Value, key string) *event.Value {
	if x := v.Get(key); x != nil {
		return x
	}
	st := r.at(v).st
	if f, _ := st.keys.find(key); f >= 0 {
		return r.insert(v, key, st.fields[f])
	}
	return r.insert(v, key, st.other)
}

// object returns the struct or map member key, created if it is absent or null.
func (r *run) object(v *event.Value, key string) *event.Value {
	x := r.slot(v, key)
	if x.IsNull() {
		x.SetObject(nil)
	}
	return x
}

// assign sets the member key of a struct and drops its metadata.
func (r *run) assign(v *event.Value, key, s string) {
	x := r.slot(v, key)
	x.SetMeta(nil)
	x.SetString(s)
}

// setString sets the member key of a struct and keeps its metadata.
func (r *run) setString(v *event.Value, key, s string) { r.slot(v, key).SetString(s) }

// isBlank reports whether v is null or an empty text.
func isBlank(v *event.Value) bool {
	if s, ok := v.Str(); ok {
		return s == ""
	}
	return v.IsNull()
}

// isEmpty reports whether v counts as empty (2.2): no metadata, and null, a text or collection of length 0, or a struct
// of empty fields.
func (r *run) isEmpty(v *event.Value) bool {
	if !v.Meta().IsEmpty() {
		return false
	}
	switch v.Kind() {
	case event.Null:
		return true
	case event.String:
		s := v.Text()
		n := r.at(v)
		if n.empty != "" { // one of a list of names
			return s == n.empty
		}
		return s == "" && n.kind != kTag && n.kind != kSpanKind
	case event.Array:
		return v.Len() == 0
	case event.Object:
		st := r.at(v).st
		if st == nil {
			return v.Len() == 0
		}
		return r.hasNothing(v)
	}
	return false
}

// hasNothing reports whether all fields of a struct are empty, whatever metadata it has itself.
func (r *run) hasNothing(v *event.Value) bool {
	for _, m := range v.Members() {
		if m.Value.Tag() != r.tag.id && !r.isEmpty(m.Value) {
			return false
		}
	}
	return true
}

// isDeepEmpty reports whether v is empty all the way down (2.2).
func (r *run) isDeepEmpty(v *event.Value) bool {
	if !v.Meta().IsEmpty() {
		return false
	}
	if k := v.Kind(); k != event.Array && k != event.Object {
		return r.isEmpty(v)
	}
	isStruct := r.at(v).st != nil
	for _, m := range v.Members() {
		if m.Value.Tag() == r.tag.id {
			continue
		}
		if isStruct && !r.leftOut(m.Value) || !isStruct && !r.isDeepEmpty(m.Value) {
			return false
		}
	}
	return true
}

// leftOut reports whether a struct field is not written by its own rule (2.4).
func (r *run) leftOut(v *event.Value) bool {
	switch r.at(v).skip {
	case skipNull:
		return v.IsNull() && v.Meta().IsEmpty()
	case skipEmpty:
		return r.isEmpty(v)
	case skipEmptyDeep:
		return r.isDeepEmpty(v)
	}
	return false
}

// prune brings the event into its written form: it removes the struct fields that are not written, marks the deep-empty items below
// fields with that rule, which keep their index, and rounds timestamps (2.4).
func (r *run) prune(v *event.Value) {
	n := r.at(v)
	if n.st != nil && v.Kind() == event.Object {
		for _, f := range n.st.always {
			if v.Find(f.name) < 0 {
				r.insert(v, f.name, f)
			}
		}
	}
	kids := v.Members()
	if n.kind == kAny || len(kids) == 0 {
		return
	}
	if n.st == nil && n.skip == skipEmptyDeep {
		for _, m := range kids {
			m.Value.SetOmit(r.isDeepEmpty(m.Value))
		}
	}
	out := 0
	for i := range kids {
		x := kids[i].Value
		if n.st != nil {
			if x.Tag() != r.tag.id && r.leftOut(x) {
				if !r.isHollow(x) {
					continue
				}
				x.SetOmit(true)
			}
			kids[out] = kids[i]
			out++
		}
		switch at := r.at(x); {
		case x.Len() > 0, at.st != nil && len(at.st.always) > 0: // only now: a collection of nothing but empty members is not empty itself
			r.prune(x)
		case at.kind == kTimestamp:
			r.writeTime(x)
		}
	}
	if n.st != nil {
		v.Truncate(out)
	}
}

// isHollow reports whether v is an empty text, a list of nothing, an empty object, or a struct around such a value: not written, but there for the
// conditions of filters, which tell empty from missing (filters 7), and for rules of scrubbing that delete it with a remark (scrub 4.4).
func (r *run) isHollow(v *event.Value) bool {
	switch v.Kind() {
	case event.String:
		return v.Text() == ""
	case event.Array:
		return !slices.ContainsFunc(v.Members(), func(m event.Member) bool { return !m.Value.IsNull() })
	case event.Object:
		return v.Len() == 0 || r.at(v).st != nil && slices.ContainsFunc(v.Members(), func(m event.Member) bool { return r.isHollow(m.Value) })
	}
	return false
}

// keepStruct soft-deletes a struct: its `val` shows every declared field, its size is that of what would have been written.
func (r *run) keepStruct(v *event.Value) {
	original := r.declared(v)
	original.SetMeta(nil)
	fits := r.estimate(v) < event.MaxOriginal
	v.SetNull()
	if fits {
		r.d.MetaOf(v).Original = original
	}
}

// estimate is the estimated size of v as it would be written (5.2).
func (r *run) estimate(v *event.Value) int {
	if k := v.Kind(); k != event.Array && k != event.Object {
		return event.EstimateSize(v, event.MaxOriginal)
	}
	n, isStruct, isTyped := 1, r.at(v).st != nil, r.at(v).kind != kAny
	for _, m := range v.Members() {
		if isStruct && m.Value.Tag() != r.tag.id && r.leftOut(m.Value) || isTyped && m.Value.IsNull() && m.Value.Meta().IsEmpty() {
			continue
		}
		if v.Kind() == event.Object {
			n += len(m.Key) + 3
		}
		if n += r.estimate(m.Value) + 1; n > event.MaxOriginal {
			break
		}
	}
	return max(n, 2)
}

// declared returns a copy of a value in which structs are free maps that show every declared field, nulls included, and their
// unknown keys: the form in which whole structs are kept as `val` (9.7, 9.12).
func (r *run) declared(v *event.Value) *event.Value {
	if v.IsNull() {
		return r.d.Copy(v)
	}
	st := r.at(v).st
	switch {
	case v.Kind() == event.Array:
		out := r.d.NewArray(v.Len())
		out.SetMeta(v.Meta())
		for _, m := range v.Members() {
			out.Append(r.declared(m.Value))
		}
		return out
	case v.Kind() != event.Object:
		return r.d.Copy(v)
	}
	var out *event.Value
	if st == nil {
		out = r.d.NewObject(v.Len())
	} else {
		out = r.d.NewObject(len(st.fields) + v.Len())
		for _, f := range st.fields {
			if v.Find(f.name) < 0 {
				out.Insert(out.Len(), f.name, r.d.NewNull())
			}
		}
	}
	out.SetMeta(v.Meta())
	for _, m := range v.Members() {
		out.Insert(out.Len(), m.Key, r.declared(m.Value))
	}
	out.SortKeys()
	return out
}
