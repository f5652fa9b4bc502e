package normalize

import (
	"strings"

	"weir/codecs/event"
	"weir/processors/match"
)

// spanFields is a span of a transaction for conditions (filters 7.5, v1 spans).
type spanFields struct{ span *event.Value }

// dataFields are event names that are answered from the data of a span.
var dataFields = map[string]string{
	"event.release": "sentry.release", "event.environment": "sentry.environment", "event.transaction": "sentry.transaction", "event.contexts.browser.name": "browser.name",
}

// Field reads one name; a name that spans do not have is missing.
func (f spanFields) Field(name string) match.Value {
	if key, ok := dataFields[name]; ok {
		return scalarValue(f.span.Get("data").Get(key))
	}
	path, ok := strings.CutPrefix(name, "span.")
	if !ok {
		return match.Value{}
	}
	switch path {
	case "description", "op", "status", "origin":
		return scalarValue(f.span.Get(path))
	case "exclusive_time", "is_segment":
		return scalarValue(f.span.Get(path))
	case "span_id", "parent_span_id", "trace_id":
		if s, ok := f.span.Get(path).Str(); ok {
			return match.ID(s)
		}
		return match.Value{}
	case "was_transaction":
		b, _ := f.span.Get(path).Bool()
		return match.Bool(b)
	case "duration":
		if t, ok := spanInterval(f.span); ok {
			return match.Float(float64(t.end-t.start) / 1e6)
		}
		return match.Value{}
	}
	group, rest, _ := strings.Cut(path, ".")
	switch group {
	case "tags", "sentry_tags":
		return scalarValue(f.span.Get(group).Get(rest))
	case "measurements":
		if name, ok := strings.CutSuffix(rest, ".value"); ok {
			return scalarValue(f.span.Get("measurements").Get(name).Get("value"))
		}
	case "data":
		key := strings.ReplaceAll(rest, `\.`, ".")
		v := descend(f.span.Get("data"), rest)
		if v.IsNull() {
			v = f.span.Get("tags").Get(key)
		}
		return scalarValue(v)
	}
	return match.Value{}
}

// Elements knows no array.
func (spanFields) Elements(string, func(match.Fields) bool) bool { return false }

// descend follows a path whose parts are separated by dots; an escaped dot belongs to a key.
func descend(v *event.Value, path string) *event.Value {
	var key []byte
	for i := 0; i < len(path); i++ {
		switch {
		case path[i] == '\\' && i+1 < len(path) && path[i+1] == '.':
			key = append(key, '.')
			i++
		case path[i] == '.':
			v = v.Get(string(key))
			key = key[:0]
		default:
			key = append(key, path[i])
		}
	}
	return v.Get(string(key))
}

func scalarValue(v *event.Value) match.Value {
	if s, ok := v.Str(); ok {
		return match.Text(s)
	}
	if b, ok := v.Bool(); ok {
		return match.Bool(b)
	}
	if n, ok := v.NumberText(); ok {
		return match.Number(n)
	}
	return match.Value{}
}

// noFields is what conditions see when nobody told how events are read.
type noFields struct{}

func (noFields) Field(string) match.Value                      { return match.Value{} }
func (noFields) Elements(string, func(match.Fields) bool) bool { return false }
