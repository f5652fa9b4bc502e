package normalize

import (
	"weir/codecs/event"
	"weir/codecs/record"
)

// canonicalAttributes gives the data of the trace context and of the spans their current names (11.7).
func (r *run) canonicalAttributes() {
	r.renameAttributes(r.variantAt("trace", "trace").Get("data"))
	for _, m := range r.d.Root.Get("spans").Members() {
		r.renameAttributes(m.Value.Get("data"))
	}
}

func (r *run) renameAttributes(data *event.Value) {
	if data.Kind() != event.Object {
		return
	}
	n := data.Len()
	a := record.Attributes{Doc: r.d, Map: data}
	a.Rename()
	if data.Len() == n {
		return
	}
	tag := r.at(data).st.other.id
	for _, m := range data.Members()[n:] {
		m.Value.SetTag(tag)
	}
	sortMembers(data.Members())
}
