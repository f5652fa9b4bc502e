package records

import (
	"strings"

	"weir/codecs/outcome"
	"weir/codecs/record"
	"weir/codecs/traceheader"
	"weir/processors"
)

// legacy reads one span of version 1 (items 13).
func (o *opener) legacy(it *processors.Item) {
	if o.cfg.Legacy == nil {
		o.u.Drop(it, outcome.Invalid, ReasonJSON)
		return
	}
	doc, v, err := o.cfg.Legacy(it.Payload)
	if err != nil {
		o.u.Drop(it, outcome.Invalid, ReasonJSON)
		return
	}
	it.Doc, it.Record, it.Quantities = doc, v, oneSpan
	it.Settings = record.Settings{InferIP: true, InferAgent: true}
	record.Span.Open(doc, v, func(purpose string) [16]byte { return o.u.Receipt.Derive(it.Index, purpose) })
}

// spans checks the ids of all spans and that they belong to the trace of the envelope (items 12.1, 12.2).
func (o *opener) spans() processors.Verdict {
	u := o.u
	latest := make(map[string]*processors.Item, len(u.Items))
	for _, it := range u.Items {
		if it.Fate != processors.FateOpen || it.Record == nil {
			continue
		}
		id, ok := it.Record.Get("span_id").Str()
		if !ok {
			u.Drop(it, outcome.Invalid, ReasonInvalidSpan)
			continue
		}
		if before := latest[id]; before != nil {
			u.Drop(before, outcome.Invalid, ReasonDuplicate)
		}
		latest[id] = it
	}
	if len(latest) == 0 {
		return processors.Keep()
	}
	h, ok := (*traceheader.Header)(nil), false
	if u.Header != nil {
		h, ok = traceheader.Parse(u.Header.Trace)
	}
	if !ok {
		if o.relay || isRelay(u.Client()) {
			return processors.Keep()
		}
		return processors.Drop(outcome.Invalid, ReasonMissingDSC)
	}
	trace := h.TraceID.String()
	for _, it := range latest {
		if it.Record.Get("trace_id").Text() != trace {
			return processors.Drop(outcome.Invalid, ReasonInvalidDSC)
		}
	}
	return processors.Keep()
}

// isRelay: the clients of envelopes made from OTLP have no trace header.
func isRelay(client string) bool {
	name, _, _ := strings.Cut(client, "/")
	return name == "sentry.relay"
}
