package normalize

import (
	"strconv"
	"strings"

	"weir/codecs/event"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/codecs/record"
	"weir/codecs/span"
	"weir/codecs/traceheader"
	"weir/processors"
)

// spanTrace is what the trace header of an envelope tells its spans (items 12.2).
type spanTrace struct {
	id, key, project           string
	release, environment, name string // empty: unknown
	rate                       *float64
	sampled                    *bool
}

// traceOf reads the trace header; nil when there is none. What it says about a project that is not resolved does not count.
func traceOf(u *processors.Unit) *spanTrace {
	if u.Header == nil {
		return nil
	}
	h, ok := traceheader.Parse(u.Header.Trace)
	if !ok {
		return nil
	}
	t := &spanTrace{id: h.TraceID.String(), key: string(u.Scope.Key), project: u.Scope.Project.String(), rate: h.SampleRate}
	state := samplingProject(u)(string(h.PublicKey))
	if state == nil {
		return t
	}
	t.key, t.sampled = string(h.PublicKey), h.Sampled
	if state != u.Project && state.HasProject {
		t.project = strconv.FormatUint(uint64(state.Project), 10)
	}
	for to, text := range map[*string]*string{&t.release: h.Release, &t.environment: h.Environment, &t.name: h.Transaction} {
		if text != nil {
			*to = *text
		}
	}
	if strings.Contains(t.name, "/") {
		t.name = normalizedName(t.name, state, u)
	}
	return t
}

// normalizedName is a transaction name without ids, by the rules of a project.
func normalizedName(name string, s *project.State, u *processors.Unit) string {
	name, _ = scrubIdentifiers(name)
	name, _ = renamed(namesOf(s), name, u.ReceivedAt)
	return name
}

// span runs the steps of spans after time, types and names (items 12.3).
func (r *recordRun) span() outcome.Reason {
	if !r.a.Value(span.AttrSegmentID).IsNull() {
		if id, ok := r.a.Text(span.AttrSegmentID); !ok || !record.IsSpanID(id) {
			return ReasonInvalidSpan
		}
	}
	if !r.a.Has(span.AttrOp) {
		r.a.SetText(span.AttrOp, r.op())
	}
	op := strings.ToLower(r.a.Plain(span.AttrOp))
	if r.ingress == span.IngressLegacy {
		r.legacy(op)
	}
	if r.a.Plain(attrCategory) == "" {
		if category, _ := spanCategory(op, r.withoutCategory); category != "" {
			r.a.SetText(attrCategory, category)
		}
	}
	r.additions()
	r.place()
	r.tellTrace()
	segment, _ := r.v.Get("is_segment").Bool()
	if segment && !r.a.Has(attrTraceStatus) {
		if text, ok := r.a.Text(attrStatus); ok {
			r.a.AddText(attrTraceStatus, text)
		} else {
			r.a.AddText(attrTraceStatus, r.v.Get("status").Text())
		}
	}
	r.score()
	r.frameRates()
	r.database(op)
	if r.a.Plain(attrCategory) == "http" {
		r.request()
	}
	r.mobile()
	r.olderNames()
	r.modelCall()
	r.clientRate()
	r.a.AddText(span.AttrIngress, r.ingress)
	r.a.AddText(span.AttrPipeline, span.PipelineSpan)
	return ""
}

// withoutCategory reads attributes; an empty category is as good as none.
func (r *recordRun) withoutCategory(name string) *event.Value {
	if name == attrCategory {
		return nil
	}
	return r.a.Value(name)
}

// The attributes of spans that are derived.
const (
	attrCategory    = "sentry.category"
	attrStatus      = "sentry.status"
	attrTraceStatus = "sentry.trace.status"
)

// op is the operation of a span that has none, by what it did (items 12.3.1).
func (r *recordRun) op() string {
	has := r.a.Has // also what could not be read
	switch {
	case has("http.request.method"):
		switch r.a.Plain("sentry.kind") {
		case "client":
			return "http.client"
		case "server":
			return "http.server"
		}
		if has("sentry.http.prefetch") {
			return "http.prefetch"
		}
		return "http"
	case has("db.system.name"):
		return "db"
	case r.a.Value(attrOperationName).Kind() == event.String:
		return r.d.Concat("gen_ai.", r.a.Plain(attrOperationName))
	case has("rpc.service"):
		return "rpc"
	case has("messaging.system"):
		return "message"
	case has("faas.trigger"):
		return r.a.Plain("faas.trigger")
	}
	return "default"
}

// legacy takes web vitals that came alone out of their segments, and cleans the names of segments.
func (r *recordRun) legacy(op string) {
	if strings.HasPrefix(op, "ui.interaction.") || strings.HasPrefix(op, "ui.webvital.") {
		r.v.Delete("is_segment")
		r.v.Delete("parent_span_id")
		r.a.Delete(span.AttrSegmentID)
	}
	v := r.a.Value(span.AttrSegmentName)
	if _, ok := v.Str(); ok && r.u.Project != nil {
		sanitize(r.d, v, namesOf(r.u.Project), r.u.ReceivedAt)
	}
}

// tellTrace writes the trace header; what the sender wrote there does not count.
func (r *recordRun) tellTrace() {
	t := r.trace
	if t == nil {
		return
	}
	r.a.SetText("sentry.dsc.trace_id", t.id)
	if t.name == "" {
		r.a.Delete("sentry.dsc.transaction")
	} else {
		r.a.SetText("sentry.dsc.transaction", t.name)
	}
	r.a.SetText("sentry.dsc.project_id", t.project)
	if segment, _ := r.v.Get("is_segment").Bool(); !segment {
		return
	}
	r.a.SetText("sentry.dsc.public_key", t.key)
	if t.release != "" {
		r.a.SetText("sentry.dsc.release", t.release)
	}
	if t.environment != "" {
		r.a.SetText("sentry.dsc.environment", t.environment)
	}
	if t.rate != nil {
		r.setFloat("sentry.dsc.sample_rate", *t.rate)
	}
	if t.sampled != nil {
		r.a.SetBool("sentry.dsc.sampled", *t.sampled)
	}
}

// clientRate writes at which rate the client sampled; a rate that is none becomes null.
func (r *recordRun) clientRate() {
	if !r.a.Has(span.AttrClientRate) {
		rate := 1.0
		if r.trace != nil && r.trace.rate != nil {
			rate = *r.trace.rate
		}
		r.setFloat(span.AttrClientRate, rate)
	}
	if f, ok := r.a.Float(span.AttrClientRate); !ok || f <= 0 || f > 1 {
		v := r.a.Map.Get(span.AttrClientRate)
		v.SetNull()
		r.d.AddError(v, event.InvalidData, "expected sample rate > 0.0, <= 1.0")
	}
}
