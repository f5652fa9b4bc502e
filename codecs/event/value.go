package event

// Kind is the JSON type of a Value.
type Kind uint8

// The kinds. Absent values are nil pointers or Null.
const (
	Null Kind = iota
	False
	True
	Number
	String
	Array
	Object
)

// Value is one node. Values and their texts belong to the Doc that made them and must not be used after Doc.Release.
type Value struct {
	text  string   // String: decoded text; Number: the literal
	kids  []Member // Array (keys empty) and Object, in order
	meta  *Meta
	kind  Kind
	plain bool // String: the text needs no escapes when it is written. Number: the literal is ours, not the sender's
	omit  bool // not written unless it has metadata (normalize 2.4); its index in `_meta` stays taken
	below bool // scratch of the `_meta` writer: this node or one below has metadata
	tag   uint16
}

// Member is one entry of an object or array. Value is never nil in a tree.
type Member struct {
	Key   string
	Value *Value
}

// Kind returns the JSON type; Null for a nil Value.
func (v *Value) Kind() Kind {
	if v == nil {
		return Null
	}
	return v.kind
}

// Tag returns the mark that a walker left with SetTag, 0 on new nodes. The package normalize keeps the number of the
// node's schema position there.
func (v *Value) Tag() uint16 { return v.tag }

// SetTag marks v.
func (v *Value) SetTag(tag uint16) { v.tag = tag }

// IsNull reports whether v is nil or null.
func (v *Value) IsNull() bool { return v == nil || v.kind == Null }

// Str returns the text of a string and true, or "" and false.
func (v *Value) Str() (string, bool) {
	if v == nil || v.kind != String {
		return "", false
	}
	return v.text, true
}

// Text returns the text of a string, "" for everything else.
func (v *Value) Text() string {
	if v == nil || v.kind != String {
		return ""
	}
	return v.text
}

// NumberText returns the literal of a number and true, or "" and false.
func (v *Value) NumberText() (string, bool) {
	if v == nil || v.kind != Number {
		return "", false
	}
	return v.text, true
}

// Bool returns the value of a boolean and true, or false and false.
func (v *Value) Bool() (value, ok bool) {
	switch v.Kind() {
	case True:
		return true, true
	case False:
		return false, true
	}
	return false, false
}

// Members returns the entries of an object or array, nil for everything else. The slice is v's own.
func (v *Value) Members() []Member {
	if v == nil {
		return nil
	}
	return v.kids
}

// Len returns the number of entries of an object or array.
func (v *Value) Len() int {
	if v == nil {
		return 0
	}
	return len(v.kids)
}

// Find returns the position of key in an object, -1 when it is absent or v is no object.
func (v *Value) Find(key string) int {
	if v == nil || v.kind != Object {
		return -1
	}
	for i := range v.kids {
		if v.kids[i].Key == key {
			return i
		}
	}
	return -1
}

// Get returns the value of key in an object, nil when it is absent or v is no object.
func (v *Value) Get(key string) *Value {
	if i := v.Find(key); i >= 0 {
		return v.kids[i].Value
	}
	return nil
}

// At returns the value at a path of object keys, nil when any step is missing.
func (v *Value) At(path ...string) *Value {
	for _, key := range path {
		if v = v.Get(key); v == nil {
			return nil
		}
	}
	return v
}

// Index returns entry i of an array, nil when out of range.
func (v *Value) Index(i int) *Value {
	if v == nil || v.kind != Array || i < 0 || i >= len(v.kids) {
		return nil
	}
	return v.kids[i].Value
}

// Meta returns the metadata of v, nil when there is none.
func (v *Value) Meta() *Meta {
	if v == nil {
		return nil
	}
	return v.meta
}

// Equal reports whether two values have the same kinds, texts, keys and order. Metadata is not compared.
func (v *Value) Equal(w *Value) bool {
	if v.Kind() != w.Kind() {
		return false
	}
	if v == nil || v == w {
		return true
	}
	if w == nil {
		return v.kind == Null
	}
	if v.text != w.text || len(v.kids) != len(w.kids) {
		return false
	}
	for i := range v.kids {
		if v.kids[i].Key != w.kids[i].Key || !v.kids[i].Value.Equal(w.kids[i].Value) {
			return false
		}
	}
	return true
}
