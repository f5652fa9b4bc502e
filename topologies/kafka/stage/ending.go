package stage

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"weir/topologies/kafka/producer"
	"weir/topologies/kafka/session"

	"github.com/twmb/franz-go/pkg/kgo"
)

// ending ends the batches of one partition in their order: when all outputs of their items are acknowledged it writes what the
// batches have in common, and ends the items when that is acknowledged too. Batches that become ready meanwhile share the next tail.
// An item that failed fails everything behind it: a ledger that has a later offset would take it for a repeated one.
type ending[T any] struct {
	stage *Stage[T]
	tp    session.TP

	mu      sync.Mutex
	queue   []*Batch[T]
	sending bool
	broken  error // of the sender alone
}

func (e *ending[T]) add(batches []*Batch[T]) {
	e.mu.Lock()
	e.queue = append(e.queue, batches...)
	e.mu.Unlock()
	e.advance()
}

// advance sends the next tail if there is one to send. It does not block.
func (e *ending[T]) advance() {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	for n < len(e.queue) && e.queue[n].left.Load() == 0 {
		n++
	}
	if e.sending || n == 0 {
		return
	}
	batches := e.queue[:n:n]
	e.queue, e.sending = slices.Clone(e.queue[n:]), true // a slice of the same array would keep what was in the batches
	go e.send(batches)
}

// send writes the tail of batches whose items are settled.
func (e *ending[T]) send(batches []*Batch[T]) {
	var well, failed []*Item[T]
	var outs []*kgo.Record
	var late []any
	for _, b := range batches {
		for _, it := range b.Items {
			if p := it.err.Load(); p != nil && e.broken == nil {
				e.broken = *p
			}
			if e.broken != nil {
				failed = append(failed, it)
				continue
			}
			well = append(well, it)
			if it.Late != nil {
				late = append(late, it.Late)
			}
		}
		for i := range b.Out {
			if e.broken == nil {
				outs = append(outs, &b.Out[i])
			}
		}
	}
	for _, it := range failed {
		it.done(e.broken)
	}
	if len(late) > 0 && e.stage.cfg.Tail != nil {
		tail := e.stage.cfg.Tail(e.tp.Topic, e.tp.Part, late)
		for i := range tail {
			outs = append(outs, &tail[i])
		}
	}
	var left atomic.Int32
	var err atomic.Pointer[error]
	left.Store(int32(len(outs)) + 1)
	one := func(_ *kgo.Record, failure error) {
		if failure != nil {
			err.CompareAndSwap(nil, &failure)
		}
		if left.Add(-1) == 0 {
			e.sent(well, err.Load())
		}
	}
	if len(outs) > 0 {
		ctx := producer.Until(context.Background(), well[0].session)
		for _, r := range outs {
			e.stage.cfg.Out.Produce(ctx, r, one)
		}
	}
	one(nil, nil)
}

// sent ends the items of a tail.
func (e *ending[T]) sent(items []*Item[T], failure *error) {
	var err error
	if failure != nil {
		err, e.broken = *failure, *failure
	}
	for _, it := range items {
		it.done(err)
	}
	e.mu.Lock()
	e.sending = false
	e.mu.Unlock()
	e.advance()
}
