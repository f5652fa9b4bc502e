package event

import (
	"cmp"
	"slices"
	"strconv"
)

// markMeta records in every node whether it or one below has metadata, and returns that.
func (v *Value) markMeta() bool {
	if v == nil {
		return false
	}
	any := !v.meta.IsEmpty()
	for i := range v.kids {
		if v.kids[i].Value.markMeta() {
			any = true
		}
	}
	v.below = any
	return any
}

// AppendMeta appends the metadata of v and of what is below it as in `_meta`; false and nothing when there are none.
func (d *Doc) AppendMeta(dst []byte, v *Value) ([]byte, bool) {
	if !d.hasMt || !v.markMeta() {
		return dst, false
	}
	return d.appendMetaTree(dst, v), true
}

// appendMetaTree writes the metadata of v and of the nodes below it: own node first, children sorted as strings
// (normalize 5.1). markMeta must have run.
func (d *Doc) appendMetaTree(dst []byte, v *Value) []byte {
	dst = append(dst, '{')
	at := len(dst)
	if !v.meta.IsEmpty() {
		dst = append(dst, `"":`...)
		dst = v.meta.appendTo(dst)
	}
	from := len(d.order)
	for i := range v.kids {
		if v.kids[i].Value.below {
			d.order = append(d.order, int32(i))
		}
	}
	order := d.order[from:]
	if v.kind == Object {
		slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(v.kids[a].Key, v.kids[b].Key) })
	} else if len(v.kids) > 10 {
		slices.SortFunc(order, compareDigits)
	}
	for i := from; i < from+len(order); i++ {
		k := d.order[i]
		if len(dst) > at {
			dst = append(dst, ',')
		}
		if v.kind == Object {
			dst = AppendString(dst, v.kids[k].Key)
		} else {
			dst = append(dst, '"')
			dst = strconv.AppendInt(dst, int64(k), 10)
			dst = append(dst, '"')
		}
		dst = append(dst, ':')
		dst = d.appendMetaTree(dst, v.kids[k].Value)
	}
	d.order = d.order[:from]
	return append(dst, '}')
}

// compareDigits compares the decimal texts of two indexes.
func compareDigits(a, b int32) int {
	x, y := int64(a), int64(b)
	for p := int64(10); p <= x || p <= y; p *= 10 {
		if p > int64(a) {
			x *= 10
		}
		if p > int64(b) {
			y *= 10
		}
	}
	if x != y {
		return cmp.Compare(x, y)
	}
	return cmp.Compare(a, b)
}

// appendTo writes one node: rem, err, len, val in this order, only what is there.
func (m *Meta) appendTo(dst []byte) []byte {
	dst = append(dst, '{')
	at := len(dst)
	key := func(name string) {
		if len(dst) > at {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		dst = append(dst, name...)
		dst = append(dst, '"', ':')
	}
	if len(m.Remarks) > 0 {
		key("rem")
		for i := range m.Remarks {
			dst = append(dst, "[,"[min(i, 1)])
			dst = m.Remarks[i].appendTo(dst)
		}
		dst = append(dst, ']')
	}
	if len(m.Errors) > 0 {
		key("err")
		for i := range m.Errors {
			dst = append(dst, "[,"[min(i, 1)])
			dst = m.Errors[i].appendTo(dst)
		}
		dst = append(dst, ']')
	}
	if m.OriginalLen != nil {
		key("len")
		dst = strconv.AppendUint(dst, *m.OriginalLen, 10)
	}
	if m.Original != nil {
		key("val")
		dst = m.Original.appendSorted(dst)
	}
	return append(dst, '}')
}

// appendSorted is AppendTo with the members of all objects in byte order of their keys.
func (v *Value) appendSorted(dst []byte) []byte {
	if len(v.kids) == 0 {
		return v.AppendTo(dst)
	}
	kids, opening, closing := v.kids, byte('['), byte(']')
	if v.kind == Object {
		kids, opening, closing = slices.Clone(kids), '{', '}'
		SortMembers(kids)
	}
	dst = append(dst, opening)
	for i := range kids {
		if i > 0 {
			dst = append(dst, ',')
		}
		if v.kind == Object {
			dst = append(AppendString(dst, kids[i].Key), ':')
		}
		dst = kids[i].Value.appendSorted(dst)
	}
	return append(dst, closing)
}

func (r *Remark) appendTo(dst []byte) []byte {
	dst = append(dst, '[')
	dst = AppendString(dst, r.Rule)
	dst = append(dst, ',', '"', r.Type, '"')
	if r.HasRange {
		dst = append(dst, ',')
		dst = strconv.AppendInt(dst, int64(r.Start), 10)
		dst = append(dst, ',')
		dst = strconv.AppendInt(dst, int64(r.End), 10)
	}
	return append(dst, ']')
}

func (e *Error) appendTo(dst []byte) []byte {
	if len(e.Data) == 0 {
		return AppendString(dst, e.Kind)
	}
	dst = append(dst, '[')
	dst = AppendString(dst, e.Kind)
	dst = append(dst, ',', '{')
	for i := range e.Data {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendString(dst, e.Data[i].Key)
		dst = append(dst, ':')
		dst = e.Data[i].Value.AppendTo(dst)
	}
	return append(dst, '}', ']')
}
