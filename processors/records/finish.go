package records

import (
	"context"

	"weir/codecs/event"
	"weir/codecs/outcome"
	"weir/codecs/record"
	"weir/codecs/span"
	"weir/processors"
)

// Finish runs when records are scrubbed: it names spans, cuts them to the size of their project, and drops what lacks something (items 3.8,
// 12.4).
func Finish(cfg Config) processors.Step {
	cfg = cfg.withDefaults()
	return func(_ context.Context, u *processors.Unit) processors.Verdict {
		k, ok := kindOf(u.Kind)
		if !ok {
			return processors.Keep()
		}
		for _, it := range u.Items {
			if it.Fate != processors.FateOpen || it.Record == nil {
				continue
			}
			if k == record.Span {
				describe(it)
				if max := trimSize(u); max != nil {
					if *max == 0 {
						u.Drop(it, outcome.Invalid, ReasonNoData)
						continue
					}
					trim(it.Doc, it.Record, uint64(*max), cfg.MaxTrimmedNames)
				}
			}
			if !k.Complete(it.Doc, it.Record) {
				u.Drop(it, outcome.Invalid, ReasonNoData)
				continue
			}
			if k == record.Span {
				k.Order(it.Doc, it.Record)
			}
		}
		return processors.Keep()
	}
}

// describe gives a span of version 1 its name, and every span a description (items 12.4).
func describe(it *processors.Item) {
	d, v := it.Doc, it.Record
	a := record.AttributesOf(d, v)
	if it.Parent == nil && v.Get("name").IsNull() {
		if name, ok := span.InferName(&a); ok {
			v.Set("name", d.NewString(name))
		}
	}
	if a.Plain(span.AttrDescription) == "" {
		if text, ok := span.InferDescription(&a, v.Get("name").Text()); ok {
			a.SetText(span.AttrDescription, text)
		}
	}
}

func trimSize(u *processors.Unit) *uint32 {
	if u.Project == nil {
		return nil
	}
	return u.Project.Config.TrimSpanMaxSize
}

// nullWith makes v null with one remark.
func nullWith(d *event.Doc, v *event.Value, rule string) {
	v.SetNull()
	v.SetMeta(nil)
	d.AddRemark(v, event.Remark{Rule: rule, Type: 'x'})
}
