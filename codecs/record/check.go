package record

import "weir/codecs/event"

// Check makes attributes null whose value does not fit their type, and says so in their metadata (items 3.2).
func (a *Attributes) Check() {
	for _, m := range a.Map.Members() {
		if !m.Value.IsNull() {
			check(a.Doc, m.Value)
		}
	}
}

func check(d *event.Doc, a *event.Value) {
	kind, value := a.Get("type"), a.Get("value")
	text, isText := kind.Str()
	switch {
	case !isText || value.IsNull():
		d.AddError(a, event.MissingAttribute, "")
		keepOriginal(d, a)
	case !fits(text, value):
		d.AddError(a, event.InvalidData, "")
		if text == TypeArray && value.Kind() == event.Array {
			a.SetNull()
			return
		}
		keepOriginal(d, a)
	}
}

// keepOriginal makes an attribute null and keeps what it was, with type and value also when they are missing.
func keepOriginal(d *event.Doc, a *event.Value) {
	if kind := a.Get("type"); kind.Kind() != event.String {
		a.Set("type", d.NewNull())
	}
	if a.Get("value") == nil {
		a.Set("value", d.NewNull())
	}
	a.SortTree()
	d.SoftDelete(a)
}

func fits(kind string, v *event.Value) bool {
	switch kind {
	case TypeString:
		return v.Kind() == event.String
	case TypeInteger:
		_, ok := v.Int()
		return ok
	case TypeDouble:
		return v.Kind() == event.Number
	case TypeBoolean:
		return v.Kind() == event.True || v.Kind() == event.False
	case TypeArray:
		return v.Kind() == event.Array && uniform(v)
	}
	return false
}

// uniform says that the members of an array that are not null are all texts, all numbers or all booleans.
func uniform(v *event.Value) bool {
	of := event.Null
	for _, m := range v.Members() {
		k := m.Value.Kind()
		switch k {
		case event.Null:
			continue
		case event.Array, event.Object:
			return false
		case event.True:
			k = event.False
		}
		if of == event.Null {
			of = k
		}
		if k != of {
			return false
		}
	}
	return true
}
