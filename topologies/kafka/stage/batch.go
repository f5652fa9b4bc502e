package stage

import (
	"context"
	"sync/atomic"

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

// emit sends all outputs. Every item ends when its own and the batch's are acknowledged.
func (b *Batch[T]) emit(out producer.Sink) {
	var left atomic.Int32
	var failed atomic.Pointer[error]
	left.Store(int32(len(b.Out)) + 1)
	batchDone := func(_ *kgo.Record, err error) {
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
		for _, it := range b.Items {
			it.one(first)
		}
	}
	ctx := context.Background()
	for _, it := range b.Items {
		it.left.Store(int32(len(it.Out)) + 1)
		itemDone := func(_ *kgo.Record, err error) { it.one(err) }
		for i := range it.Out {
			out.Produce(ctx, &it.Out[i], itemDone)
		}
	}
	for i := range b.Out {
		out.Produce(ctx, &b.Out[i], batchDone)
	}
	batchDone(nil, nil)
}
