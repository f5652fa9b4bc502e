package normalize

import (
	"strconv"
	"strings"
	"unicode"

	"weir/codecs/event"
)

// logEntry reads the message in its forms of 4.7.
func (r *run) logEntry(v *event.Value, st *structure) {
	switch v.Kind() {
	case event.Object:
		r.structure(v, st)
		if p := v.Get("params"); p != nil && p.Kind() != event.Object && p.Kind() != event.Array && !p.IsNull() {
			p.SetMeta(nil)
			r.invalid(p, "expected message parameters")
		}
	case event.False:
		v.SetNull()
		v.SetMeta(nil)
	default:
		text := r.d.Detach(v)
		text.SetMeta(v.Meta())
		v.SetMeta(nil)
		r.jsonText(text)
		v.SetObject(append(r.d.NewMembers(2), event.Member{Key: "formatted", Value: text}))
		r.structure(v, st)
	}
}

// mechanism reads the current and the legacy form (4.8).
func (r *run) mechanism(v *event.Value, st *structure) {
	if v.Kind() != event.Object {
		r.invalid(v, "expected exception mechanism")
		return
	}
	if v.Len() == 0 {
		v.SetNull()
		return
	}
	if v.Find("type") < 0 {
		data, meta := r.d.NewObject(v.Len()), r.d.NewObject(2)
		for _, m := range v.Members() {
			switch m.Key {
			case "posix_signal":
				r.legacyPart(m.Value, "expected legacyposixsignal", "signal", "number")
				meta.Set("signal", m.Value)
			case "mach_exception":
				r.legacyPart(m.Value, "expected legacymachexception", "exception_name", "name")
				meta.Set("mach_exception", m.Value)
			default:
				data.Insert(data.Len(), m.Key, m.Value)
			}
		}
		v.SetObject(append(r.d.NewMembers(3), event.Member{Key: "type", Value: r.d.NewString("generic")},
			event.Member{Key: "data", Value: data}, event.Member{Key: "meta", Value: meta}))
	}
	r.structure(v, st)
}

// legacyPart brings a part of the legacy form of a mechanism into the current one.
func (r *run) legacyPart(v *event.Value, expected, from, to string) {
	if v.Kind() == event.Object || v.IsNull() {
		rename(v, from, to)
	} else {
		r.invalid(v, expected)
	}
}

// rename gives member from of an object the key to, unless that is there.
func rename(v *event.Value, from, to string) {
	if i := v.Find(from); i >= 0 {
		x := v.Members()[i].Value
		v.Delete(from)
		v.Set(to, x)
	}
}

// values reads a list of interface values (4.6).
func (r *run) values(v *event.Value, st *structure) {
	switch {
	case v.Kind() == event.Array:
		list := r.d.NewArray(0)
		list.SetMembers(v.Members())
		list.SetMeta(v.Meta())
		v.SetMeta(nil)
		v.SetObject(append(r.d.NewMembers(2), event.Member{Key: "values", Value: list}))
	case v.Kind() != event.Object:
		r.invalid(v, "expected a list or values object")
		return
	case v.Len() == 0:
		v.SetNull()
		return
	case v.Find("values") < 0:
		single := r.d.NewObject(0)
		single.SetMembers(v.Members())
		single.SetMeta(v.Meta())
		v.SetMeta(nil)
		list := r.d.NewArray(1)
		list.Append(single)
		v.SetObject(append(r.d.NewMembers(2), event.Member{Key: "values", Value: list}))
	}
	r.structure(v, st)
}

func (r *run) arrayToObject(v *event.Value) {
	kids := v.Members()
	for i := range kids {
		kids[i].Key = strconv.Itoa(i)
	}
	v.SetObject(kids)
}

// contexts reads every entry as the variant that its type, or else its key, names (4.10).
func (r *run) contexts(v *event.Value, union *node) {
	if v.Kind() != event.Object {
		r.invalid(v, "expected an object")
		return
	}
	v.SortKeys()
	for _, m := range v.Members() {
		m.Value.SetTag(union.id)
		if !m.Value.IsNull() {
			r.context(m.Value, union, m.Key)
		}
	}
}

func (r *run) context(v *event.Value, union *node, key string) {
	if v.Kind() != event.Object {
		r.invalid(v, "expected an object")
		return
	}
	tag := v.Get("type").Text()
	if tag == "" {
		tag = key
		if i := v.Find("type"); i >= 0 {
			v.SetAt(i, r.d.NewString(key))
		} else {
			r.d.Reserve(v, 4)
			v.Insert(v.Len(), "type", r.d.NewString(key))
		}
	}
	r.variant(v, union, tag)
}

// image reads a debug image (4.11).
func (r *run) image(v *event.Value, union *node) {
	if v.Kind() != event.Object {
		r.invalid(v, "expected an object")
		return
	}
	r.variant(v, union, v.Get("type").Text())
}

// variant reads v as the variant called tag, or as the generic one, a plain map.
func (r *run) variant(v *event.Value, union *node, tag string) {
	n := union.variants[len(union.variants)-1]
	for _, x := range union.variants[:len(union.variants)-1] {
		if x.name == tag {
			n = x
			break
		}
	}
	v.SetTag(n.id)
	if n.name == "*" {
		r.unknown = r.unknown || !n.retain
		r.mapOf(v, n.elem)
		return
	}
	v.Delete("type")
	if n.st != nil {
		r.structure(v, n.st)
	} else {
		r.mapOf(v, n.elem)
	}
	r.setTypeTag(v, n.name)
}

// setTypeTag appends the `type` member of a tagged union as last key (2.4).
func (r *run) setTypeTag(v *event.Value, name string) {
	x := r.d.NewString(name)
	x.SetTag(r.tag.id)
	r.d.Reserve(v, 4)
	v.Insert(v.Len(), "type", x)
}

// names reads the objects of measurements and breakdowns: name -> value (4.12).
func (r *run) names(v *event.Value, elem *node, measurements bool) {
	if v.Kind() != event.Object {
		r.invalid(v, "expected an object")
		return
	}
	what, empty := "breakdown", ""
	if measurements {
		what, empty = "measurement", "cannot be empty"
	}
	v.SortKeys()
	kids := v.Members()
	out := kids[:0]
	var problems []string
	for _, m := range kids {
		name := strings.TrimFunc(m.Key, unicode.IsSpace)
		switch {
		case name == "" && empty != "":
			problems = append(problems, what+" name '"+name+"' "+empty)
		case !validName(name):
			problems = append(problems, what+" name '"+name+"' can contain only characters a-z0-9._")
		default:
			if measurements {
				name = strings.ToLower(name)
			}
			m.Key = name
			r.coerce(m.Value, elem)
			out = append(out, m)
		}
	}
	event.SortMembers(out)
	v.SetMembers(lastOfEqual(out))
	for _, p := range problems {
		r.d.AddError(v, event.InvalidData, p)
	}
}

// lastOfEqual keeps the last of members with equal keys, which stand side by side.
func lastOfEqual(kids []event.Member) []event.Member {
	out := kids[:0]
	for i, m := range kids {
		if i+1 == len(kids) || kids[i+1].Key != m.Key {
			out = append(out, m)
		}
	}
	return out
}

func validName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || !(c >= '0' && c <= '9' || c == '_' || c == '.')) {
			return false
		}
	}
	return s != ""
}
