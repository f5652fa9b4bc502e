package normalize

import (
	"strconv"
	"strings"

	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/project"
)

// traceHeader is the trace header of an envelope in the form of `_dsc` (6.4, items 18.1).
type traceHeader struct {
	value      *event.Value // members in key order
	key        string
	sampleRate *float64
	replayID   envelope.EventID
}

// dscFields are the members of a trace header that are texts; the bool says that null is written when it is missing.
var dscFields = []struct {
	name   string
	always bool
}{{"environment", true}, {"release", true}, {"transaction", true}, {"user_id", false}, {"user_segment", false}}

// readTraceHeader reads the header into nodes of the document; nil when there is none or it has another form.
func (r *run) readTraceHeader(raw []byte) *traceHeader {
	if len(raw) == 0 {
		return nil
	}
	d := r.d
	v, err := d.ParseText(string(raw))
	if err != nil || v.Kind() != event.Object {
		return nil
	}
	r.free(v)
	h := &traceHeader{value: v}
	id, ok := parseUUID(v.Get("trace_id").Text())
	if h.key = v.Get("public_key").Text(); !ok || h.key == "" {
		return nil
	}
	v.Set("trace_id", d.NewString(r.hexText(id[:])))
	if v.Get("transaction").IsNull() && !v.Get("segment_name").IsNull() {
		v.Set("transaction", v.Get("segment_name"))
	}
	v.Delete("segment_name")
	if user := v.Get("user"); user.Kind() == event.Object {
		for _, part := range [...][2]string{{"id", "user_id"}, {"segment", "user_segment"}} {
			if x := user.Get(part[0]); v.Get(part[1]).IsNull() && !x.IsNull() {
				v.Set(part[1], x)
			}
		}
		v.Delete("user")
	}
	for _, f := range dscFields {
		x := v.Get(f.name)
		switch {
		case x.Kind() == event.String:
		case !x.IsNull():
			return nil
		case f.always:
			v.Set(f.name, d.NewNull())
		default:
			v.Delete(f.name)
		}
	}
	if !h.readRate(d) || !h.readSampled(d) {
		return nil
	}
	replay := d.NewNull()
	if id, err := envelope.ParseEventID(v.Get("replay_id").Text()); err == nil {
		h.replayID = id
		replay = d.NewString(d.Intern(appendUUID(r.buf[:0], id)))
	}
	v.Set("replay_id", replay)
	v.SortKeys()
	return h
}

// readRate reads the sample rate, a number or its text, and writes it as text.
func (h *traceHeader) readRate(d *event.Doc) bool {
	v := h.value.Get("sample_rate")
	f, ok := v.Float()
	if s, isText := v.Str(); isText {
		var err error
		f, err = strconv.ParseFloat(s, 64)
		ok = err == nil
	}
	switch {
	case v.IsNull():
		h.value.Delete("sample_rate")
		return true
	case !ok || f < 0 || f != f || f > 1e300:
		return false
	}
	h.sampleRate = &f
	h.value.Set("sample_rate", d.NewString(d.FloatText(f)))
	return true
}

func (h *traceHeader) readSampled(d *event.Doc) bool {
	v := h.value.Get("sampled")
	b, ok := v.Bool()
	if s, isText := v.Str(); isText {
		b, ok = s == "true", s == "true" || s == "false"
	}
	if v.IsNull() {
		h.value.Delete("sampled")
		return true
	}
	h.value.Set("sampled", d.NewBool(b))
	return ok
}

// dsc is what spans are told about the trace (11.7).
type dsc struct {
	traceID, transaction string
	hasTransaction       bool
	project              uint64 // 0: unknown
}

// traceHeader writes the trace header of the envelope to `_dsc`, for transactions replaced by one made from the event if its project is
// not resolved (6.4, items 16.2).
func (r *run) traceHeader() {
	s := r.in.Server
	h := r.readTraceHeader(s.Trace)
	var state *project.State
	if h != nil {
		state = s.sampling(h.key)
	}
	if r.in.Server.Type == TypeTransaction && state == nil {
		h, state = r.headerFromEvent(h), s.sampling(s.PublicKey)
	}
	if h == nil {
		return
	}
	r.in.SampleRate, r.in.ReplayID = h.sampleRate, h.replayID
	name := h.value.Get("transaction")
	if state != nil && strings.Contains(name.Text(), "/") {
		text, _ := scrubIdentifiers(name.Text())
		text, _ = renamed(namesOf(state), text, r.in.ReceivedAt)
		name.SetString(text)
	}
	r.trace = &dsc{traceID: h.value.Get("trace_id").Text()}
	r.trace.transaction, r.trace.hasTransaction = name.Str()
	if state != nil {
		r.trace.project = uint64(state.Project)
		if !state.HasProject {
			r.trace.project = r.in.Project
		}
	}
	v := r.slot(r.d.Root, "_dsc")
	v.SetMeta(nil)
	tag := v.Tag()
	v.TakeContent(h.value)
	v.SetTag(tag)
}

// headerFromEvent makes a trace header of a transaction itself; nil without a trace id. Of the old header only the
// sample rate survives.
func (r *run) headerFromEvent(old *traceHeader) *traceHeader {
	root, d := r.d.Root, r.d
	id := r.variantAt("trace", "trace").Get("trace_id")
	if id.IsNull() {
		return nil
	}
	h := &traceHeader{value: d.NewObject(10), key: r.in.Server.PublicKey}
	add := func(key string, v *event.Value, always bool) {
		switch {
		case v.Kind() == event.String:
			h.value.Insert(h.value.Len(), key, d.NewString(v.Text()))
		case always:
			h.value.Insert(h.value.Len(), key, d.NewNull())
		}
	}
	add("environment", root.Get("environment"), true)
	add("public_key", d.NewString(h.key), true)
	add("release", root.Get("release"), true)
	add("replay_id", nil, true)
	if old != nil && old.sampleRate != nil {
		h.sampleRate = old.sampleRate
		add("sample_rate", old.value.Get("sample_rate"), true)
	}
	add("trace_id", id, true)
	add("transaction", root.Get("transaction"), true)
	add("user_id", root.At("user", "id"), false)
	add("user_segment", root.At("user", "segment"), false)
	return h
}
