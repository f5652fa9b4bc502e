package normalize

import (
	"strings"

	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/project"
	"weir/codecs/traceheader"
)

// traceHeader is the trace header of an envelope in the form of `_dsc` (6.4, items 18.1).
type traceHeader struct {
	value      *event.Value // members in key order
	key        string
	sampleRate *float64
	replayID   envelope.EventID
}

// readTraceHeader reads the header into nodes of the document; nil when there is none or it has another form. Members that nobody knows stay.
func (r *run) readTraceHeader(raw []byte) *traceHeader {
	d := r.d
	h, ok := traceheader.Parse(raw)
	if !ok {
		return nil
	}
	v, err := d.ParseText(string(raw))
	if err != nil {
		return nil
	}
	r.free(v)
	set := func(key string, x *event.Value) { v.Set(key, x) }
	for _, key := range [...]string{"segment_name", "user", "sample_rate", "sampled", "user_id", "user_segment"} {
		v.Delete(key)
	}
	text := func(key string, s *string, always bool) {
		switch {
		case s != nil:
			set(key, d.NewString(*s))
		case always:
			set(key, d.NewNull())
		}
	}
	set("trace_id", d.NewString(r.hexText(h.TraceID[:])))
	set("public_key", d.NewString(string(h.PublicKey)))
	text("environment", h.Environment, true)
	text("release", h.Release, true)
	text("transaction", h.Transaction, true)
	text("user_id", h.UserID, false)
	text("user_segment", h.UserSegment, false)
	if h.SampleRate != nil {
		set("sample_rate", d.NewString(d.FloatText(*h.SampleRate)))
	}
	if h.Sampled != nil {
		set("sampled", d.NewBool(*h.Sampled))
	}
	replay := d.NewNull()
	if !v.Get("replay_id").IsNull() {
		replay = d.NewString(d.Intern(appendUUID(r.buf[:0], h.ReplayID)))
	}
	set("replay_id", replay)
	v.SortKeys()
	return &traceHeader{value: v, key: string(h.PublicKey), sampleRate: h.SampleRate, replayID: h.ReplayID}
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
	if strings.Contains(name.Text(), "/") {
		text, _ := scrubIdentifiers(name.Text())
		if state != nil {
			text, _ = renamed(namesOf(state), text, r.in.ReceivedAt)
		}
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
	add("user_id", nonEmpty(root.At("user", "id")), false)
	add("user_segment", nonEmpty(root.At("user", "segment")), false)
	return h
}
