package event

import "slices"

// Set replaces the value of key in an object, or appends it. It does nothing when v is no object.
func (v *Value) Set(key string, x *Value) {
	if v.Kind() != Object {
		return
	}
	if i := v.Find(key); i >= 0 {
		v.kids[i].Value = x
		return
	}
	v.kids = append(v.kids, Member{key, x})
}

// Append adds x at the end of an array.
func (v *Value) Append(x *Value) {
	if v.Kind() == Array {
		v.kids = append(v.kids, Member{Value: x})
	}
}

// Insert puts x at position i of an object (under key) or array (key is ignored); i is clamped to the length. An
// object may not have key yet.
func (v *Value) Insert(i int, key string, x *Value) {
	if k := v.Kind(); k != Object && k != Array {
		return
	} else if k == Array {
		key = ""
	}
	v.kids = slices.Insert(v.kids, min(max(i, 0), len(v.kids)), Member{key, x})
}

// Delete removes key from an object, with its metadata, and reports whether it was there.
func (v *Value) Delete(key string) bool {
	i := v.Find(key)
	if i >= 0 {
		v.RemoveAt(i)
	}
	return i >= 0
}

// RemoveAt removes entry i of an object or array; later entries move up.
func (v *Value) RemoveAt(i int) {
	if i >= 0 && i < v.Len() {
		v.kids = append(v.kids[:i], v.kids[i+1:]...)
	}
}

// Truncate keeps the first n entries of an object or array.
func (v *Value) Truncate(n int) {
	if n < v.Len() {
		v.kids = v.kids[:n]
	}
}

// SetMembers makes kids the entries of an object or array; v takes the slice over.
func (v *Value) SetMembers(kids []Member) { v.kids = kids }

// SetKey renames entry i of an object.
func (v *Value) SetKey(i int, key string) { v.kids[i].Key = key }

// SetAt replaces the value of entry i.
func (v *Value) SetAt(i int, x *Value) { v.kids[i].Value = x }

// SetNull makes v null and keeps its metadata ("hard delete", normalize 2.3). What was below is gone.
func (v *Value) SetNull() { v.kind, v.text, v.kids, v.plain = Null, "", nil, false }

// SetString makes v a string and keeps its metadata.
func (v *Value) SetString(s string) { v.kind, v.text, v.kids, v.plain = String, s, nil, false }

// SetNumber makes v a number with the given JSON literal, whose nearest float64 is meant, and keeps its metadata.
func (v *Value) SetNumber(literal string) {
	v.kind, v.text, v.kids, v.plain = Number, literal, nil, true
}

// SetBool makes v a boolean and keeps its metadata.
func (v *Value) SetBool(b bool) {
	v.SetNull()
	v.kind = False
	if b {
		v.kind = True
	}
}

// SetObject makes v an object with the given entries and keeps its metadata.
func (v *Value) SetObject(kids []Member) {
	v.kind, v.text, v.kids, v.plain = Object, "", kids, false
}

// SetArray makes v an array with the given entries and keeps its metadata.
func (v *Value) SetArray(kids []Member) { v.kind, v.text, v.kids, v.plain = Array, "", kids, false }

// SetMeta replaces the metadata of v; nil drops it.
func (v *Value) SetMeta(m *Meta) { v.meta = m }

// SetOmit says whether v is left out when it is written, unless it or something below it has metadata (normalize 2.4). Indices in `_meta`
// and in the members do not change by it.
func (v *Value) SetOmit(omit bool) { v.omit = omit }

// leftOut reports whether v is left out when it is written. Metadata below count as markMeta found them.
func (v *Value) leftOut() bool { return v.omit && !v.below && v.meta.IsEmpty() }

// Take moves content and metadata of w into v and leaves w null without metadata.
func (v *Value) Take(w *Value) {
	*v = *w
	*w = Value{}
}

// TakeContent moves the content of w into v, keeps the metadata of v, and leaves w null.
func (v *Value) TakeContent(w *Value) {
	v.kind, v.text, v.kids, v.plain = w.kind, w.text, w.kids, w.plain
	w.SetNull()
}
