package group

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"weir/topologies/kafka/session"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kgo"
)

// run is one Consume call. cur is nil while no partition is owned.
type run struct {
	g    *group
	h    sarama.ConsumerGroupHandler
	ctx  context.Context
	stop context.CancelFunc
	room chan struct{} // kicked when a queue ran empty or fell below its limit

	notes notes
	began positions // where partitions were taken that had been left clean; for the callbacks of the group alone

	mu  sync.Mutex
	cur *session.Session
	err error
}

// fail ends Consume with err.
func (r *run) fail(err error) {
	r.mu.Lock()
	r.err = errors.Join(r.err, err)
	r.mu.Unlock()
	r.stop()
}

func (r *run) current() *session.Session {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.cur
}

// assigned gets the added partitions (cooperative) or all of them (eager).
func (r *run) assigned(_ context.Context, cl *kgo.Client, added map[string][]int32) {
	if len(added) > 0 {
		for topic, parts := range added {
			for _, part := range parts {
				delete(r.began[topic], part)
			}
		}
		if r.g.cfg.Taken != nil && r.ctx.Err() == nil {
			taken := r.g.taken(r.ctx, cl, added)
			if err := r.begin(cl, taken); err != nil { // then a kill before the next commit leaves repeats without names
				r.g.report(err)
			}
			r.g.cfg.Taken(taken)
		}
		r.replace(cl, added, nil)
	}
}

// mark notes a position for the next commit.
func (r *run) mark(cl *kgo.Client, tp session.TP, m session.Mark) {
	if r.g.cfg.Clock != nil {
		r.notes.marked(tp, m)
	}
	cl.MarkCommitOffsets(map[string]map[int32]kgo.EpochOffset{tp.Topic: {tp.Part: m.EpochOffset}})
}

func (r *run) revoked(_ context.Context, cl *kgo.Client, gone map[string][]int32) {
	if len(gone) > 0 {
		r.replace(cl, nil, gone)
	}
}

func (r *run) lost(_ context.Context, cl *kgo.Client, gone map[string][]int32) {
	r.replace(cl, nil, gone)
}

// replace ends the running session, commits its watermark and starts a new session with the changed
// claims. goka can only start and stop all partitions together, so kept partitions restart too;
// their unfinished records move to the new session and are not fetched or processed twice.
func (r *run) replace(cl *kgo.Client, added, gone map[string][]int32) {
	claims := maps.Clone(added)
	if claims == nil {
		claims = map[string][]int32{}
	}
	carry := map[session.TP][]*kgo.Record{}
	if old := r.current(); old != nil {
		err := old.Stop()
		torn, kept := map[session.TP]bool{}, []Taken(nil)
		for k, c := range old.Parts() {
			left, isTorn := r.torn(k, c)
			torn[k] = isTorn
			if c.SetPaused(false) {
				cl.ResumeFetchPartitions(map[string][]int32{k.Topic: {k.Part}})
			}
			if !slices.Contains(gone[k.Topic], k.Part) && !slices.Contains(claims[k.Topic], k.Part) {
				claims[k.Topic] = append(slices.Clone(claims[k.Topic]), k.Part)
				carry[k] = c.Unfinished()
				if isTorn {
					kept = append(kept, left)
				}
			}
		}
		if len(kept) > 0 && r.g.cfg.Taken != nil {
			r.g.cfg.Taken(kept)
		}
		r.mu.Lock()
		r.cur, r.err = nil, errors.Join(r.err, err)
		r.mu.Unlock()
		if len(gone) > 0 { // a failed commit only means more duplicates
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			commit := cl.CommitMarkedOffsets
			if r.g.cfg.Clock != nil {
				commit = func(ctx context.Context) error { return r.commitLeft(ctx, cl, gone, torn) }
			}
			if err := commit(ctx); err != nil {
				r.g.report(err)
			}
			cancel()
		}
	}
	if len(gone) > 0 && r.g.cfg.Given != nil {
		r.g.cfg.Given(gone)
	}
	if len(claims) == 0 || r.ctx.Err() != nil {
		return
	}
	s := session.New(r.ctx, claims, session.Hooks{
		Mark: func(k session.TP, m session.Mark) { r.mark(cl, k, m) },
		Done: func() {}, Failed: r.stop, Report: r.g.report, Room: r.room, Member: cl.GroupMetadata, Clock: r.g.cfg.Clock,
	})
	for k, recs := range carry {
		s.Claim(k.Topic, k.Part).Push(recs, 0)
	}
	r.mu.Lock()
	r.cur = s
	r.mu.Unlock()
	go s.Run(r.h) // Setup may replay tables for long; the group keeps heart-beating meanwhile
}

// throttle bounds memory before the next poll. While every partition has work it just waits, which
// keeps the fetched data; a full partition is paused (which discards its fetched data) only when
// another one would starve. It returns the context for the poll, which ends soon when there are
// paused partitions to look after.
func (r *run) throttle(cl *kgo.Client) (context.Context, context.CancelFunc) {
	for r.ctx.Err() == nil {
		s := r.current()
		if s == nil {
			break
		}
		if r.g.cfg.Ready != nil && r.g.cfg.Ready(s.Context()) != nil {
			return context.WithTimeout(r.ctx, 20*time.Millisecond) // the poll waits for the end of the rebalance
		}
		limit := max(r.g.cfg.MaxBytes/len(s.Parts()), 1<<20)
		full, starving, anyPaused := map[string][]int32{}, false, false
		for k, c := range s.Parts() {
			bytes, idle, paused := c.Load()
			switch {
			case paused && bytes < limit/2:
				c.SetPaused(false)
				cl.ResumeFetchPartitions(map[string][]int32{k.Topic: {k.Part}})
			case paused:
				anyPaused = true
			case bytes >= limit:
				full[k.Topic] = append(full[k.Topic], k.Part)
			case idle:
				starving = true
			}
		}
		if len(full) > 0 && !starving {
			select {
			case <-r.room:
			case <-s.Context().Done():
			}
			continue
		}
		for t, ps := range full {
			for _, p := range ps {
				s.Claim(t, p).SetPaused(true)
			}
			anyPaused = true
		}
		if !anyPaused {
			break
		}
		if len(full) > 0 {
			cl.PauseFetchPartitions(full)
		}
		return context.WithTimeout(r.ctx, 20*time.Millisecond)
	}
	return r.ctx, func() {}
}
