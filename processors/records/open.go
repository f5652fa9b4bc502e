package records

import (
	"context"
	"errors"

	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/codecs/record"
	"weir/processors"
)

// Open takes the items of spans, logs and trace metrics apart.
func Open(cfg Config) processors.Step {
	cfg = cfg.withDefaults()
	return func(_ context.Context, u *processors.Unit) processors.Verdict {
		k, ok := kindOf(u.Kind)
		if !ok {
			return processors.Keep()
		}
		if duplicates(u) {
			return processors.Drop(outcome.Invalid, ReasonDuplicateItem)
		}
		if k == record.Log && !u.Has(project.FeatureLogs) || k == record.Metric && !u.Has(project.FeatureTraceMetrics) {
			return processors.DropSilent(outcome.Invalid, ReasonFeature)
		}
		o := opener{cfg: &cfg, u: u, kind: k}
		for _, it := range u.Open() {
			o.open(it)
		}
		if k == record.Span {
			return o.spans()
		}
		return processors.Keep()
	}
}

// duplicates says that an envelope has more than it may have: one container or integration, or several spans of version 1 (items 1.1).
func duplicates(u *processors.Unit) bool {
	open := u.Open()
	if len(open) < 2 {
		return false
	}
	if u.Kind != processors.KindSpans {
		return true
	}
	for _, it := range open {
		if it.Type == envelope.TypeIntegration || record.Span.IsContainer(it.ContentType) {
			return true
		}
	}
	return false
}

// opener works on one unit.
type opener struct {
	cfg  *Config
	u    *processors.Unit
	kind record.Kind
	// relay says that the spans came over OTLP, which knows no trace header.
	relay bool
}

func (o *opener) open(it *processors.Item) {
	switch {
	case it.Type == envelope.TypeIntegration:
		o.integration(it)
	case o.kind == record.Span && !record.Span.IsContainer(it.ContentType):
		o.legacy(it)
	default:
		o.container(it)
	}
}

// container opens a container (items 3.1).
func (o *opener) container(it *processors.Item) {
	c, err := record.ParseContainer(o.kind, it.ContentType, it.ItemCount, it.Payload, o.cfg.values(o.kind))
	switch {
	case errors.Is(err, record.ErrTooLarge):
		o.refuse(it, ReasonOperations)
		return
	case err != nil:
		o.refuse(it, ReasonJSON)
		return
	}
	it.Doc, it.Settings = c.Doc, c.Settings
	o.derive(it, c.Doc, len(c.Members), func(i int) (*event.Value, uint64) {
		if o.u.Trusted {
			return c.Members[i].Value, c.Members[i].ByteSize
		}
		return c.Members[i].Value, 0
	})
}

// refuse ends a container that cannot be opened: it counts what its header says, be that nothing.
func (o *opener) refuse(it *processors.Item, reason outcome.Reason) {
	if items, bytes := o.categories(); o.kind != record.Span {
		it.Quantities = []outcome.Quantity{{Category: items, N: it.Count()}, {Category: bytes, N: uint64(max(len(it.Payload), 1))}}
	}
	o.u.Drop(it, outcome.Invalid, reason)
}

// categories are what logs and trace metrics count for.
func (o *opener) categories() (items, bytes outcome.Category) {
	if o.kind == record.Metric {
		return outcome.TraceMetric, outcome.TraceMetricByte
	}
	return outcome.LogItem, outcome.LogByte
}

// derive makes n records out of it; member gives their values and what a trusted relay says about their sizes.
func (o *opener) derive(it *processors.Item, d *event.Doc, n int, member func(i int) (*event.Value, uint64)) {
	if n == 0 {
		it.Quantities = []outcome.Quantity{}
		o.u.Accept(it)
		return
	}
	items := make([]processors.Item, n)
	counts := make([]outcome.Quantity, 2*n)
	for i := range items {
		x := &items[i]
		v, size := member(i)
		x.Item = envelope.Item{Type: it.Type}
		if it.Type == envelope.TypeIntegration {
			x.Type = typeNames[o.kind]
		}
		x.Parent, x.Record, x.Doc = it, v, d
		o.u.Derive(x)
		x.Quantities = counts[2*i : 2*i+2 : 2*i+2]
		o.size(x, size)
		if it.Type == envelope.TypeIntegration {
			continue // typed already, with times that are finer than those of containers
		}
		o.kind.Open(d, v, func(purpose string) [16]byte { return o.u.Receipt.Derive(x.Index, purpose) })
	}
}

var typeNames = [...]string{record.Span: envelope.TypeSpan, record.Log: envelope.TypeLog, record.Metric: envelope.TypeTraceMetric}

// size counts a record before anything of it is changed (items 3.6).
func (o *opener) size(x *processors.Item, told uint64) {
	if o.kind == record.Span {
		copy(x.Quantities, oneSpan)
		return
	}
	if x.Size = told; told == 0 {
		x.Size = o.kind.Size(x.Record)
	}
	items, bytes := o.categories()
	limit, reason := o.cfg.MaxLogSize, ReasonLogTooLarge
	if o.kind == record.Metric {
		limit, reason = o.cfg.MaxMetricSize, ReasonMetricLarge
	}
	x.Quantities[0], x.Quantities[1] = outcome.Quantity{Category: items, N: 1}, outcome.Quantity{Category: bytes, N: x.Size}
	if x.Size > uint64(limit) {
		o.u.Drop(x, outcome.Invalid, reason)
	}
}

var oneSpan = []outcome.Quantity{{Category: outcome.Span, N: 1}, {Category: outcome.SpanIndexed, N: 1}}
