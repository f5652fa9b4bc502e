package profile

import "weir/codecs/event"

// rule checks a value and rewrites it in the form in which it is written; false: the value is of another type.
type rule func(d *event.Doc, v *event.Value) bool

// need says what happens when a member is not there.
type need uint8

const (
	required  need = iota
	optional       // absent or null: not written
	defaulted      // absent: not written; null is a fault
	nullable       // absent or null: written as null
	zeroed         // absent: written as 0; null is a fault
)

// field is one member of an object.
type field struct {
	key, alias string
	need       need
	terse      bool // not written when it is 0, empty text, [] or {}
	rule       rule
}

// shape is the members of an object in the order in which they are written.
type shape []field

// maxFields is the largest number of members of a shape.
const maxFields = 40

// object is the rule of an object with these members; all others are lost.
func object(s shape) rule {
	return func(d *event.Doc, v *event.Value) bool { return v.Kind() == event.Object && s.apply(d, v, true) }
}

// apply checks the members of an object. With whole the object has only those of s afterwards, in its order; else members that s does not
// name stay.
func (s shape) apply(d *event.Doc, v *event.Value, whole bool) bool {
	var buf [maxFields]event.Member
	out := buf[:0]
	for i := range s {
		f := &s[i]
		x, ok := f.find(v)
		if !ok {
			return false
		}
		if x == nil || x.IsNull() {
			switch {
			case f.need == required, x != nil && (f.need == defaulted || f.need == zeroed):
				return false
			case f.need == nullable:
				out = append(out, event.Member{Key: f.key, Value: d.NewNull()})
			case f.need == zeroed:
				out = append(out, event.Member{Key: f.key, Value: d.NewUint(0)})
			}
			continue
		}
		if !f.rule(d, x) {
			return false
		}
		if !f.terse || !isEmpty(x) {
			out = append(out, event.Member{Key: f.key, Value: x})
		}
	}
	if whole {
		setMembers(d, v, out)
	}
	return true
}

// arrange leaves the members of s, in its order, of an object that was checked before.
func (s shape) arrange(d *event.Doc, v *event.Value) {
	var buf [maxFields]event.Member
	out := buf[:0]
	for i := range s {
		if x, _ := s[i].find(v); x != nil && !x.IsNull() && !(s[i].terse && isEmpty(x)) {
			out = append(out, event.Member{Key: s[i].key, Value: x})
		}
	}
	setMembers(d, v, out)
}

// setMembers replaces the members of an object, in place where they fit.
func setMembers(d *event.Doc, v *event.Value, list []event.Member) {
	kids := v.Members()
	if len(list) > len(kids) {
		kids = d.NewMembers(len(list))
	}
	kids = kids[:len(list)]
	copy(kids, list)
	v.SetMembers(kids)
}

// find returns a member under its key or alias; false: both are there.
func (f *field) find(v *event.Value) (x *event.Value, ok bool) {
	x = v.Get(f.key)
	if f.alias == "" {
		return x, true
	}
	y := v.Get(f.alias)
	if x == nil {
		return y, true
	}
	return x, y == nil
}

func isEmpty(v *event.Value) bool {
	switch v.Kind() {
	case event.Null:
		return true
	case event.String:
		return v.Text() == ""
	case event.Number:
		n, ok := v.Uint()
		return ok && n == 0
	case event.Array, event.Object:
		return v.Len() == 0
	}
	return false
}

// list is the rule of a list.
func list(of rule) rule {
	return func(d *event.Doc, v *event.Value) bool {
		if v.Kind() != event.Array {
			return false
		}
		for _, m := range v.Members() {
			if m.Value.IsNull() || !of(d, m.Value) {
				return false
			}
		}
		return true
	}
}

// dict is the rule of an object with free keys.
func dict(of rule) rule {
	return func(d *event.Doc, v *event.Value) bool {
		if v.Kind() != event.Object {
			return false
		}
		for _, m := range v.Members() {
			if m.Value.IsNull() || !of(d, m.Value) {
				return false
			}
		}
		return true
	}
}
