package view

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"weir/topologies/kafka/client"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Config describes a view.
type Config[T any] struct {
	Topic string
	// Decode makes a value of a record; ok=false ignores the record (after Report, if there is something to say).
	// It is called once per record, from one goroutine.
	Decode func(key, value []byte) (v T, ok bool)
	// Report is told about fetch errors; nil: nobody.
	Report func(error)
}

// View is the copy. All methods are safe for concurrent use; nil values are deletions and never stored.
type View[T any] struct {
	cfg     Config[T]
	cluster client.Config
	ready   chan struct{}

	mu       sync.RWMutex
	m        map[string]T
	watchers map[string][]*watch[T]
	all      []*watch[T]
}

// New returns a view; Run fills it.
func New[T any](cluster client.Config, cfg Config[T]) *View[T] {
	if cfg.Report == nil {
		cfg.Report = func(error) {}
	}
	return &View[T]{cfg: cfg, cluster: cluster, ready: make(chan struct{}), m: map[string]T{}, watchers: map[string][]*watch[T]{}}
}

// Get returns the value of key. A missing key may mean "not yet arrived": park such messages, do not drop them.
func (v *View[T]) Get(key string) (T, bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	x, ok := v.m[key]
	return x, ok
}

// Len returns the number of keys.
func (v *View[T]) Len() int {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return len(v.m)
}

// Range calls f for every key until it returns false, in no order. f may call Get but not Set.
func (v *View[T]) Range(f func(key string, value T) bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	for k, x := range v.m {
		if !f(k, x) {
			return
		}
	}
}

// Ready is closed when everything that was in the topic when Run started has been read.
func (v *View[T]) Ready() <-chan struct{} { return v.ready }

// WaitReady waits for Ready or the end of ctx.
func (v *View[T]) WaitReady(ctx context.Context) error {
	select {
	case <-v.ready:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("view %s: not ready: %w", v.cfg.Topic, ctx.Err())
	}
}

// Run keeps the view up to date until ctx ends. Start it before and stop it after every reader.
func (v *View[T]) Run(ctx context.Context) error {
	left, err := v.ends(ctx)
	if err != nil {
		return err
	}
	cl, err := v.cluster.New(kgo.ConsumeTopics(v.cfg.Topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.KeepControlRecords(), kgo.FetchMaxWait(500*time.Millisecond), kgo.FetchMaxBytes(4<<20))
	if err != nil {
		return fmt.Errorf("view %s: %w", v.cfg.Topic, err)
	}
	defer cl.Close()
	seen := map[int32]int64{}
	var faults client.Faults
	for {
		if left != nil && len(left) == 0 {
			close(v.ready)
			left = nil
		}
		fetches := poll(ctx, cl, left != nil)
		if ctx.Err() != nil {
			return nil
		}
		if fetches.NumRecords() == 0 {
			if err := v.dropEnded(ctx, cl, left, seen); err != nil {
				fetches = append(fetches, kgo.NewErrFetch(err)...)
			}
		}
		faults.Handle(ctx, fetches, func(err error) { v.cfg.Report(fmt.Errorf("view: %w", err)) })
		fetches.EachRecord(func(r *kgo.Record) {
			if !r.Attrs.IsControl() {
				v.apply(r)
			}
			if end, ok := left[r.Partition]; ok {
				seen[r.Partition] = r.Offset
				if r.Offset+1 >= end {
					delete(left, r.Partition)
				}
			}
		})
	}
}

// idle is how long a view that is not ready waits for records before it looks whether there are any.
const idle = time.Second

func poll(ctx context.Context, cl *kgo.Client, bounded bool) kgo.Fetches {
	if bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, idle)
		defer cancel()
	}
	return cl.PollFetches(ctx)
}

// dropEnded takes partitions out of left that hold nothing more up to the awaited end.
func (v *View[T]) dropEnded(ctx context.Context, cl *kgo.Client, left, seen map[int32]int64) error {
	for part, end := range left {
		after, ok := seen[part]
		if !ok {
			after = -1
		}
		ended, err := client.Ended(ctx, cl, v.cfg.Topic, part, after, end)
		if err != nil {
			return err
		}
		if ended {
			delete(left, part)
		}
	}
	return nil
}

// ends returns the end offset of every partition that has records, retrying until ctx ends.
func (v *View[T]) ends(ctx context.Context) (map[int32]int64, error) {
	adm, done, err := v.cluster.Admin()
	if err != nil {
		return nil, fmt.Errorf("view %s: %w", v.cfg.Topic, err)
	}
	defer done()
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		left, err := startAndEnd(ctx, adm, v.cfg.Topic)
		if err == nil {
			return left, nil
		}
		v.cfg.Report(fmt.Errorf("view %s: %w", v.cfg.Topic, err))
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, fmt.Errorf("view %s: %w", v.cfg.Topic, err)
		}
	}
}

func startAndEnd(ctx context.Context, adm *kadm.Client, topic string) (map[int32]int64, error) {
	starts, err := adm.ListStartOffsets(ctx, topic)
	if err == nil {
		err = starts.Error()
	}
	if err != nil {
		return nil, err
	}
	ends, err := adm.ListEndOffsets(ctx, topic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return nil, err
	}
	left := map[int32]int64{}
	ends.Each(func(o kadm.ListedOffset) {
		if s, ok := starts.Lookup(topic, o.Partition); ok && s.Offset < o.Offset {
			left[o.Partition] = o.Offset
		}
	})
	if len(ends[topic]) == 0 {
		return nil, errors.New("topic has no partitions")
	}
	return left, nil
}

// apply stores one record and tells the watchers.
func (v *View[T]) apply(r *kgo.Record) {
	key := string(r.Key)
	if r.Value == nil {
		v.Delete(key)
		return
	}
	if x, ok := v.cfg.Decode(r.Key, r.Value); ok {
		v.Set(key, x)
	}
}

// Set stores a value at once, before its record has come back through the topic: for writers in the same process.
func (v *View[T]) Set(key string, x T) {
	v.mu.Lock()
	v.m[key] = x
	told := v.toldLocked(key)
	v.mu.Unlock()
	for _, w := range told {
		w.f(key, x, true)
	}
}

// Delete removes a value at once.
func (v *View[T]) Delete(key string) {
	v.mu.Lock()
	delete(v.m, key)
	told := v.toldLocked(key)
	v.mu.Unlock()
	var zero T
	for _, w := range told {
		w.f(key, zero, false)
	}
}
