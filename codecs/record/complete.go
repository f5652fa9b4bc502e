package record

import (
	"slices"
	"strconv"

	"weir/codecs/event"
)

// required are the fields without which a record says nothing (items 3.8).
var required = [...][]string{
	Span:   {"trace_id", "span_id", "name", "status", "start_timestamp", "end_timestamp"},
	Log:    {"timestamp", "trace_id", "level", "body"},
	Metric: {"timestamp", "trace_id", "name", "type", "value"},
}

// Complete reports whether a record has what it must have. Links that do not have it become null.
func (k Kind) Complete(d *event.Doc, v *event.Value) bool {
	for _, name := range required[k] {
		if v.Get(name).IsNull() {
			return false
		}
	}
	if k == Span {
		for i, m := range v.Get("links").Members() {
			checkLink(d, m.Value, i)
		}
	}
	return true
}

func checkLink(d *event.Doc, link *event.Value, i int) {
	if link.Kind() != event.Object {
		return
	}
	path := "links." + strconv.Itoa(i)
	if needs(d, link, path, "trace_id", "span_id") {
		for _, a := range link.Get("attributes").Members() {
			if a.Value.Kind() == event.Object {
				needs(d, a.Value, path+".attributes."+a.Key, "type", "value")
			}
		}
	}
}

// needs makes v null, and reports false, if it has no value for one of the names. A value that a rule removed was there.
func needs(d *event.Doc, v *event.Value, path string, names ...string) bool {
	list := d.NewArray(len(names))
	for _, name := range names {
		if x := v.Get(name); x.IsNull() && (x.Meta() == nil || len(x.Meta().Remarks) == 0) {
			list.Append(d.NewString(path + "." + name))
		}
	}
	if list.Len() == 0 {
		return true
	}
	v.SetNull()
	d.MetaOf(v).AddError(event.Error{Kind: event.MissingAttribute, Data: append(d.NewMembers(1), event.Member{Key: "path", Value: list})})
	return false
}

// Order brings the members of a record into the order in which they are written: fields, then others by name; attributes by name.
func (k Kind) Order(d *event.Doc, v *event.Value) {
	order(d, v, fields[k])
	for _, m := range v.Get("links").Members() {
		order(d, m.Value, linkFields)
		orderAttributes(d, m.Value.Get("attributes"))
	}
	orderAttributes(d, v.Get("attributes"))
}

func orderAttributes(d *event.Doc, attributes *event.Value) {
	attributes.SortKeys()
	for _, m := range attributes.Members() {
		order(d, m.Value, attributeFields)
	}
}

var attributeFields = []field{{name: "type"}, {name: "value"}}

func order(d *event.Doc, v *event.Value, first []field) {
	if v.Kind() != event.Object {
		return
	}
	kids := v.Members()
	if inOrder(kids, first) {
		return
	}
	out := d.NewMembers(len(kids))
	for _, f := range first {
		if i := v.Find(f.name); i >= 0 {
			out = append(out, kids[i])
		}
	}
	known := len(out)
	for _, m := range kids {
		if !slices.ContainsFunc(first, func(f field) bool { return f.name == m.Key }) {
			out = append(out, m)
		}
	}
	event.SortMembers(out[known:])
	v.SetMembers(out)
}

// inOrder is the quick look at the usual case: nothing but fields, in their order.
func inOrder(kids []event.Member, first []field) bool {
	at := 0
	for _, m := range kids {
		for at < len(first) && first[at].name != m.Key {
			at++
		}
		if at == len(first) {
			return false
		}
		at++
	}
	return true
}
