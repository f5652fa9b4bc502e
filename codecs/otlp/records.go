package otlp

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/codecs/event"
	"weir/codecs/record"
)

// Form is how a payload is written.
type Form uint8

// The forms.
const (
	JSON Form = iota
	Protobuf
)

// Context is what records take when their payload does not say it.
type Context struct {
	Doc *event.Doc // owns the records
	Now time.Time  // of logs without a time
	// Random gives the bytes of ids, by the position of the record.
	Random func(index int) [16]byte
}

// Logs reads the log records of a payload.
func Logs(c Context, form Form, payload []byte) (logs []*event.Value, err error) {
	add := func(o *origin, l *logRecord) { logs = append(logs, c.log(o, l, len(logs))) }
	if form == JSON {
		err = readJSON(c.Doc, payload, "resourceLogs", "scopeLogs", "logRecords", func(r *jsonReader, o *origin, v *event.Value) {
			if l := r.log(v); !r.bad {
				add(o, l)
			}
		})
	} else {
		err = readProto(payload, func(r *protoReader, o *origin, b []byte) {
			if l := r.log(b); !r.bad {
				add(o, l)
			}
		})
	}
	if err != nil {
		return nil, err
	}
	return logs, nil
}

// Spans reads the spans of a payload.
func Spans(c Context, form Form, payload []byte) (spans []*event.Value, err error) {
	add := func(o *origin, s *spanRecord) { spans = append(spans, c.span(o, s, len(spans))) }
	if form == JSON {
		err = readJSON(c.Doc, payload, "resourceSpans", "scopeSpans", "spans", func(r *jsonReader, o *origin, v *event.Value) {
			if s := r.span(v); !r.bad {
				add(o, s)
			}
		})
	} else {
		err = readProto(payload, func(r *protoReader, o *origin, b []byte) {
			if s := r.span(b); !r.bad {
				add(o, s)
			}
		})
	}
	if err != nil {
		return nil, err
	}
	return spans, nil
}

func nanoTime(n uint64) time.Time { return time.Unix(int64(n/1e9), int64(n%1e9)).UTC() }

func (c *Context) log(o *origin, l *logRecord, index int) *event.Value {
	d := c.Doc
	v := d.NewObject(8)
	at := c.Now
	switch {
	case l.time > 0:
		at = nanoTime(l.time)
	case l.observed > 0:
		at = nanoTime(l.observed)
	}
	v.Set("timestamp", record.NewTime(d, at))
	v.Set("trace_id", record.NewTraceID(d, l.traceID, c.Random(index)))
	if len(l.spanID) > 0 {
		v.Set("span_id", record.NewSpanID(d, hex.EncodeToString(l.spanID)))
	}
	v.Set("level", d.NewString(levelOf(l.severity, l.severityText)))
	if body, ok := bodyOf(d, &l.body); ok {
		v.Set("body", d.NewString(body))
	}
	a := record.AttributesOf(d, v)
	o.shared(&a, l.attributes, "auto.otlp.logs")
	a.AddText("event.name", l.eventName)
	return v
}

const (
	flagHasRemote = 0x100
	flagRemote    = 0x200
)

var kinds = [...]string{"", "internal", "server", "client", "producer", "consumer"}

func (c *Context) span(o *origin, s *spanRecord, index int) *event.Value {
	d := c.Doc
	v := d.NewObject(12)
	v.Set("trace_id", record.NewTraceID(d, s.traceID, c.Random(index)))
	parent := (*event.Value)(nil)
	if len(s.parentID) > 0 {
		parent = record.NewSpanID(d, hex.EncodeToString(s.parentID))
		v.Set("parent_span_id", parent)
	}
	id := record.NewSpanID(d, hex.EncodeToString(s.spanID))
	v.Set("span_id", id)
	name := s.name
	if name == "" {
		name = nameOf(s)
	}
	if name != "" {
		v.Set("name", d.NewString(name))
	}
	status := "error"
	if s.code == 0 || s.code == 1 {
		status = "ok"
	}
	v.Set("status", d.NewString(status))
	remote := s.flags&flagHasRemote != 0 && s.flags&flagRemote != 0
	segment := parent.IsNull() || remote
	v.Set("is_segment", d.NewBool(segment))
	v.Set("start_timestamp", record.NewTime(d, nanoTime(s.start)))
	v.Set("end_timestamp", record.NewTime(d, nanoTime(s.end)))
	v.Set("links", c.links(s.links))
	a := record.AttributesOf(d, v)
	o.shared(&a, s.attributes, "auto.otlp.spans")
	if rate, ok := sampleRate(s.state); ok {
		a.AddFloat("sentry.client_sample_rate", rate)
	}
	if s.message != "" {
		a.SetText("sentry.status.message", s.message)
	}
	if s.flags&flagHasRemote != 0 {
		a.SetBool("sentry.is_remote", remote)
	}
	switch {
	case s.kind == 0:
	case s.kind > 0 && int(s.kind) < len(kinds):
		a.SetText("sentry.kind", kinds[s.kind])
	default:
		a.Set("sentry.kind", record.TypeString, d.NewNull())
	}
	if segment {
		if text := id.Text(); text != "" {
			a.SetText("sentry.segment.id", text)
		}
		if name != "" {
			a.SetText("sentry.segment.name", name)
		}
	}
	if a.Map == nil {
		v.Set("attributes", d.NewObject(0))
	}
	return v
}

// nameOf names a span by what it did.
func nameOf(s *spanRecord) string {
	http := false
	for i := range s.attributes {
		key := s.attributes[i].key
		if strings.HasPrefix(key, "db") {
			return "db"
		}
		http = http || key == "http.method" || key == "http.request.method"
	}
	switch {
	case !http:
		return ""
	case s.kind == 2:
		return "http.server"
	case s.kind == 3:
		return "http.client"
	}
	return "http"
}

func (c *Context) links(list []link) *event.Value {
	d := c.Doc
	out := d.NewArray(len(list))
	for _, l := range list {
		id := hex.EncodeToString(l.spanID)
		if !record.IsSpanID(id) || len(l.traceID) != 16 || isZero(l.traceID) {
			x, reason := d.NewNull(), "not a valid span id"
			if record.IsSpanID(id) {
				reason = "not a valid trace id"
			}
			d.AddError(x, event.InvalidData, reason)
			out.Append(x)
			continue
		}
		x := d.NewObject(4)
		x.Set("trace_id", d.NewString(hex.EncodeToString(l.traceID)))
		x.Set("span_id", d.NewString(id))
		x.Set("sampled", d.NewBool(l.flags&1 != 0))
		a := record.AttributesOf(d, x)
		b := bag{Attributes: &a}
		for _, kv := range slices.Backward(l.attributes) {
			b.add(kv.key, &kv.value)
		}
		if a.Map == nil {
			x.Set("attributes", d.NewObject(0))
		}
		out.Append(x)
	}
	return out
}

func isZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// sampleRate reads the rejection threshold that OpenTelemetry's samplers leave in the trace state.
func sampleRate(state string) (float64, bool) {
	for member := range strings.SplitSeq(state, ",") {
		text, ok := strings.CutPrefix(strings.TrimSpace(member), "ot=")
		if !ok {
			continue
		}
		threshold, found := "", 0
		for part := range strings.SplitSeq(text, ";") {
			if th, ok := strings.CutPrefix(part, "th:"); ok {
				threshold = th
				found++
			}
		}
		if found != 1 || len(threshold) < 1 || len(threshold) > 14 || strings.ToLower(threshold) != threshold {
			return 0, false
		}
		n, err := strconv.ParseUint(threshold+strings.Repeat("0", 14-len(threshold)), 16, 64)
		if err != nil {
			return 0, false
		}
		return 1 - float64(n)/(1<<56), true
	}
	return 0, false
}
