package event

import "strconv"

// ReadMeta takes `_meta` from the root object and hangs its nodes on the keys and indices that exist (normalize 5.3). Parse does
// it; documents that are built otherwise need it.
func (d *Doc) ReadMeta() {
	i := d.Root.Find("_meta")
	if i < 0 {
		return
	}
	tree := d.Root.kids[i].Value
	d.Root.RemoveAt(i)
	d.attachTree(d.Root, tree)
}

func (d *Doc) attachTree(v, tree *Value) {
	if tree.Kind() != Object {
		return
	}
	get := v.Get
	if len(tree.kids) > manyKeys && len(v.kids) > manyKeys {
		index := make(map[string]*Value, len(v.kids))
		for _, m := range v.kids {
			index[m.Key] = m.Value
		}
		get = func(key string) *Value { return index[key] }
	}
	for i := range tree.kids {
		m := &tree.kids[i]
		if m.Key == "" {
			if meta := d.readMeta(m.Value); !meta.IsEmpty() {
				v.meta = meta
			}
			continue
		}
		switch v.kind {
		case Object:
			if x := get(m.Key); x != nil {
				d.attachTree(x, m.Value)
			}
		case Array:
			if n, err := strconv.ParseUint(m.Key, 10, 31); err == nil && int(n) < len(v.kids) {
				d.attachTree(v.kids[n].Value, m.Value)
			}
		}
	}
}

// readMeta reads one node, nil when its layout is not that of normalize 5.1.
func (d *Doc) readMeta(v *Value) *Meta {
	if v.Kind() != Object {
		return nil
	}
	m := d.newMeta()
	ok := true
	for i := range v.kids {
		x := v.kids[i].Value
		if x.kind == Null {
			continue
		}
		switch v.kids[i].Key {
		case "rem":
			ok = ok && readList(x, &m.Remarks, readRemark)
		case "err":
			ok = ok && readList(x, &m.Errors, readError)
		case "len":
			n, isLen := x.Uint()
			ok = ok && isLen
			m.OriginalLen = &n
		case "val":
			m.Original = x
		}
	}
	if !ok {
		*m = Meta{}
		return nil
	}
	return m
}

func readList[T any](v *Value, out *[]T, read func(*Value) (T, bool)) bool {
	if v.kind != Array {
		return false
	}
	for i := range v.kids {
		x, ok := read(v.kids[i].Value)
		if !ok {
			return false
		}
		*out = append(*out, x)
	}
	return true
}

func readRemark(v *Value) (r Remark, ok bool) {
	rule, ok := v.Index(0).Str()
	kind, ok2 := v.Index(1).Str()
	if !ok || !ok2 || len(kind) != 1 {
		return r, false
	}
	switch kind[0] {
	case 'a', 'x', 's', 'm', 'p', 'e':
	default:
		return r, false
	}
	r = Remark{Rule: rule, Type: kind[0]}
	if v.Len() > 2 {
		start, ok := v.Index(2).Uint()
		if !ok {
			return r, false
		}
		if v.Len() > 3 {
			end, ok := v.Index(3).Uint()
			if !ok {
				return r, false
			}
			r.Start, r.End, r.HasRange = int(start), int(end), true
		}
	}
	return r, true
}

func readError(v *Value) (e Error, ok bool) {
	if s, ok := v.Str(); ok {
		return Error{Kind: s}, true
	}
	if e.Kind, ok = v.Index(0).Str(); !ok {
		return e, false
	}
	if x := v.Index(1); x != nil {
		if x.kind != Object {
			return e, false
		}
		x.SortKeys()
		e.Data = x.kids
	}
	return e, true
}
