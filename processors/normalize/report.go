package normalize

import (
	"strconv"

	"weir/codecs/event"
)

// reporter collects the errors of all nodes for the event's list.
type reporter struct {
	*run
	path  []byte
	found []*event.Value
}

// report appends what `_meta` says is wrong to the event's `errors`, in the order of the document (14).
func (r *run) report() {
	rep := reporter{run: r}
	rep.below(r.d.Root)
	if len(rep.found) == 0 {
		return
	}
	errors := r.slot(r.d.Root, "errors")
	if errors.Kind() != event.Array {
		errors.SetArray(nil)
	}
	r.d.Reserve(errors, len(rep.found))
	for _, e := range rep.found {
		errors.Append(e)
	}
}

func (rep *reporter) below(v *event.Value) {
	isObject := v.Kind() == event.Object
	for i, m := range v.Members() {
		from := len(rep.path)
		if from > 0 {
			rep.path = append(rep.path, '.')
		}
		if isObject {
			rep.path = append(rep.path, m.Key...)
		} else {
			rep.path = strconv.AppendInt(rep.path, int64(i), 10)
		}
		rep.visit(m.Value)
		rep.path = rep.path[:from]
	}
}

// visit reports the errors of v once for the value and once more for every wrapper around it.
func (rep *reporter) visit(v *event.Value) {
	if meta := v.Meta(); meta.HasErrors() {
		times := 1
		if !v.IsNull() {
			times += int(rep.at(v).layers)
		}
		for range times {
			for i := range meta.Errors {
				var original *event.Value
				if i == 0 {
					original = meta.Original
				}
				rep.found = append(rep.found, rep.entry(&meta.Errors[i], original))
			}
		}
	}
	if st := rep.at(v).st; v.Len() > 0 && (st == nil || !st.silent) {
		rep.below(v)
	}
}

func (rep *reporter) entry(e *event.Error, original *event.Value) *event.Value {
	d := rep.d
	st := rep.event.st
	list := st.fields[0]
	if f, _ := st.keys.find("errors"); f >= 0 {
		list = st.fields[f]
	}
	out := d.NewObject(3 + len(e.Data))
	out.SetTag(list.elem.id)
	rep.setString(out, "type", e.Kind)
	rep.setString(out, "name", d.Intern(rep.path))
	if original != nil {
		x := d.Copy(original)
		x.SetTag(rep.slot(out, "value").Tag())
		out.Set("value", x)
	}
	for _, m := range e.Data {
		if f, _ := list.elem.st.keys.find(m.Key); f >= 0 {
			x := d.Copy(m.Value)
			x.SetTag(list.elem.st.fields[f].id)
			rep.slot(out, m.Key)
			out.Set(m.Key, x)
			continue
		}
		x := rep.insert(out, m.Key, list.elem.st.other)
		tag := x.Tag()
		x.Take(d.Copy(m.Value))
		x.SetTag(tag)
	}
	return out
}
