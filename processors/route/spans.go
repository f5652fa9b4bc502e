package route

import (
	"slices"
	"strings"

	"weir/codecs/envelope"
	"weir/codecs/ingest"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/codecs/record"
	"weir/codecs/span"
	"weir/processors"
)

// retention products of the project config (items 2.3).
const productSpan = "span"

// spans writes the parsed spans of a unit that are open (items 12.5); id is that of the transaction that they were part of.
func (w *writer) spans(id envelope.EventID) {
	u := w.u
	m := span.Message{Org: u.Scope.Org, Project: u.Scope.Project, Key: u.Scope.KeyID, EventID: id, Received: u.ReceivedAt}
	r := u.Retention(productSpan)
	m.RetentionDays, m.Downsampled = r.Standard, r.Downsampled
	var headers []ingest.Header
	size, metrics := 0, 0
	for _, it := range w.ordered() {
		if it.Fate != processors.FateOpen || it.Record == nil || it.Type != envelope.TypeSpan {
			continue
		}
		if id.IsNil() && u.ServerSampleRate > 0 {
			a := record.AttributesOf(it.Doc, it.Record)
			a.SetFloat(span.AttrServerRate, max(u.ServerSampleRate, minRate))
			a.Map.SortKeys()
		}
		m.Doc, m.Span = it.Doc, it.Record
		// Only the segment says what is to be done with its trace (items 16.5).
		segment, _ := it.Record.Get("is_segment").Bool()
		m.Issues = segment && !id.IsNil() && u.Has(project.FeaturePerformanceIssuesSpans)
		trace, err := envelope.ParseEventID(it.Record.Get("trace_id").Text())
		if err != nil {
			u.Drop(it, outcome.Invalid, reasonInternal)
			continue
		}
		if headers == nil {
			headers = ingest.ProjectHeaders(u.Scope.Project)
		}
		w.vitals(it, &metrics)
		value := span.AppendMessage(make([]byte, 0, max(size, 2048)), &m)
		if size = len(value) + 128; !w.emit(ingest.Spans, ingest.KeyFromUUID(trace, u.Scope.Org), headers, value) {
			u.Drop(it, outcome.Invalid, reasonInternal)
			continue
		}
		u.Accept(it)
	}
}

// minRate is the lowest sample rate that is written.
const minRate = 1e-9

// ordered lists the items of a unit; spans that belong to no transaction come in order of their ids (items 12.1).
func (w *writer) ordered() []*processors.Item {
	if w.u.Kind != processors.KindSpans {
		return w.u.Items
	}
	list := slices.Clone(w.u.Items)
	slices.SortStableFunc(list, func(a, b *processors.Item) int {
		return strings.Compare(a.Record.Get("span_id").Text(), b.Record.Get("span_id").Text())
	})
	return list
}
