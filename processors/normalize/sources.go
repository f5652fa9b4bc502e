package normalize

import (
	"weir/codecs/event"
	"weir/codecs/outcome"
	"weir/processors"
)

// merge makes the event beside a crash file: of an event item, else of the parts of a native SDK in MessagePack, else of form data, else an
// empty event (1.1).
func (src *source) merge(p *processors.CrashParts) (source, processors.Verdict) {
	switch {
	case p.Event != nil:
		src.counters.Event.Add(len(p.Event.Payload))
		doc, err := event.Parse(p.Event.Payload)
		if err != nil {
			return *src, processors.Drop(outcome.Invalid, ReasonInvalidJSON)
		}
		src.doc = doc
		return *src, processors.Keep()
	case p.Payload != nil || len(p.Breadcrumbs) > 0:
		doc, ok := packedEvent(p.Payload, p.Breadcrumbs[:min(len(p.Breadcrumbs), 2)], &src.counters.Event)
		if !ok {
			return *src, processors.Drop(outcome.Invalid, ReasonInvalidMsgpack)
		}
		if doc.Root.Kind() == event.Object {
			src.doc = doc
			return *src, processors.Keep()
		}
		doc.Release() // no event
	}
	if p.Form != nil {
		src.counters.Event = Counter{N: uint64(len(p.Form.Payload)), Known: true}
		doc, ok := formEvent(p.Form.Payload)
		if !ok {
			return *src, processors.Drop(outcome.Invalid, ReasonNesting)
		}
		src.doc = doc
		return *src, processors.Keep()
	}
	src.doc = event.New()
	src.doc.Root = src.doc.NewObject(0)
	return *src, processors.Keep()
}

// packedEvent reads the event part, nil: there is none, and hangs the breadcrumbs of both files on it, the older file first: as many of the
// last as the longer file has.
func packedEvent(part *processors.Item, crumbs []*processors.Item, c *Counter) (*event.Doc, bool) {
	d := event.New()
	d.Root = d.NewObject(0)
	if part != nil {
		c.Add(len(part.Payload))
		root, ok := unpackFirst(d, part.Payload)
		if !ok {
			d.Release()
			return nil, false
		}
		d.Root = root
	}
	var files [][]*event.Value
	for _, it := range crumbs {
		c.Add(len(it.Payload))
		values, ok := unpack(d, it.Payload)
		if !ok {
			d.Release()
			return nil, false
		}
		if len(values) > 0 {
			files = append(files, values)
		}
	}
	d.ReadMeta()
	if len(files) == 0 {
		return d, true
	}
	if d.Root.Kind() != event.Object {
		other := d.Root
		d.Root = d.NewObject(1)
		if !other.IsNull() {
			d.AddError(d.Root, event.InvalidData, "expected event")
			d.SetOriginal(d.Root, other)
		}
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
