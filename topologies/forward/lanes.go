package forward

import (
	"context"
	"sync"

	"weir/codecs/dsn"
	"weir/codecs/raw"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafka/stage"
	"weir/topologies/rawrecord"

	"github.com/lovoo/goka"
	"github.com/twmb/franz-go/pkg/kgo"
)

// lanes hold the records of one run of a group, a lane for each public key: no project waits for another one.
type lanes struct {
	cfg   Config
	out   producer.Sink
	known *troubles
	aside bool // of what was set aside: records enter their lane when they are due
	wg    sync.WaitGroup
	leave func()

	mu      sync.Mutex
	byKey   map[dsn.PublicKey]*lane
	parts   map[int32]*partition
	waiting map[dsn.PublicKey]map[*item]func() // each with how to stop what would release it
}

// lane is the queue of one public key. It is there while it has records.
type lane struct {
	queue   []*item
	workers int
}

// item is one record on its way.
type item struct {
	src     *kgo.Record
	rec     *raw.Record
	session context.Context
	done    func(error)
	failed  int // attempts that failed although the upstream answered others

	end  end // valid when over
	over bool
}

func newLanes(cfg Config, out producer.Sink, known *troubles, aside bool) *lanes {
	l := &lanes{cfg: cfg, out: out, known: known, aside: aside, leave: func() {}, byKey: map[dsn.PublicKey]*lane{}, parts: map[int32]*partition{}, waiting: map[dsn.PublicKey]map[*item]func(){}}
	if aside {
		l.leave = known.onPass(l.hurry)
	}
	return l
}

// close is called after the processor has ended: every record has an end by then.
func (l *lanes) close() {
	l.leave()
	l.wg.Wait()
}

// callback takes one record.
func (l *lanes) callback(ctx goka.Context, msg any, done func(error)) {
	src := stage.Source(ctx, msg)
	it := &item{src: src, rec: rawrecord.Decode(src), session: ctx.Context(), done: done}
	if it.rec.Aside != nil {
		it.failed = it.rec.Aside.Failed
	}
	l.cfg.Metrics.wait(1)
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.parts[src.Partition]
	if p == nil {
		p = &partition{lanes: l, topic: src.Topic, number: src.Partition}
		l.parts[src.Partition] = p
	}
	p.add(it)
	if !l.wait(it) {
		l.enter(it)
	}
}

// enter puts a record into its lane; mu is held.
func (l *lanes) enter(it *item) {
	ln := l.byKey[it.rec.Key]
	if ln == nil {
		ln = &lane{}
		l.byKey[it.rec.Key] = ln
	}
	ln.queue = append(ln.queue, it)
	if ln.workers < l.allowed(ln) {
		ln.workers++
		l.wg.Go(func() { l.work(it.rec.Key, ln) })
	}
}

// allowed is how many envelopes of a lane may be on the way.
func (l *lanes) allowed(ln *lane) int { return min(1+len(ln.queue)/l.cfg.Backlog, l.cfg.Window) }

// work sends the records of a lane in order until there are none, or fewer workers will do.
func (l *lanes) work(key dsn.PublicKey, ln *lane) {
	for {
		l.mu.Lock()
		if len(ln.queue) == 0 || ln.workers > l.allowed(ln) {
			if ln.workers--; ln.workers == 0 {
				delete(l.byKey, key)
			}
			l.mu.Unlock()
			return
		}
		it := ln.queue[0]
		ln.queue[0] = nil
		ln.queue = ln.queue[1:]
		p := l.parts[it.src.Partition]
		l.mu.Unlock()
		p.end(it, l.deliver(it))
		l.cfg.Metrics.wait(-1)
	}
}
