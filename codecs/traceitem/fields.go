package traceitem

import (
	"weir/codecs/event"
	"weir/codecs/record"
)

// Log adds the fields of a log (items 10.3).
func (b *Builder) Log(level, body string) {
	b.Text("sentry.severity_text", level)
	b.Text("sentry.body", body)
}

const cooccuring = "sentry._internal.cooccuring."

// Metric adds the fields of a trace metric (items 11.3); unit may be empty.
func (b *Builder) Metric(name, kind, unit string, value float64) {
	b.Text("sentry.metric_name", name)
	b.Text("sentry.metric_type", kind)
	b.Bool(b.doc.Concat(cooccuring, "name.", name), true)
	b.Bool(b.doc.Concat(cooccuring, "type.", kind), true)
	if unit != "" {
		b.Text("sentry.metric_unit", unit)
		b.Bool(b.doc.Concat(cooccuring, "unit.", unit), true)
	}
	b.Double("sentry.value", value)
}

// Vital is a web vital that spans measure.
type Vital struct {
	name, unit string
	copied     []string // attributes of its own
	sources    bool     // numbered attributes, until the first gap
}

const vitalPrefix = "browser.web_vital."

// Vitals are the metrics that are made of spans, in the order of their messages (items 14).
var Vitals = [...]Vital{
	{"lcp", "millisecond", []string{"element", "id", "url", "size", "load_time", "render_time"}, false},
	{"cls", "none", nil, true},
	{"inp", "millisecond", []string{"target", "interaction_type"}, false},
	{"fcp", "millisecond", nil, false},
	{"ttfb", "millisecond", []string{"request_time"}, false},
}

// HasVitals says whether spans of an operation measure web vitals.
func HasVitals(op string) bool {
	switch op {
	case "pageload", "ui.webvital.lcp", "ui.webvital.cls", "ui.interaction.click", "ui.interaction.hover", "ui.interaction.drag", "ui.interaction.press":
		return true
	}
	return false
}

// vitalCommon are the attributes that every vital takes from its span.
var vitalCommon = [...]string{
	"browser.version", "browser.navigation.type", "browser.navigation.id", "sentry.pageload.span_id", "sentry.origin", "sentry.segment.name", "user_agent.original", "sentry.release",
	"sentry.environment", "sentry.sdk.name", "sentry.sdk.version", "sentry.platform",
}

// maxSources bounds the numbered attributes of a vital.
const maxSources = 127

// note is a copied attribute that may have metadata.
type note struct {
	name      string
	attribute *event.Value
}

// Vital adds all attributes of a vital but those of its place in the trace; false: the span did not measure it.
func (b *Builder) Vital(v *Vital, a *record.Attributes) bool {
	d := b.doc
	value, ok := a.Float(d.Concat(vitalPrefix, v.name, ".value"))
	if !ok {
		return false
	}
	var notes []note
	copy := func(to, from string) bool {
		x := a.Map.Get(from)
		if x.IsNull() {
			return false
		}
		if b.doc.HasMeta() && x.Meta().IsEmpty() { // what is known of the value goes with it, not what is known of the attribute
			notes = append(notes, note{to, x})
		}
		b.Value(to, x.Get("value"))
		return true
	}
	if !copy("browser.name", "browser.name") {
		copy("browser.name", "sentry.browser.name")
	}
	for _, name := range vitalCommon {
		copy(name, name)
	}
	for _, prefix := range [...]string{"score.", "score.weight.", "score.ratio."} {
		name := d.Concat(prefix, v.name)
		copy(name, name)
	}
	for _, part := range v.copied {
		name := d.Concat(vitalPrefix, v.name, ".", part)
		copy(name, name)
	}
	for i := 1; v.sources && i <= maxSources; i++ {
		if name := d.Concat(vitalPrefix, v.name, ".source.", decimal(i)); !copy(name, name) {
			break
		}
	}
	b.Text("sentry.metric.source", "span")
	name := d.Concat(vitalPrefix, v.name)
	size := len(name) + 8
	for i := range b.list {
		size += len(b.list[i].name) + b.list[i].canonical()
	}
	for _, n := range notes {
		b.attributeMeta(n.attribute, n.name)
	}
	b.Metric(name, "distribution", v.unit, value)
	b.Int("sentry.payload_size_bytes", int64(size))
	return true
}
