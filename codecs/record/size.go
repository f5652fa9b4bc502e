package record

import "weir/codecs/event"

// Size is the canonical size of a log or trace metric in bytes, as it came (items 3.6): what it is billed for. At least 1.
func (k Kind) Size(v *event.Value) uint64 {
	n := 0
	switch k {
	case Log:
		n = len(v.Get("body").Text())
	case Metric:
		n = len(v.Get("name").Text()) + valueSize(v.Get("value"))
	}
	return uint64(max(1, n+AttributesSize(v.Get("attributes"))))
}

// AttributesSize is the size of names and values in bytes.
func AttributesSize(attributes *event.Value) (n int) {
	for _, m := range attributes.Members() {
		n += len(m.Key) + valueSize(m.Value.Get("value"))
	}
	return n
}

// ValueSize is the size of the value of an attribute in bytes, 0 of a null one.
func ValueSize(attribute *event.Value) int { return valueSize(attribute.Get("value")) }

// JSONSize counts a value as those of attributes.
func JSONSize(v *event.Value) int { return valueSize(v) }

func valueSize(v *event.Value) (n int) {
	switch v.Kind() {
	case event.False, event.True:
		return 1
	case event.Number:
		return 8
	case event.String:
		return len(v.Text())
	case event.Array:
		for _, m := range v.Members() {
			n += valueSize(m.Value)
		}
	case event.Object:
		for _, m := range v.Members() {
			n += len(m.Key) + valueSize(m.Value)
		}
	}
	return n
}
