package event

import "strconv"

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

// The error kinds of normalize 5.1.
const (
	InvalidData      = "invalid_data"
	MissingAttribute = "missing_attribute"
	InvalidAttribute = "invalid_attribute"
	ValueTooLong     = "value_too_long"
	PastTimestamp    = "past_timestamp"
	FutureTimestamp  = "future_timestamp"
	ClockDrift       = "clock_drift"
)

// MaxOriginal is the bound of the estimated size of `val` (normalize 5.2), in bytes, exclusive.
const MaxOriginal = 500

// MetaOf returns the metadata of v, made on demand.
func (d *Doc) MetaOf(v *Value) *Meta {
	if v.meta == nil {
		v.meta = d.newMeta()
	}
	return v.meta
}

func (d *Doc) newMeta() *Meta {
	d.hasMt = true
	if d.metaN == len(d.metas) {
		d.metas, d.metaN = make([]Meta, metaSlab), 0 // earlier ones stay alive through their nodes
	}
	d.metaN++
	return &d.metas[d.metaN-1]
}

// IsEmpty reports whether m says nothing.
func (m *Meta) IsEmpty() bool {
	return m == nil || len(m.Remarks) == 0 && len(m.Errors) == 0 && m.OriginalLen == nil && m.Original == nil
}

// HasErrors reports whether m has errors.
func (m *Meta) HasErrors() bool { return m != nil && len(m.Errors) > 0 }

// HasRemark reports whether m has a remark of the given type.
func (m *Meta) HasRemark(kind byte) bool {
	if m != nil {
		for i := range m.Remarks {
			if m.Remarks[i].Type == kind {
				return true
			}
		}
	}
	return false
}

// dedupeWindow bounds the search for equal errors, so that hostile input does not take quadratic time.
const dedupeWindow = 256

// AddError appends an error unless an equal one is there (normalize 5.2), among the last 256.
func (m *Meta) AddError(e Error) {
	for i := max(0, len(m.Errors)-dedupeWindow); i < len(m.Errors); i++ {
		if m.Errors[i].equal(e) {
			return
		}
	}
	m.Errors = append(m.Errors, e)
}

func (e Error) equal(f Error) bool {
	if e.Kind != f.Kind || len(e.Data) != len(f.Data) {
		return false
	}
	for i := range e.Data {
		if e.Data[i].Key != f.Data[i].Key || !e.Data[i].Value.Equal(f.Data[i].Value) {
			return false
		}
	}
	return true
}

// AddRemark appends a remark.
func (m *Meta) AddRemark(r Remark) { m.Remarks = append(m.Remarks, r) }

// SetLen records the original length; the first writer wins.
func (m *Meta) SetLen(n int) {
	if m.OriginalLen == nil {
		u := uint64(n)
		m.OriginalLen = &u
	}
}

// AddError records an error of the given kind on v, without data when reason is empty.
func (d *Doc) AddError(v *Value, kind, reason string) {
	e := Error{Kind: kind}
	if reason != "" {
		e.Data = append(d.NewMembers(1), Member{"reason", d.NewString(reason)})
	}
	d.MetaOf(v).AddError(e)
}

// AddRemark records a remark on v.
func (d *Doc) AddRemark(v *Value, r Remark) { d.MetaOf(v).AddRemark(r) }

// SetOriginal stores original as `val` of v if its estimated compact size is less than 500 bytes; else an older one
// stays (normalize 5.2). original must not be part of the tree any more: pass a Detach or Clone of it.
func (d *Doc) SetOriginal(v, original *Value) {
	if EstimateSize(original, MaxOriginal) < MaxOriginal {
		d.MetaOf(v).Original = original
	}
}

// Detach returns a new node with the content of v, without its metadata, and leaves v null with its metadata.
func (d *Doc) Detach(v *Value) *Value {
	w := d.alloc()
	w.TakeContent(v)
	return w
}

// SoftDelete makes v null and stores what it was as `val` (normalize 2.3).
func (d *Doc) SoftDelete(v *Value) { d.SetOriginal(v, d.Detach(v)) }

// MergeMeta adds the metadata from to v: remarks and errors are appended, v's own `len` and `val` win (normalize 5.2).
func (d *Doc) MergeMeta(v *Value, from *Meta) {
	if from.IsEmpty() {
		return
	}
	m := d.MetaOf(v)
	m.Remarks = append(m.Remarks, from.Remarks...)
	for _, e := range from.Errors {
		m.AddError(e)
	}
	if m.OriginalLen == nil {
		m.OriginalLen = from.OriginalLen
	}
	if m.Original == nil {
		m.Original = from.Original
	}
}

// numberSize is the length of an integer, or of a float as the shortest decimal without exponent; 1.0 counts as 1.
func numberSize(literal string) int {
	if IsInteger(literal) {
		return len(literal)
	}
	f, _ := parseFloat(literal)
	var buf [32]byte
	return len(strconv.AppendFloat(buf[:0], f, 'f', -1, 64))
}

// EstimateSize returns the length of the compact JSON of v with strings counted without escapes (normalize 5.2). It
// stops counting once the result is at least limit.
func EstimateSize(v *Value, limit int) int {
	switch v.Kind() {
	case Null, True:
		return 4
	case False:
		return 5
	case Number:
		return numberSize(v.text)
	case String:
		return len(v.text) + 2
	}
	n := 2 + max(len(v.kids)-1, 0)
	for i := range v.kids {
		if n >= limit {
			return n
		}
		m := &v.kids[i]
		if v.kind == Object {
			n += len(m.Key) + 3
		}
		n += EstimateSize(m.Value, limit-n)
	}
	return n
}

// Ranged returns the remarks that stand for a range of the text, in order.
func (m *Meta) Ranged() []Remark {
	if m == nil {
		return nil
	}
	var out []Remark
	for _, r := range m.Remarks {
		if r.HasRange {
			out = append(out, r)
		}
	}
	return out
}
