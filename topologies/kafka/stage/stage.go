package stage

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"weir/topologies/kafka/producer"
	"weir/topologies/kafka/session"

	"github.com/lovoo/goka"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Config describes a Stage.
type Config[T any] struct {
	// Decode makes a message of a source record. It is total: what cannot be read becomes a T that says so. nil
	// leaves Msg zero.
	Decode func(*kgo.Record) T
	// Batch handles up to MaxBatch messages of one source partition, in order, with as few round trips as
	// it can. A returned error is taken as transient: the same items are given again after a pause,
	// so Batch must be repeatable. Messages that can never succeed get a dead-letter output instead. ctx ends
	// Drain after the session has ended. Batches of different partitions run concurrently.
	Batch func(ctx context.Context, b *Batch[T]) error
	// Out takes the outputs: the sink that a kafka.Group hands out.
	Out producer.Sink
	// MaxBatch defaults to 256. Batches form by themselves: whatever arrived during the last Batch
	// is the next one, so an idle stage adds no latency and needs no timer.
	MaxBatch int
	// Drain is how long transient errors are still retried after the session ended; default 20 s.
	// It must stay below goka's 60 s and below the rebalance timeout.
	Drain time.Duration
	// Report is told about every failed attempt; nil: nobody.
	Report func(error)
	// Refused makes other outputs for an item when the broker will never take one of its outputs (producer.Refused): a dead
	// letter. It may replace Late. attempt counts from 1; what it returns may be refused too. No outputs, or nil: the item
	// fails with err. It runs concurrently with Batch and must be total.
	Refused func(it *Item[T], attempt int, err error) []Output
	// Written is told when all outputs of an item are acknowledged; it must not block. nil: nobody.
	Written func(it *Item[T])
	// Tail makes the outputs that items of a partition have in common of what they left in Late, in their order. It is called
	// when the items' own outputs are acknowledged, without the items that failed and those behind them. One Tail of a
	// partition is acknowledged before the next is made. nil: there are none. It must be total.
	Tail func(topic string, partition int32, late []any) []Output
	// Gather is how long a batch waits at most for others to share its Tail. The outputs of items do not wait, only the ends of
	// the items do, and so the commit of their offsets. Tails of all partitions are made at the same time, so that they are written
	// in one request. 0: every batch has a Tail of its own.
	Gather time.Duration
}

// ErrLeft is what Batch returns when its session has ended and it leaves the items to the partition's next owner.
var ErrLeft = errors.New("the batch is left to the partition's next owner")

// maxGathered bounds how many items wait for their Tail.
const maxGathered = 4096

// Stage runs one worker per source partition.
type Stage[T any] struct {
	cfg     Config[T]
	beat    beat
	mu      sync.Mutex
	workers map[session.TP]chan *Item[T]
	wg      sync.WaitGroup
}

// New returns a stage. Close it after the processor's Run has returned.
func New[T any](cfg Config[T]) *Stage[T] {
	if cfg.MaxBatch == 0 {
		cfg.MaxBatch = 256
	}
	if cfg.Drain == 0 {
		cfg.Drain = 20 * time.Second
	}
	if cfg.Report == nil {
		cfg.Report = func(error) {}
	}
	return &Stage[T]{cfg: cfg, beat: beat{every: cfg.Gather}, workers: map[session.TP]chan *Item[T]{}}
}

// Input is the goka edge of one input topic of this stage.
func (s *Stage[T]) Input(topic string) goka.Edge {
	return goka.Input(goka.Stream(topic), Bytes{}, s.Callback())
}

// Callback is the goka callback of an input with the codec Bytes.
func (s *Stage[T]) Callback() goka.ProcessCallback {
	return Safe(func(ctx goka.Context, msg any, done func(error)) {
		r := Source(ctx, msg)
		it := &Item[T]{Record: r, session: ctx.Context(), done: done}
		if s.cfg.Decode != nil {
			it.Msg = s.cfg.Decode(r)
		}
		// Blocks when the worker is two batches behind: that is the backpressure.
		s.worker(session.TP{Topic: r.Topic, Part: r.Partition}) <- it
	})
}

func (s *Stage[T]) worker(tp session.TP) chan<- *Item[T] {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := s.workers[tp]
	if ch == nil {
		ch = make(chan *Item[T], 2*s.cfg.MaxBatch)
		s.workers[tp] = ch
		s.wg.Go(func() { s.run(tp, ch) })
	}
	return ch
}

// Close waits for all workers.
func (s *Stage[T]) Close() {
	s.mu.Lock()
	for _, ch := range s.workers {
		close(ch)
	}
	s.workers = map[session.TP]chan *Item[T]{}
	s.mu.Unlock()
	s.wg.Wait()
}

func (s *Stage[T]) run(tp session.TP, in <-chan *Item[T]) {
	var held gathered[T]
	end := &ending[T]{stage: s, tp: tp}
	for {
		first, ok := s.next(in, &held, end)
		if !ok {
			return
		}
		b := &Batch[T]{Topic: tp.Topic, Partition: tp.Part, Items: []*Item[T]{first}, end: end}
	fill:
		for len(b.Items) < s.cfg.MaxBatch {
			select {
			case it, ok := <-in:
				if !ok {
					break fill
				}
				b.Items = append(b.Items, it)
			default:
				break fill
			}
		}
		if err := s.attempt(b); err != nil {
			for _, it := range b.Items {
				it.err.Store(&err)
			}
			held.add(b, &s.beat)
			s.release(&held, end)
			continue
		}
		b.emit(s.cfg.Out) // the next batch starts while these are being acknowledged
		held.add(b, &s.beat)
		if s.cfg.Gather == 0 || held.items >= maxGathered {
			s.release(&held, end)
		}
	}
}

// next waits for an item. Meanwhile it releases what is held when its time has come, when its session ends, and when there are no
// more items (ok is false then).
func (s *Stage[T]) next(in <-chan *Item[T], held *gathered[T], end *ending[T]) (it *Item[T], ok bool) {
	for len(held.batches) > 0 {
		select {
		case it, ok := <-in:
			if !ok {
				s.release(held, end)
			}
			return it, ok
		case <-held.due:
		case <-held.batches[0].Items[0].session.Done():
		}
		s.release(held, end)
	}
	it, ok = <-in
	return it, ok
}

// release lets the held batches end.
func (s *Stage[T]) release(held *gathered[T], end *ending[T]) {
	if len(held.batches) == 0 {
		return
	}
	end.add(held.batches)
	*held = gathered[T]{}
}

// attempt retries Batch until it succeeds or Drain has passed since the session ended.
func (s *Stage[T]) attempt(b *Batch[T]) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stop := context.AfterFunc(b.Items[0].session, func() {
		t := time.AfterFunc(s.cfg.Drain, cancel)
		context.AfterFunc(ctx, func() { t.Stop() })
	})
	defer stop()
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		b.Out = b.Out[:0]
		for _, it := range b.Items {
			it.Out, it.Late = it.Out[:0], nil
		}
		err := s.call(ctx, b)
		if err == nil || errors.Is(err, ErrLeft) {
			return err
		}
		s.cfg.Report(fmt.Errorf("stage: %s/%d: %w", b.Topic, b.Partition, err))
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return err
		}
	}
}

// call turns a panic of Batch into an error: a bug stops one partition, visibly, and not the process.
func (s *Stage[T]) call(ctx context.Context, b *Batch[T]) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return s.cfg.Batch(ctx, b)
}
