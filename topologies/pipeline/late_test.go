package pipeline

import (
	"testing"

	"weir/codecs/ingest"
	"weir/processors/chain"
)

// Memory of messages is given back once, when they are written, and stays with those that an observer may have kept or that are forms of another memory.
func TestMemoryOfMessages(t *testing.T) {
	for _, c := range []struct {
		name      string
		observed  bool
		documents bool
		want      int
	}{{"plain", false, false, 1}, {"observed", true, false, 0}, {"documents", false, true, 0}} {
		p := newPipeline(t, &stub{}, func(chain.Input) (res chain.Result) {
			b, memory := ingest.NewBuffer(3)
			res.Messages = []ingest.Message{{Topic: ingest.Events, Value: append(memory, "one"...), Buffer: b}, {Topic: ingest.Events, Value: []byte("two")}}
			return res
		})
		p.topics.Documents = c.documents
		if c.observed {
			p.cfg.Observe = func(Seen) {}
		}
		b := batchOf(source(1, `{"message":"a"}`))
		if err := p.process(t.Context(), nil, b); err != nil {
			t.Fatal(err)
		}
		l := b.Items[0].Late.(*late)
		if len(l.buffers) != c.want {
			t.Errorf("%s: %d buffers, want %d", c.name, len(l.buffers), c.want)
		}
		if p.written(b.Items[0]); l.buffers != nil {
			t.Errorf("%s: they could be given back twice", c.name)
		}
	}
}
