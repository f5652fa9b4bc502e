package scrub

import (
	"sync"

	"weir/codecs/event"
	"weir/processors"
	"weir/processors/scrub/selector"
)

// record is a kind of item other than events that is scrubbed as a document (scrub 10).
type record struct {
	kind  processors.Kind
	shape *shape
	types selector.Types // of the root
	named bool           // the root is one more node above the first key: selectors may name it
}

// recordShapes are the schema types of records.
var recordShapes = []string{"Replay", "OurLog", "SpanV2", "TraceMetric"}

// records are the kinds.
var records = sync.OnceValue(func() []record {
	s := eventSchema()
	return []record{
		{processors.KindReplay, s.shape(recordShapes[0]), 0, false},
		{processors.KindLogs, s.shape(recordShapes[1]), selector.Log, true},
		{processors.KindSpans, s.shape(recordShapes[2]), selector.Span, true},
		{processors.KindTraceMetrics, s.shape(recordShapes[3]), selector.TraceMetric, true},
	}
})

// Record scrubs a log, span or trace metric in the JSON form of version 2, or a replay event, in place. The config of the
// project sees an attribute as an object, the generated one sees it as its value (scrub 10). Other kinds stay as they are.
func (c *Compiled) Record(kind processors.Kind, doc *event.Doc, v *event.Value) {
	if doc == nil || v.Kind() != event.Object {
		return
	}
	for _, r := range records() {
		if r.kind != kind {
			continue
		}
		path := []selector.Component{selector.Root(0), selector.Root(r.types)}
		if !r.named {
			path = path[:1]
		}
		for _, p := range c.passes {
			p.run(doc, v, r.shape, p != c.own, path...)
		}
	}
}
