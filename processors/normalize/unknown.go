package normalize

import "weir/codecs/event"

// vanishing are unknown keys of the event that are removed without a word (13).
var vanishing = map[string]bool{"metadata": true, "hashes": true, "applecrashreport": true, "device": true, "repos": true, "query": true}

// removeUnknown removes the keys that no field takes. The event and breadcrumbs report theirs (13).
func (r *run) removeUnknown(v *event.Value) {
	n := r.at(v)
	if n.kind == kAny || v.Len() == 0 {
		return
	}
	if n.name == "*" && n.kind == kMap && !n.retain { // a debug image of a type that nobody knows
		v.Truncate(0)
		return
	}
	kids := v.Members()
	other := uint16(0)
	if n.st != nil && n.st.other != nil && !n.st.other.retain {
		other = n.st.other.id
	}
	reports := n.st != nil && (n.st.name == "event" || n.st.name == "breadcrumb")
	out := 0
	for i := range kids {
		x := kids[i].Value
		switch {
		case other == 0 || x.Tag() != other:
			r.removeUnknown(x)
		case reports && !(n == r.event && vanishing[kids[i].Key]):
			x.SetNull()
			x.SetMeta(nil)
			r.d.AddError(x, event.InvalidAttribute, "")
		default:
			continue
		}
		kids[out] = kids[i]
		out++
	}
	v.Truncate(out)
}
