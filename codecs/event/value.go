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

// Value is one node. Values belong to the Doc that made them and must not be used after Doc.Release.
type Value struct {
	kind Kind
	text string   // String: decoded text; Number: the literal
	kids []Member // Array (keys empty) and Object, in order
	meta *Meta
}

// Member is one entry of an object or array.
type Member struct {
	Key   string
	Value *Value
}

// Meta is what `_meta` says about one node (normalize 5.1). A nil *Meta is empty.
type Meta struct {
	Remarks     []Remark
	Errors      []Error
	OriginalLen *uint64
	Original    *Value // `val`
}

// Remark is one entry of `rem`.
type Remark struct {
	Rule string
	Type byte // a annotated, x removed, s substituted, m masked, p pseudonymized, e encrypted
	// Start and End are byte offsets in the written string; HasRange is false for whole-value remarks.
	Start, End int
	HasRange   bool
}

// Error is one entry of `err`.
type Error struct {
	Kind string // invalid_data, missing_attribute, ...
	Data []Member
}

// Kind returns the JSON type; Null for a nil Value.
func (v *Value) Kind() Kind {
	if v == nil {
		return Null
	}
	return v.kind
}

// IsNull reports whether v is nil or null.
func (v *Value) IsNull() bool { return v.Kind() == Null }

// Str returns the text of a string and true, or "" and false.
func (v *Value) Str() (string, bool) {
	if v.Kind() != String {
		return "", false
	}
	return v.text, true
}

// NumberText returns the literal of a number and true, or "" and false.
func (v *Value) NumberText() (string, bool) {
	if v.Kind() != Number {
		return "", false
	}
	return v.text, true
}

// Members returns the entries of an object or array, nil for everything else. The slice is v's own.
func (v *Value) Members() []Member {
	if v == nil {
		return nil
	}
	return v.kids
}

// Len returns the number of entries of an object or array.
func (v *Value) Len() int { return len(v.Members()) }

// Get returns the value of key in an object, nil when it is absent or v is no object.
func (v *Value) Get(key string) *Value {
	if v.Kind() != Object {
		return nil
	}
	for i := range v.kids {
		if v.kids[i].Key == key {
			return v.kids[i].Value
		}
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
	if v.Kind() != Array || i < 0 || i >= len(v.kids) {
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
