package sampling

import (
	"context"

	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/outcome"
	"weir/processors"
	"weir/processors/match"
)

// Step drops transactions and spans that the rules of their projects leave out, and writes into error events whether their trace was
// kept. It runs after the filters, for spans before normalization (items 16.1, 12.1). What is left out still counts as usage; the
// profile of a transaction goes on alone.
func Step() processors.Step {
	return func(_ context.Context, u *processors.Unit) processors.Verdict {
		switch u.Kind {
		case processors.KindTransaction:
			transaction(u)
		case processors.KindSpans:
			return spans(u)
		case processors.KindError:
			tellError(u)
		}
		return processors.Keep()
	}
}

func transaction(u *processors.Unit) {
	if u.Event == nil || u.Main == nil || u.Main.Fate != processors.FateOpen {
		return
	}
	d := decideTransaction(u)
	if !d.Matched {
		return
	}
	if u.ServerSampleRate = d.Rate; !d.Drop {
		return
	}
	u.SampledOut = true
	u.CountUsage()
	u.Main.Quantities = []outcome.Quantity{{Category: outcome.TransactionIndexed, N: 1}, {Category: outcome.SpanIndexed, N: u.ChildSpans() + 1}}
	for _, it := range u.Items {
		if it.Type != envelope.TypeProfile {
			u.Drop(it, outcome.Filtered, d.Reason)
		}
	}
}

// decideTransaction goes through own transaction rules, own project rules and the trace rules of the project that the trace began in.
func decideTransaction(u *processors.Unit) Decision {
	own := rulesOf(u.Project)
	t := eventTrace(u.Event.Root)
	var first *rules
	if t != nil {
		first = rulesOf(t.root(u))
	}
	if own == nil && first == nil {
		return Decision{}
	}
	e := newEvaluation(u.ReceivedAt)
	if own != nil {
		fields := match.Event{Root: u.Event.Root}
		if u.Header != nil {
			fields.ForwardedFor = u.Header.ForwardedFor
		}
		if d, done := e.list(own[ruleTransaction], &fields, u.EventID); done {
			return d
		}
	}
	if t == nil {
		return Decision{}
	}
	if own != nil {
		if d, done := e.list(own[ruleProject], t, t.id); done {
			return d
		}
	}
	if first != nil {
		d, _ := e.list(first[ruleTrace], t, t.id)
		return d
	}
	return Decision{}
}

// spans makes one decision for all spans of an envelope by the trace header; without one they are kept.
func spans(u *processors.Unit) processors.Verdict {
	t := headerTrace(u)
	if t == nil {
		return processors.Keep()
	}
	state := t.root(u)
	if state == nil { // what an unknown project says about the trace does not count
		state, t = u.Project, &trace{id: t.id}
	}
	list := rulesOf(state)
	if list == nil {
		return processors.Keep()
	}
	e := newEvaluation(u.ReceivedAt)
	d, done := e.list(list[ruleProject], t, t.id)
	if !done {
		if d, done = e.list(list[ruleTrace], t, t.id); !done {
			return processors.Keep()
		}
	}
	if u.ServerSampleRate = d.Rate; !d.Drop {
		return processors.Keep()
	}
	u.SampledOut = true
	u.CountSpans()
	for _, it := range u.Items {
		if it.Fate == processors.FateOpen && it.Record != nil {
			it.Quantities = indexedSpan
			u.Drop(it, outcome.Filtered, d.Reason)
		}
	}
	return processors.Keep()
}

var indexedSpan = []outcome.Quantity{{Category: outcome.SpanIndexed, N: 1}}

// tellError writes contexts.trace.sampled where the client did not and the header says what it decided (items 18.4).
func tellError(u *processors.Unit) {
	if u.Event == nil {
		return
	}
	root := u.Event.Root
	context := root.At("contexts", "trace")
	if context.Kind() != event.Object || !context.Get("sampled").IsNull() {
		return
	}
	sampled, ok := root.At("_dsc", "sampled").Bool()
	if !ok {
		return
	}
	t := eventTrace(root)
	if t == nil {
		return
	}
	list := rulesOf(t.root(u))
	if list == nil {
		return
	}
	if sampled {
		e := newEvaluation(u.ReceivedAt)
		d, _ := e.list(list[ruleTrace], t, t.id)
		sampled = !d.Drop
	}
	setSampled(u.Event, context, sampled)
}

// setSampled puts the member where the schema has it, before the sample rate and what follows.
func setSampled(d *event.Doc, context *event.Value, sampled bool) {
	if v := context.Get("sampled"); v != nil {
		v.SetBool(sampled)
		v.SetMeta(nil)
		return
	}
	at := 0
	for at < context.Len() && before[context.Members()[at].Key] {
		at++
	}
	context.Insert(at, "sampled", d.NewBool(sampled))
}

// before are the members of a trace context that are written before `sampled` (schema).
var before = map[string]bool{"trace_id": true, "span_id": true, "parent_span_id": true, "op": true, "status": true, "exclusive_time": true,
	"client_sample_rate": true, "origin": true}
