package otlp

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"

	"weir/codecs/event"
)

// jsonReader reads nodes strictly: a member has its type or the payload is refused.
type jsonReader struct {
	d   *event.Doc
	bad bool
}

// readJSON reads a payload of resources, which stand at root, their scopes and the records of these.
func readJSON(d *event.Doc, payload []byte, root, scopes, records string, read func(r *jsonReader, o *origin, v *event.Value)) error {
	v, err := d.ParseText(string(payload))
	if err != nil {
		return ErrJSON
	}
	r := &jsonReader{d: d, bad: v.Get(root) == nil}
	for _, resource := range r.list(r.object(v), root) {
		var o origin
		if x := r.optional(r.object(resource.Value), "resource"); x != nil {
			o.resource = r.attributes(x)
		}
		for _, s := range r.list(resource.Value, scopes) {
			o.scope = scope{}
			if x := r.optional(r.object(s.Value), "scope"); x != nil {
				o.scope = scope{r.text(x, "name"), r.text(x, "version"), r.attributes(x)}
			}
			for _, m := range r.list(s.Value, records) {
				read(r, &o, r.object(m.Value))
			}
		}
	}
	if r.bad {
		return ErrJSON
	}
	return nil
}

func (r *jsonReader) object(v *event.Value) *event.Value {
	r.bad = r.bad || v.Kind() != event.Object
	return v
}

// optional is a member that may be null.
func (r *jsonReader) optional(v *event.Value, key string) *event.Value {
	x := v.Get(key)
	if x.IsNull() {
		return nil
	}
	return r.object(x)
}

// list is a member that is a list, or absent.
func (r *jsonReader) list(v *event.Value, key string) []event.Member {
	x := v.Get(key)
	if x == nil {
		return nil
	}
	if x.Kind() != event.Array {
		r.bad = true
		return nil
	}
	return x.Members()
}

func (r *jsonReader) text(v *event.Value, key string) string {
	x := v.Get(key)
	if x == nil {
		return ""
	}
	s, ok := x.Str()
	r.bad = r.bad || !ok
	return s
}

// id is hexadecimal text.
func (r *jsonReader) id(v *event.Value, key string) []byte {
	b, err := hex.DecodeString(r.text(v, key))
	r.bad = r.bad || err != nil
	return b
}

// nanos is the decimal text of a time.
func (r *jsonReader) nanos(v *event.Value, key string) uint64 {
	x := v.Get(key)
	if x == nil {
		return 0
	}
	n, err := strconv.ParseUint(x.Text(), 10, 64)
	r.bad = r.bad || err != nil
	return n
}

// number is a JSON number of 32 bits.
func (r *jsonReader) number(v *event.Value, key string, bits int) int64 {
	x := v.Get(key)
	if x == nil {
		return 0
	}
	n, ok := x.Int()
	if bits < 0 { // signed
		r.bad = r.bad || !ok || n != int64(int32(n))
	} else {
		r.bad = r.bad || !ok || n != int64(uint32(n))
	}
	return n
}

func (r *jsonReader) attributes(v *event.Value) []keyValue { return r.pairs(r.list(v, "attributes")) }

func (r *jsonReader) pairs(list []event.Member) []keyValue {
	out := make([]keyValue, 0, len(list))
	for _, m := range list {
		v := r.object(m.Value)
		key, ok := v.Get("key").Str()
		r.bad = r.bad || !ok
		out = append(out, keyValue{key, r.value(v.Get("value"))})
	}
	return out
}

// value reads a value; null is an empty one, an object without a known member is wrong.
func (r *jsonReader) value(v *event.Value) (out anyValue) {
	if v.IsNull() {
		return out
	}
	for _, m := range r.object(v).Members() {
		switch x := m.Value; m.Key {
		case "stringValue":
			out = anyValue{kind: anyText, text: x.Text()}
			r.bad = r.bad || x.Kind() != event.String
		case "boolValue":
			b, ok := x.Bool()
			out = anyValue{kind: anyBool}
			if b {
				out.n = 1
			}
			r.bad = r.bad || !ok
		case "intValue":
			n, ok := x.Int()
			if s, isText := x.Str(); isText {
				var err error
				n, err = strconv.ParseInt(s, 10, 64)
				ok = err == nil
			}
			out = anyValue{kind: anyInt, n: n}
			r.bad = r.bad || !ok
		case "doubleValue":
			f, ok := x.Float()
			out = anyValue{kind: anyDouble, f: f}
			r.bad = r.bad || !ok
		case "bytesValue":
			b, err := base64.StdEncoding.DecodeString(x.Text())
			out = anyValue{kind: anyBytes, text: string(b)}
			r.bad = r.bad || err != nil || x.Kind() != event.String
		case "arrayValue":
			out = anyValue{kind: anyArray}
			r.bad = r.bad || x.Get("values") == nil
			for _, e := range r.list(r.object(x), "values") {
				r.bad = r.bad || e.Value.IsNull()
				out.list = append(out.list, keyValue{value: r.value(e.Value)})
			}
		case "kvlistValue":
			r.bad = r.bad || x.Get("values") == nil
			out = anyValue{kind: anyList, list: r.pairs(r.list(r.object(x), "values"))}
		}
	}
	r.bad = r.bad || out.kind == anyEmpty
	return out
}

func (r *jsonReader) log(v *event.Value) *logRecord {
	return &logRecord{
		time: r.nanos(v, "timeUnixNano"), observed: r.nanos(v, "observedTimeUnixNano"), severity: int32(r.number(v, "severityNumber", -32)), severityText: r.text(v, "severityText"),
		eventName: r.text(v, "eventName"), body: r.value(v.Get("body")), attributes: r.attributes(v), traceID: r.id(v, "traceId"), spanID: r.id(v, "spanId"),
	}
}

func (r *jsonReader) span(v *event.Value) *spanRecord {
	s := &spanRecord{
		traceID: r.id(v, "traceId"), spanID: r.id(v, "spanId"), parentID: r.id(v, "parentSpanId"), state: r.text(v, "traceState"), name: r.text(v, "name"),
		kind: int32(r.number(v, "kind", -32)), start: r.nanos(v, "startTimeUnixNano"), end: r.nanos(v, "endTimeUnixNano"), attributes: r.attributes(v),
		flags: uint32(r.number(v, "flags", 32)),
	}
	if status := r.optional(v, "status"); status != nil {
		s.code, s.message = int32(r.number(status, "code", -32)), r.text(status, "message")
	}
	for _, m := range r.list(v, "links") {
		x := r.object(m.Value)
		s.links = append(s.links, link{r.id(x, "traceId"), r.id(x, "spanId"), r.attributes(x), uint32(r.number(x, "flags", 32))})
	}
	return s
}
