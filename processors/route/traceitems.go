package route

import (
	"time"

	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/ingest"
	"weir/codecs/outcome"
	"weir/codecs/record"
	"weir/codecs/traceitem"
	"weir/processors"
)

// reasonMetric is the outcome of metrics whose value is no number (items 11.2).
const reasonMetric outcome.Reason = "invalid_trace_metric"

// The products of project configs that keep trace items.
const (
	productLog    = "log"
	productMetric = "traceMetric"
)

// traceItems writes the open logs or trace metrics of a unit (items 3.10).
func (w *writer) traceItems(kind record.Kind) {
	u := w.u
	it := traceitem.Item{Org: u.Scope.Org, Project: u.Scope.Project, Type: traceitem.Log, Received: u.ReceivedAt, Retention: u.Retention(productLog), Key: u.Scope.KeyID, ClientRate: 1}
	if kind == record.Metric {
		it.Type, it.Retention = traceitem.Metric, u.Retention(productMetric)
	}
	var b traceitem.Builder
	headers := itemHeaders(&it)
	size := 1024
	for _, x := range u.Items {
		if x.Fate != processors.FateOpen || x.Record == nil {
			continue
		}
		b.Reset(x.Doc)
		b.Record(x.Record)
		if kind == record.Metric {
			value := x.Record.Get("value")
			if value.Kind() != event.Number {
				u.Drop(x, outcome.Invalid, reasonMetric)
				continue
			}
			f, _ := value.Float()
			b.Metric(x.Record.Get("name").Text(), x.Record.Get("type").Text(), x.Record.Get("unit").Text(), f)
			it.ClientRate = clientRate(x.Record)
		} else {
			b.Log(x.Record.Get("level").Text(), x.Record.Get("body").Text())
		}
		b.Fields(x.Record, x.Size)
		it.TraceID, it.Counts = x.Record.Get("trace_id").Text(), x.Quantities
		it.Timestamp, _ = record.Time(x.Record.Get("timestamp"))
		it.ID = traceitem.ID(it.Timestamp, u.Receipt.Derive(x.Index, "trace_item"))
		value := b.AppendMessage(make([]byte, 0, size), &it)
		size = len(value) + 128
		if !w.emit(ingest.Items, w.counterKey(x.Index), headers, value) {
			u.Drop(x, outcome.Invalid, reasonInternal)
			continue
		}
		u.Accept(x)
	}
}

func itemHeaders(it *traceitem.Item) []ingest.Header {
	return []ingest.Header{{Key: "item_type", Value: it.Type.String()}, {Key: "project_id", Value: it.Project.String()}}
}

// clientRate is the sample rate that a record tells, 1 without a usable one.
func clientRate(v *event.Value) float64 {
	if f, ok := v.Get("attributes").Get("sentry.client_sample_rate").Get("value").Float(); ok && f > 0 && f <= 1 {
		return f
	}
	return 1
}

// vitals writes the web vitals that a span measured as metrics, before the span itself (items 14).
func (w *writer) vitals(x *processors.Item, index *int) {
	u := w.u
	a := record.AttributesOf(x.Doc, x.Record)
	op := a.Plain("sentry.op")
	if !traceitem.HasVitals(op) {
		return
	}
	it := traceitem.Item{Org: u.Scope.Org, Project: u.Scope.Project, Type: traceitem.Metric, Received: u.ReceivedAt, Retention: u.Retention(productSpan), Key: 0, ClientRate: 1,
		TraceID: x.Record.Get("trace_id").Text()}
	at, ok := record.Time(x.Record.Get("start_timestamp"))
	if !ok {
		return
	}
	it.Timestamp = at
	var b traceitem.Builder
	for i := range traceitem.Vitals {
		b.Reset(x.Doc)
		if !b.Vital(&traceitem.Vitals[i], &a) {
			continue
		}
		b.Text("sentry.span_id", x.Record.Get("span_id").Text())
		b.Int("sentry.timestamp_precise", at.UnixNano())
		it.ID = vitalID(u, at, *index)
		if !w.emit(ingest.Items, w.counterKey(*index), itemHeaders(&it), b.AppendMessage(make([]byte, 0, 1024), &it)) {
			u.Count(outcome.Invalid, reasonInternal, outcome.TraceMetric, 1, u.ReceivedAt)
		}
		*index++
	}
}

func vitalID(u *processors.Unit, at time.Time, index int) envelope.EventID {
	return traceitem.ID(at, u.Receipt.Derive(index, "vital"))
}
