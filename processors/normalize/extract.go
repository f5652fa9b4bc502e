package normalize

import (
	"context"

	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/outcome"
	"weir/codecs/span"
	"weir/processors"
)

// ReasonInvalidSpan ends spans of transactions that lack what every span must have (items 16.3).
const ReasonInvalidSpan outcome.Reason = "invalid_span"

var oneSpanIndexed = []outcome.Quantity{{Category: outcome.SpanIndexed, N: 1}}

// Extract makes the spans of a transaction derived items in the form of version 2: its children, then the transaction itself as their segment
// (items 16.3). It runs when the transaction has passed all quotas, reads the event and does not change it.
func Extract(cfg Config) processors.Step {
	n := New(cfg)
	return func(_ context.Context, u *processors.Unit) processors.Verdict {
		if u.Kind == processors.KindTransaction && u.Event != nil && u.Main != nil && u.Main.Fate == processors.FateOpen && !u.SpansLimited {
			n.extract(u)
		}
		return processors.Keep()
	}
}

func (n *Normalizer) extract(u *processors.Unit) {
	d := u.Event
	root := d.Root
	r := &run{schema: n.schema, d: d, in: &Inputs{}, n: n}
	trace := r.variantAt("trace", "trace")
	c := span.NewConverter(d)
	seg := span.Segment{
		ID: trace.Get("span_id"), Platform: root.Get("platform"), Origin: trace.Get("origin"), ProfileID: r.variantAt("profile", "profile").Get("profile_id"), ServerRate: u.ServerSampleRate,
	}
	seg.ClientRate, _ = trace.Get("client_sample_rate").Float()
	children := root.Get("spans").Members()
	items := make([]processors.Item, len(children)+1)
	for i := range items {
		it := &items[i]
		it.Item = envelope.Item{Type: envelope.TypeSpan}
		it.Parent, it.Doc, it.Quantities = u.Main, d, oneSpanIndexed
		v1 := (*event.Value)(nil)
		if i < len(children) {
			v1 = children[i].Value
		} else {
			v1, seg.IsSegment, seg.IsRemote, seg.Origin = r.segment(trace), true, true, nil
		}
		u.Derive(it)
		if !isCompleteSpan(v1) {
			u.Drop(it, outcome.Invalid, ReasonInvalidSpan)
			continue
		}
		it.Record = c.Convert(v1, &seg)
	}
}

// isCompleteSpan checks what a span of version 1 must have.
func isCompleteSpan(v1 *event.Value) bool {
	start, ok1 := timeOf(v1.Get("start_timestamp"))
	end, ok2 := timeOf(v1.Get("timestamp"))
	return ok1 && ok2 && start.nanos() <= end.nanos() && v1.Get("trace_id").Kind() == event.String && v1.Get("span_id").Kind() == event.String &&
		v1.Get("exclusive_time").Kind() == event.Number
}
