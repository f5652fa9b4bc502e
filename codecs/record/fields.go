package record

import (
	"weir/codecs/envelope"
	"weir/codecs/event"
)

// Random gives the bytes of a generated id; equal purposes give equal bytes.
type Random func(purpose string) [16]byte

// reader coerces a field in place.
type reader func(d *event.Doc, v *event.Value, random Random)

type field struct {
	name string
	read reader
}

// fields are the typed members of each kind; all others stay as they are.
var fields = [...][]field{
	Span: {
		{"trace_id", readTraceID}, {"parent_span_id", readSpanID}, {"span_id", readSpanID}, {"name", readText}, {"status", readText}, {"is_segment", readBool},
		{"start_timestamp", readTime}, {"end_timestamp", readTime}, {"links", readLinks}, {"attributes", readAttributes},
	},
	Log: {
		{"timestamp", readTime}, {"trace_id", readTraceID}, {"span_id", readSpanID}, {"level", readText}, {"body", readText}, {"attributes", readAttributes},
	},
	Metric: {
		{"timestamp", readTime}, {"trace_id", readTraceID}, {"span_id", readSpanID}, {"name", readText}, {"type", readText}, {"unit", readUnit}, {"attributes", readAttributes},
	},
}

var linkFields = []field{{"trace_id", readTraceID}, {"span_id", readSpanID}, {"sampled", readBool}, {"attributes", readAttributes}}

// IsField says whether records have a field of the name; other members are kept as they are.
func (k Kind) IsField(name string) bool {
	for i := range fields[k] {
		if fields[k][i].name == name {
			return true
		}
	}
	return name == "value" && k == Metric
}

// Open reads the metadata that a member brings and gives every known field its type; what has another one becomes null with an error in its
// metadata and the original (normalize 4.2). Nulls are not written unless they have metadata.
func (k Kind) Open(d *event.Doc, v *event.Value, random Random) {
	if v.Find("_meta") >= 0 {
		d.Root = v
		d.ReadMeta()
	}
	readFields(d, v, fields[k], random)
	for _, m := range v.Members() {
		if m.Value.IsNull() {
			m.Value.SetOmit(true)
		}
	}
}

func readFields(d *event.Doc, v *event.Value, list []field, random Random) {
	for i := range list {
		if x := v.Get(list[i].name); !x.IsNull() {
			if list[i].read(d, x, random); x.IsNull() {
				x.SetOmit(true)
			}
		}
	}
}

// invalid makes v null and tells why.
func invalid(d *event.Doc, v *event.Value, reason string) {
	d.AddError(v, event.InvalidData, reason)
	v.SortTree()
	d.SoftDelete(v)
}

func readText(d *event.Doc, v *event.Value, _ Random) {
	if v.Kind() != event.String {
		invalid(d, v, "expected a string")
	}
}

func readBool(d *event.Doc, v *event.Value, _ Random) {
	if k := v.Kind(); k != event.True && k != event.False {
		invalid(d, v, "expected a boolean")
	}
}

func readTraceID(d *event.Doc, v *event.Value, random Random) {
	text, ok := v.Str()
	if !ok {
		invalid(d, v, "expected trace id")
		return
	}
	id, err := envelope.ParseEventID(text)
	switch {
	case err != nil:
		invalid(d, v, "not a valid trace id")
	case id.IsNil():
		v.SetString(d.Intern(envelope.NewEventID(random("trace_id")).Append(make([]byte, 0, 32))))
		d.AddRemark(v, event.Remark{Rule: "nil_trace_id", Type: 's'})
	case len(text) != 32 || hasUpper(text):
		v.SetString(d.Intern(id.Append(make([]byte, 0, 32))))
	}
}

func hasUpper(s string) bool {
	for i := range len(s) {
		if s[i] >= 'A' && s[i] <= 'F' {
			return true
		}
	}
	return false
}

func readSpanID(d *event.Doc, v *event.Value, _ Random) {
	text, ok := v.Str()
	switch {
	case !ok:
		invalid(d, v, "expected span id")
	case !IsSpanID(text):
		invalid(d, v, "not a valid span id")
	case hasUpper(text):
		lower := []byte(text)
		for i, c := range lower {
			if c >= 'A' && c <= 'F' {
				lower[i] = c + 'a' - 'A'
			}
		}
		v.SetString(d.Intern(lower))
	}
}

// IsSpanID reports whether a text is a span id: 16 hex digits in any case, not all zero (items 3.8).
func IsSpanID(s string) bool {
	if len(s) != 16 {
		return false
	}
	zero := true
	for i := range len(s) {
		c := s[i]
		if c -= '0'; c > 9 {
			if c = s[i] | 0x20 - 'a'; c > 5 {
				return false
			}
			zero = false
		} else if c != 0 {
			zero = false
		}
	}
	return !zero
}

func readLinks(d *event.Doc, v *event.Value, random Random) {
	if v.Kind() != event.Array {
		invalid(d, v, "expected an array")
		return
	}
	for _, m := range v.Members() {
		switch m.Value.Kind() {
		case event.Null:
		case event.Object:
			readFields(d, m.Value, linkFields, random)
		default:
			invalid(d, m.Value, "expected spanv2link")
		}
	}
}

func readAttributes(d *event.Doc, v *event.Value, _ Random) {
	if v.Kind() != event.Object {
		invalid(d, v, "expected an object")
		return
	}
	for _, m := range v.Members() {
		switch a := m.Value; a.Kind() {
		case event.Null:
		case event.Object:
			for _, x := range a.Members() {
				if x.Value.IsNull() && x.Key != "value" && x.Key != "type" {
					x.Value.SetOmit(true)
				}
			}
		default:
			invalid(d, a, "expected attribute")
		}
	}
}
