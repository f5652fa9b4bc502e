package stage

import (
	"context"
	"errors"
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
	// Out are outputs of the whole batch, written after those of the items are acknowledged, if none of the items failed. No
	// item is done before every one of them is acknowledged.
	Out []Output

	end  *ending[T]
	left atomic.Int32 // items whose outputs are not acknowledged
}

// Session ends when the partition is taken away or the process stops; the batch may finish after that.
func (b *Batch[T]) Session() context.Context { return b.Items[0].session }

// gathered are batches that wait for their Tail.
type gathered[T any] struct {
	batches []*Batch[T]
	items   int
	due     <-chan struct{} // closed when the wait is over
}

func (g *gathered[T]) add(b *Batch[T], beat *beat) {
	if len(g.batches) == 0 {
		g.due = beat.next()
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
	// Late is what this message leaves for Config.Tail; nil: nothing.
	Late any

	batch   *Batch[T]
	refused atomic.Pointer[error]
	again   int // how often Refused was asked
	session context.Context
	done    func(error)
	left    atomic.Int32
	err     atomic.Pointer[error]
}

// one ends one of the outputs that the item waits for. It does not block.
func (it *Item[T]) one(err error) {
	if err != nil {
		it.failed(err)
	}
	if it.left.Add(-1) > 0 {
		return
	}
	it.Out = nil
	if p := it.refused.Swap(nil); p != nil && it.err.Load() == nil {
		go it.replace(*p)
		return
	}
	it.settled()
}

// failed notes the first error of an output.
func (it *Item[T]) failed(err error) {
	var r *producer.Refused
	if errors.As(err, &r) {
		it.refused.CompareAndSwap(nil, &err)
	} else {
		it.err.CompareAndSwap(nil, &err)
	}
}

// settled is called when nothing of the item is on its way any more.
func (it *Item[T]) settled() {
	if written := it.batch.end.stage.cfg.Written; written != nil && it.err.Load() == nil {
		written(it)
	}
	if it.batch.left.Add(-1) == 0 {
		it.batch.end.advance()
	}
}

// maxReplaced is how often the outputs of an item are replaced by others before it fails.
const maxReplaced = 3

// replace sends other outputs instead of a refused one.
func (it *Item[T]) replace(err error) {
	s := it.batch.end.stage
	var out []Output
	if it.again++; s.cfg.Refused != nil && it.again <= maxReplaced {
		out = s.cfg.Refused(it, it.again, err)
	}
	if len(out) == 0 {
		it.err.Store(&err)
		it.settled()
		return
	}
	it.Out = out
	it.emit(producer.Until(context.Background(), it.session), s.cfg.Out)
}

// emit sends the outputs of the item.
func (it *Item[T]) emit(ctx context.Context, out producer.Sink) {
	outs := it.Out
	it.left.Store(int32(len(outs)) + 1)
	one := func(_ *kgo.Record, err error) { it.one(err) }
	for i := range outs {
		out.Produce(ctx, &outs[i], one)
	}
	it.one(nil)
}

// emit sends the outputs of the items.
func (b *Batch[T]) emit(out producer.Sink) {
	b.left.Store(int32(len(b.Items)))
	ctx := producer.Until(context.Background(), b.Items[0].session)
	for _, it := range b.Items {
		it.batch = b
		it.emit(ctx, out)
	}
}
