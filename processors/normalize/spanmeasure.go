package normalize

import (
	"strings"

	"weir/codecs/event"
)

// spanMeasurements are numbers that spans of an operation keep as measurements; the operation counts as it was sent.
var spanMeasurements = [...]struct{ operation, attribute, name, unit string }{
	{"resource.", "http.response.body.decoded_size", "http.decoded_response_content_length", "byte"},
	{"resource.", "http.response.body.size", "http.response_content_length", "byte"},
	{"resource.", "http.response.size", "http.response_transfer_size", "byte"},
	{"cache.", "cache.item_size", "cache.item_size", "byte"},
	{"queue.", "messaging.message.body.size", "messaging.message.body.size", "byte"},
	{"queue.", "messaging.message.receive.latency", "messaging.message.receive.latency", "millisecond"},
	{"queue.", "messaging.message.retry.count", "messaging.message.retry.count", "none"},
}

// measureSpan writes the measurements of a span.
func (r *run) measureSpan(span *event.Value, mobile bool) {
	op, data := span.Get("op").Text(), span.Get("data")
	for _, m := range spanMeasurements {
		if f, ok := data.Get(m.attribute).Float(); ok && strings.HasPrefix(op, m.operation) {
			r.setMeasurement(r.object(span, "measurements"), m.name, f, m.unit)
		}
	}
	if f, ok := data.Get("app.vitals.frames.delay.value").Float(); ok && mobile {
		r.setMeasurement(r.object(span, "measurements"), "frames.delay", f, "second")
	}
}

// displayOps are operations of spans that end when a screen shows something, and when it shows all; the tag says which.
var displayOps = [...][2]string{{"ui.load.initial_display", "ttid"}, {"ui.load.full_display", "ttfd"}}

// displays are the ends of the first spans of displayOps.
type displays [len(displayOps)]struct {
	end moment
	ok  bool
}

// note takes the end of a span that is the first of its operation.
func (d *displays) note(span *event.Value) {
	op := span.Get("op").Text()
	for i := range d {
		if !d[i].ok && op == displayOps[i][0] {
			d[i].end, d[i].ok = timeOf(span.Get("timestamp"))
		}
	}
}

// tag marks a span that contributed to a display: one that ended before it or with it.
func (d *displays) tag(span *event.Value, t *tagSet) {
	end, ok := timeOf(span.Get("timestamp"))
	for i := range d {
		if ok && d[i].ok && !d[i].end.before(end) {
			t.set(displayOps[i][1], displayOps[i][1])
		}
	}
}
