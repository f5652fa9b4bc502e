package parking

import (
	"container/heap"
	"context"
	"slices"
	"sync"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/project"
	"weir/codecs/raw"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafka/stage"
	"weir/topologies/rawrecord"

	"github.com/lovoo/goka"
	"github.com/twmb/franz-go/pkg/kgo"
)

// quick is the shortest wait of a record that has been released before: its key is known here and was not in the pipeline,
// so one of the two views is behind.
const quick = 250 * time.Millisecond

// lot holds the records of one run of the group.
type lot struct {
	cfg   Config
	out   producer.Sink
	share int // bytes that one partition may hold
	wake  chan struct{}
	stop  context.CancelFunc
	wg    sync.WaitGroup

	mu      sync.Mutex
	keys    map[dsn.PublicKey]map[*parked]struct{}
	due     byDue
	parts   map[int32]*queue
	runs    map[context.Context]struct{} // sessions that are watched
	changed map[string]struct{}          // keys whose row changed
}

// parked is one record that waits.
type parked struct {
	rec     *kgo.Record
	keys    []dsn.PublicKey // that have to be known: its own and that of its trace header
	size    int
	arrived time.Time
	due     time.Time
	expires time.Time // MaxAge
	session context.Context
	done    func(error)
	place   int // in lot.due; -1 when it has left
}

// queue is what waits in one partition, in order of arrival; records that have left are skipped.
type queue struct {
	bytes, live int
	fifo        []*parked
}

func newLot(cfg Config, out producer.Sink, share int) *lot {
	l := &lot{cfg: cfg, out: out, share: share, wake: make(chan struct{}, 1), keys: map[dsn.PublicKey]map[*parked]struct{}{}, parts: map[int32]*queue{},
		runs: map[context.Context]struct{}{}, changed: map[string]struct{}{}}
	ctx, cancel := context.WithCancel(context.Background())
	unwatch := cfg.Projects.OnChange(l.change)
	l.stop = func() { unwatch(); cancel() }
	l.wg.Go(func() { l.run(ctx) })
	return l
}

// close is called after the processor has ended, so nothing waits any more.
func (l *lot) close() {
	l.stop()
	l.wg.Wait()
}

// callback takes one record.
func (l *lot) callback(ctx goka.Context, msg any, done func(error)) {
	l.add(ctx.Context(), stage.Source(ctx, msg), done)
}

func (l *lot) add(session context.Context, rec *kgo.Record, done func(error)) {
	now := l.cfg.Clock()
	facts := rawrecord.Decode(rec)
	p := &parked{rec: rec, keys: keysOf(facts), size: len(rec.Key) + len(rec.Value) + 512, arrived: now, session: session, done: done,
		expires: facts.ReceivedAt.Add(l.cfg.MaxAge)}
	first := facts.ParkedAt.Add(l.cfg.First)
	known := facts.Err != nil || l.known(p.keys) // the pipeline ends what cannot be read
	switch {
	case !now.Before(p.expires):
		l.send(p, l.cfg.Names.Released, endTooOld)
		return
	case known && now.Sub(facts.ParkedAt) < time.Second:
		l.send(p, l.cfg.Names.Released, endReleased)
		return
	case known:
		p.due = now.Add(quick)
	case now.Before(first):
		p.due = first
	default:
		p.due = now.Add(l.cfg.Again)
	}
	if p.expires.Before(p.due) {
		p.due = p.expires
	}
	l.enter(p)
	if !known {
		for _, key := range p.keys {
			l.cfg.Projects.Request(key)
		}
		if l.known(p.keys) { // they may have become so before the record was entered
			l.change(string(p.keys[0]))
		}
	}
}

// keysOf are the keys that a record waits for (pipeline 1 step 3).
func keysOf(r *raw.Record) []dsn.PublicKey {
	if r.Sampling == "" || r.Sampling == r.Key {
		return []dsn.PublicKey{r.Key}
	}
	return []dsn.PublicKey{r.Key, r.Sampling}
}

// known reports whether the pipeline would not park a record with these keys now.
func (l *lot) known(keys []dsn.PublicKey) bool {
	if _, ok := l.cfg.Projects.Global(); !ok {
		return false
	}
	for _, key := range keys {
		if _, status := l.cfg.Projects.Lookup(key); status == project.Pending {
			return false
		}
	}
	return true
}

// enter puts a record in.
func (l *lot) enter(p *parked) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, key := range p.keys {
		if l.keys[key] == nil {
			l.keys[key] = map[*parked]struct{}{}
		}
		l.keys[key][p] = struct{}{}
	}
	heap.Push(&l.due, p)
	q := l.parts[p.rec.Partition]
	if q == nil {
		q = &queue{}
		l.parts[p.rec.Partition] = q
	}
	q.fifo = append(q.fifo, p)
	q.bytes += p.size
	q.live++
	l.cfg.Metrics.wait(1)
	if _, ok := l.runs[p.session]; !ok {
		l.runs[p.session] = struct{}{}
		context.AfterFunc(p.session, func() { l.leave(p.session) })
	}
	if l.due[0] == p {
		l.kick()
	}
}

// take removes a record; false when somebody else did before. mu is held.
func (l *lot) take(p *parked) bool {
	if p.place < 0 {
		return false
	}
	heap.Remove(&l.due, p.place)
	for _, key := range p.keys {
		delete(l.keys[key], p)
		if len(l.keys[key]) == 0 {
			delete(l.keys, key)
		}
	}
	q := l.parts[p.rec.Partition]
	q.bytes -= p.size
	if q.live--; q.live == 0 {
		delete(l.parts, p.rec.Partition)
	} else if len(q.fifo) > 64 && q.live < len(q.fifo)/2 {
		q.fifo = slices.DeleteFunc(q.fifo, func(p *parked) bool { return p.place < 0 })
	}
	l.cfg.Metrics.wait(-1)
	return true
}

// change notes that the row of a key changed; it does not block.
func (l *lot) change(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changed[key] = struct{}{}
	l.kick()
}

func (l *lot) kick() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// leave parks everything of a session that has ended again: the partition may belong to another process in a moment.
func (l *lot) leave(session context.Context) {
	l.mu.Lock()
	delete(l.runs, session)
	var out []*parked
	for _, p := range append(byDue(nil), l.due...) {
		if p.session == session && l.take(p) {
			out = append(out, p)
		}
	}
	l.mu.Unlock()
	for _, p := range out {
		l.send(p, l.cfg.Names.Parked, endParkedAgain)
	}
}

// send writes the record as it is and ends it when that is acknowledged.
func (l *lot) send(p *parked, topic string, e end) {
	rec := &kgo.Record{Topic: topic, Key: p.rec.Key, Value: p.rec.Value, Headers: p.rec.Headers}
	l.out.Produce(context.Background(), rec, func(_ *kgo.Record, err error) {
		if err == nil {
			l.cfg.Metrics.ended(e)
		}
		p.done(err)
	})
}
