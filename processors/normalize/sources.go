package normalize

import (
	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/outcome"
	"weir/processors"
)

// merge finds the event beside a crash file: an event item, else the parts of a native SDK in MessagePack, else form
// data, else an empty event (1.1).
func (src *source) merge(u *processors.Unit) (source, processors.Verdict) {
	var payload, form *processors.Item
	var parts, crumbs []*processors.Item
	for _, it := range u.Items {
		if it.Fate != processors.FateOpen {
			continue
		}
		switch {
		case it.Type == envelope.TypeEvent && payload == nil:
			payload = it
		case it.Type == envelope.TypeFormData && form == nil:
			form = it
		case it.Type == envelope.TypeAttachment && it.AttachmentType == envelope.AttachmentPayload:
			parts = append(parts, it)
		case it.Type == envelope.TypeAttachment && it.AttachmentType == envelope.AttachmentBreadcrumbs:
			crumbs = append(crumbs, it)
		}
	}
	switch {
	case payload != nil:
		src.counters.Event = uint64(len(payload.Payload))
		doc, err := event.Parse(payload.Payload)
		if err != nil {
			return *src, processors.Drop(outcome.Invalid, ReasonInvalidJSON)
		}
		src.doc = doc
	case len(parts)+len(crumbs) > 0:
		doc, ok := packedEvent(parts, crumbs, &src.counters)
		if !ok {
			return *src, processors.Drop(outcome.Invalid, ReasonInvalidMsgpack)
		}
		src.doc = doc
	case form != nil:
		src.counters.Event = uint64(len(form.Payload))
		doc, ok := formEvent(form.Payload)
		if !ok {
			return *src, processors.Drop(outcome.Invalid, ReasonNesting)
		}
		src.doc = doc
	default:
		src.doc = event.New()
		src.doc.Root = src.doc.NewObject(0)
	}
	return *src, processors.Keep()
}

// packedEvent reads the first event part and hangs the breadcrumbs of all files on it, the older file first: as many of the last
// as the longer file has.
func packedEvent(parts, crumbs []*processors.Item, c *Counters) (*event.Doc, bool) {
	d := event.New()
	d.Root = d.NewObject(0)
	if len(parts) > 0 {
		c.Event += uint64(len(parts[0].Payload))
		values, ok := unpack(d, parts[0].Payload)
		if !ok || len(values) == 0 {
			d.Release()
			return nil, false
		}
		d.Root = values[0]
	}
	var files [][]*event.Value
	for _, it := range crumbs {
		c.Event += uint64(len(it.Payload))
		values, ok := unpack(d, it.Payload)
		if !ok {
			d.Release()
			return nil, false
		}
		if len(values) == 1 && values[0].Kind() == event.Array {
			list := values[0]
			values = nil
			for _, m := range list.Members() {
				values = append(values, m.Value)
			}
		}
		if len(values) > 0 {
			files = append(files, values)
		}
	}
	d.ReadMeta()
	if len(files) == 0 || d.Root.Kind() != event.Object {
		return d, true
	}
	if len(files) == 2 && lastTime(files[1]).before(lastTime(files[0])) {
		files[0], files[1] = files[1], files[0]
	}
	longest := 0
	list := d.NewArray(0)
	for _, values := range files {
		longest = max(longest, len(values))
		for _, v := range values {
			list.Append(v)
		}
	}
	list.SetMembers(list.Members()[list.Len()-longest:]) // as many as a sender keeps, the latest ones
	d.Root.Set("breadcrumbs", list)
	return d, true
}

// lastTime is the time of the last breadcrumb of a file; files without times count as oldest.
func lastTime(values []*event.Value) moment {
	ts := values[len(values)-1].Get("timestamp")
	if s, ok := ts.Str(); ok {
		m, _ := parseTime(s)
		return m
	}
	m, _ := timeOf(ts)
	return m
}
