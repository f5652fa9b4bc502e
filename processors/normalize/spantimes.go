package normalize

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"weir/codecs/event"
)

// interval is a span's time in nanoseconds.
type interval struct{ start, end int64 }

// tellTrace writes what the trace header says into the data of the trace context and of every span (11.7).
func (r *run) tellTrace() {
	if r.trace == nil {
		return
	}
	if trace := r.variantAt("trace", "trace"); trace != nil {
		r.traceData(r.object(trace, "data"))
	}
	for _, m := range r.d.Root.Get("spans").Members() {
		if !m.Value.IsNull() {
			r.traceData(r.object(m.Value, "data"))
		}
	}
}

func (r *run) traceData(data *event.Value) {
	set := func(key, text string) {
		v := r.unknownKey(data, key)
		v.SetMeta(nil)
		v.SetString(text)
	}
	set("sentry.dsc.trace_id", r.trace.traceID)
	if r.trace.project != 0 {
		set("sentry.dsc.project_id", strconv.FormatUint(r.trace.project, 10))
	}
	switch {
	case !r.trace.hasTransaction:
		data.Delete("sentry.dsc.transaction")
	case len(r.trace.transaction) > cmp.Or(r.n.cfg.MaxTagValue, defaultLength):
		set("sentry.dsc.transaction", "")
	default:
		set("sentry.dsc.transaction", r.trace.transaction)
	}
}

// spanTimes renames React Native's app start and computes exclusive times (11.7).
func (r *run) spanTimes() {
	root := r.d.Root
	r.tellTrace()
	r.renameAppStart(root)
	start, ok1 := timeOf(root.Get("start_timestamp"))
	end, ok2 := timeOf(root.Get("timestamp"))
	if root.Get("contexts").IsNull() || !ok1 || !ok2 {
		return
	}
	spans := r.slot(root, "spans")
	if spans.IsNull() {
		spans.SetArray(nil)
	}
	children := make(map[string][]interval)
	for _, m := range spans.Members() {
		if t, ok := spanInterval(m.Value); ok {
			if parent, ok := m.Value.Get("parent_span_id").Str(); ok {
				children[parent] = append(children[parent], t)
			}
		}
	}
	for _, list := range children {
		slices.SortFunc(list, func(a, b interval) int {
			if a.start != b.start {
				return cmp.Compare(a.start, b.start)
			}
			return cmp.Compare(a.end, b.end)
		})
	}
	if trace := r.variantAt("trace", "trace"); trace != nil {
		if id, ok := trace.Get("span_id").Str(); ok {
			if v := r.slot(trace, "exclusive_time"); v.IsNull() {
				r.setExclusive(v, interval{start.nanos(), end.nanos()}, children[id])
			}
		}
	}
	for _, m := range spans.Members() {
		t, ok := spanInterval(m.Value)
		if id, hasID := m.Value.Get("span_id").Str(); ok && hasID {
			r.setExclusive(r.slot(m.Value, "exclusive_time"), t, children[id])
		}
	}
}

// spanInterval returns the span's time; swapped ends are tolerated.
func spanInterval(span *event.Value) (t interval, ok bool) {
	start, ok1 := timeOf(span.Get("start_timestamp"))
	end, ok2 := timeOf(span.Get("timestamp"))
	a, b := start.nanos(), end.nanos()
	return interval{min(a, b), max(a, b)}, ok1 && ok2
}

// setExclusive writes the milliseconds of own that no child covers.
func (r *run) setExclusive(v *event.Value, own interval, children []interval) {
	v.SetMeta(nil)
	left := own.end - own.start
	at := own.start
	for _, c := range children {
		from, to := max(c.start, at), min(c.end, own.end)
		if to > from {
			left -= to - from
			at = to
		}
	}
	r.number(v, event.AppendFloat(r.buf[:0], float64(left)/1e6))
}

// renameAppStart gives the first app start span of old React Native SDKs its current name.
func (r *run) renameAppStart(root *event.Value) {
	if root.At("sdk", "name").Text() != "sentry.javascript.react-native" || !oldReactNative(root.At("sdk", "version").Text()) {
		return
	}
	for _, m := range root.Get("spans").Members() {
		op := m.Value.Get("op")
		switch op.Text() {
		case "app_start_cold":
			op.SetString("app.start.cold")
			return
		case "app_start_warm":
			op.SetString("app.start.warm")
			return
		}
	}
}

func oldReactNative(version string) bool {
	for _, prefix := range [...]string{"3", "4.0", "4.1", "4.2", "4.3", "4.4"} {
		if strings.HasPrefix(version, prefix) {
			return true
		}
	}
	return false
}
