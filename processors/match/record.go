package match

import (
	"strings"

	"weir/codecs/event"
)

// RecordKind says what a Record is.
type RecordKind uint8

// The kinds of records.
const (
	RecordSpan RecordKind = iota
	RecordLog
	RecordTraceMetric
)

// recordNames are the root of a kind's names and the members that conditions may name (filters 7.5).
var recordNames = [...]struct {
	root    string
	members []string
}{
	RecordSpan:        {"span.", []string{"name", "status"}},
	RecordLog:         {"log.", []string{"body"}},
	RecordTraceMetric: {"trace_metric.", []string{"name"}},
}

// Record is a span, log or trace metric, in its form of version 2, as conditions see it.
type Record struct {
	Root         *event.Value
	Kind         RecordKind
	ForwardedFor string // of the envelope, for the client address
}

// Attribute is the value of an attribute, nil when there is none of that name.
func (r *Record) Attribute(name string) *event.Value {
	return r.Root.Get("attributes").Get(name).Get("value")
}

// Field knows the names of filters 7.5 for the record's kind; every other name is missing.
func (r *Record) Field(name string) Value {
	names := &recordNames[r.Kind]
	path, ok := strings.CutPrefix(name, names.root)
	if !ok {
		if name == FieldClientIP {
			return ClientField(r.ForwardedFor)
		}
		return Value{}
	}
	if key, ok := strings.CutPrefix(path, "attributes."); ok {
		if key, ok = strings.CutSuffix(key, ".value"); ok {
			return scalar(r.Attribute(key))
		}
		return Value{}
	}
	for _, m := range names.members {
		if m == path {
			return text(r.Root.Get(m))
		}
	}
	return Value{}
}

// Elements knows no array.
func (r *Record) Elements(string, func(Fields) bool) bool { return false }

// ClientField is the value of FieldClientIP.
func ClientField(forwardedFor string) Value {
	if a, ok := ClientIP(forwardedFor); ok {
		return Addr(a)
	}
	return Value{}
}
