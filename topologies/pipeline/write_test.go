package pipeline

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"weir/topologies/kafka/producer"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// sinkFunc fails records as it likes.
type sinkFunc func(r *kgo.Record) error

func (f sinkFunc) Produce(_ context.Context, r *kgo.Record, done func(*kgo.Record, error)) {
	done(r, f(r))
}

// Only what failed is written again; a refused output makes the record a dead letter; the end of the context ends it.
func TestWriteRepeatsOnlyWhatFailed(t *testing.T) {
	tries := map[string]int{}
	p := newPipeline(t, &stub{}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b := &batch{Pipeline: p, now: p.cfg.Clock(), Batch: batchOf(source(5, "x")), out: sinkFunc(func(r *kgo.Record) error {
		tries[string(r.Value)]++
		switch {
		case string(r.Value) == "twice" && tries["twice"] < 3:
			return errors.New("not now")
		case string(r.Value) == "refused":
			return &producer.Refused{Topic: "t", Err: kerr.InvalidRecord}
		case string(r.Value) == "never":
			cancel()
			return errors.New("gone")
		}
		return nil
	})}
	it := b.Items[0]
	it.Late = &late{}
	outputs := func(values ...string) {
		it.Out = nil
		for _, v := range values {
			it.Out = append(it.Out, kgo.Record{Topic: "t", Value: []byte(v)})
		}
	}
	outputs("once", "twice")
	if err := b.write(ctx, it); err != nil || len(it.Out) != 0 || fmt.Sprint(tries) != "map[once:1 twice:3]" {
		t.Errorf("%v, %v, %d outputs left", err, tries, len(it.Out))
	}
	outputs("fine", "refused")
	if err := b.write(ctx, it); err != nil || len(it.Out) != 1 || it.Out[0].Topic != "t-dead-letters" || tries["refused"] != 1 {
		t.Errorf("%v, %v, %v", err, tries, it.Out)
	}
	if l := it.Late.(*late); l.offset != 5 || !l.effect.Dead || l.effect.Items.Dead != 1 {
		t.Errorf("%+v", l)
	}
	outputs("never")
	if err := b.write(ctx, it); err == nil || tries["never"] != 1 {
		t.Errorf("%v, %v", err, tries)
	}
}
