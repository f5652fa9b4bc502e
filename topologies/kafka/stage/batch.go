package stage

import (
	"context"
	"sync/atomic"
	"time"

	"weir/topologies/kafka/producer"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Output is one record to write: Topic, Key, Value, Headers; Partition only where the producer's Manual says so.
type Output = kgo.Record

// Batch is what one call of the batch function handles: messages of one source partition in offset order.
type Batch[T any] struct {
	Topic     string
	Partition int32
	Items     []*Item[T]
	// Out are outputs of the whole batch (the ledger), written after those of the items. No item is done before
	// every one of them is acknowledged.
	Out []Output
	// Late is what this batch leaves for Config.Tail.
	Late any
}

// gathered are batches that wait for their Tail.
type gathered[T any] struct {
	batches []*Batch[T]
	items   int
	timer   *time.Timer
}

func (g *gathered[T]) add(b *Batch[T], wait time.Duration) {
	if len(g.batches) == 0 && wait > 0 {
		if g.timer == nil {
			g.timer = time.NewTimer(wait)
		} else {
			g.timer.Reset(wait)
		}
	}
	g.batches = append(g.batches, b)
	g.items += len(b.Items)
}

// Item is one message on its way through a Stage.
type Item[T any] struct {
	// Record is the source record: Topic, Partition, Offset, Timestamp, Key, Value, Headers. Read only.
	Record *kgo.Record
	// Msg is what Config.Decode made of Record.
	Msg T
	// Out are the outputs of this message, written in order when Batch returns nil.
	Out []Output

	session context.Context
	done    func(error)
	left    atomic.Int32
	err     atomic.Pointer[error]
}

// one ends one of the things that the item waits for.
func (it *Item[T]) one(err error) {
	if err != nil {
		it.err.CompareAndSwap(nil, &err)
	}
	if it.left.Add(-1) > 0 {
		return
	}
	it.Out = nil
	if p := it.err.Load(); p != nil {
		it.done(*p)
		return
	}
	it.done(nil)
}

// emit sends the outputs of the items. No item ends before finish.
func (b *Batch[T]) emit(out producer.Sink) {
	ctx := context.Background()
	for _, it := range b.Items {
		it.left.Store(int32(len(it.Out)) + 1)
		itemDone := func(_ *kgo.Record, err error) { it.one(err) }
		for i := range it.Out {
			out.Produce(ctx, &it.Out[i], itemDone)
		}
	}
}

// finish sends the outputs of whole batches and their tail. Every item ends when its own and all of these are acknowledged.
func finish[T any](out producer.Sink, batches []*Batch[T], tail []Output) {
	n := len(tail)
	for _, b := range batches {
		n += len(b.Out)
	}
	var left atomic.Int32
	var failed atomic.Pointer[error]
	left.Store(int32(n) + 1)
	one := func(_ *kgo.Record, err error) {
		if err != nil {
			failed.CompareAndSwap(nil, &err)
		}
		if left.Add(-1) > 0 {
			return
		}
		var first error
		if p := failed.Load(); p != nil {
			first = *p
		}
		for _, b := range batches {
			for _, it := range b.Items {
				it.one(first)
			}
		}
	}
	ctx := context.Background()
	for _, b := range batches {
		for i := range b.Out {
			out.Produce(ctx, &b.Out[i], one)
		}
	}
	for i := range tail {
		out.Produce(ctx, &tail[i], one)
	}
	one(nil, nil)
}
