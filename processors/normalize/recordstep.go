package normalize

import (
	"strings"
	"time"

	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/outcome"
	"weir/codecs/record"
	"weir/codecs/span"
	"weir/processors"
	"weir/processors/match"
)

// Reasons of records that this stage rejects (items 2.2, 11.2, 12.3); the outcome is always invalid.
const (
	ReasonTimestamp     outcome.Reason = "timestamp"
	ReasonInvalidMetric outcome.Reason = "invalid_trace_metric"
)

// recordKinds are the forms of the records of units.
var recordKinds = map[processors.Kind]record.Kind{processors.KindSpans: record.Span, processors.KindLogs: record.Log, processors.KindTraceMetrics: record.Metric}

// retentionProducts are the products of project configs that keep records.
var retentionProducts = [...]string{record.Span: "span", record.Log: "log", record.Metric: "traceMetric"}

// recordUnit is what all records of a unit share.
type recordUnit struct {
	n        *Normalizer
	u        *processors.Unit
	kind     record.Kind
	days     uint16 // retention
	future   time.Duration
	clientIP string
	agent    string
	hints    envelope.ClientHints
	trace    *spanTrace // of spans
	rules    *Rules
}

// records normalizes the open records of a unit one by one (items 3.9, 12.3).
func (n *Normalizer) records(u *processors.Unit, kind record.Kind) {
	ru := &recordUnit{n: n, u: u, kind: kind, days: u.Retention(retentionProducts[kind]).Standard, future: defaultFuture}
	if n.cfg.MaxFuture > 0 {
		ru.future = n.cfg.MaxFuture
	}
	if h := u.Header; h != nil {
		if ip, ok := match.ClientIP(h.ForwardedFor); ok {
			ru.clientIP = ip.String()
		}
		ru.agent, ru.hints = h.UserAgent, h.ClientHints
	}
	if kind == record.Span {
		ru.trace, ru.rules = traceOf(u), rulesOf(u.Project, u.Global)
	}
	for _, it := range u.Items {
		if it.Fate != processors.FateOpen || it.Record == nil {
			continue
		}
		if reason := ru.one(it); reason != "" {
			u.Drop(it, outcome.Invalid, reason)
		}
	}
}

// recordRun is the work on one record.
type recordRun struct {
	*recordUnit
	it       *processors.Item
	d        *event.Doc
	v        *event.Value
	a        record.Attributes
	settings record.Settings
	ingress  string
}

func (ru *recordUnit) one(it *processors.Item) outcome.Reason {
	r := &recordRun{recordUnit: ru, it: it, d: it.Doc, v: it.Record, settings: it.Settings, ingress: span.IngressLegacy}
	if it.Parent != nil {
		r.settings, r.ingress = it.Parent.Settings, span.IngressContainer
		if it.Parent.Type == envelope.TypeIntegration {
			r.ingress = span.IngressIntegration
		}
	}
	if ru.kind == record.Metric && !isMetricType(r.v.Get("type")) {
		return ReasonInvalidMetric
	}
	if !r.time() {
		return ReasonTimestamp
	}
	if ru.kind == record.Metric && !r.metricName() {
		return ReasonInvalidMetric
	}
	r.a = record.AttributesOf(r.d, r.v)
	r.a.Reserve(16)
	r.a.Check()
	r.a.Rename()
	if ru.kind == record.Span {
		return r.span()
	}
	r.additions()
	if ru.kind == record.Log {
		r.a.AddText(span.AttrIngress, r.ingress)
	}
	return ""
}

// isMetricType: anything but a text that names a type is refused before the record is looked at.
func isMetricType(v *event.Value) bool {
	switch v.Text() {
	case "gauge", "distribution", "counter":
		return true
	}
	return false
}

// metricName writes runs of characters that names do not have as one underscore; names of nothing but white space are refused (items 11.2).
func (r *recordRun) metricName() bool {
	v := r.v.Get("name")
	name, ok := v.Str()
	if !ok || strings.TrimSpace(name) == "" {
		return false
	}
	bad := func(c byte) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.')
	}
	clean := true
	for i := range len(name) {
		clean = clean && !bad(name[i])
	}
	if clean {
		return true
	}
	out := make([]byte, 0, len(name))
	run := false
	for i := range len(name) {
		if !bad(name[i]) {
			out, run = append(out, name[i]), false
		} else if !run {
			out, run = append(out, '_'), true
		}
	}
	v.SetString(r.d.Intern(out))
	return true
}
