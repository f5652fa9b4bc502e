package parking

import (
	"cmp"
	"container/heap"
	"context"
	"slices"
	"time"

	"weir/codecs/dsn"
)

// pressureTick is how often the bytes that wait are looked at.
const pressureTick = 250 * time.Millisecond

// run releases what becomes known and parks what has waited long enough, until ctx ends.
func (l *lot) run(ctx context.Context) {
	tick := time.NewTicker(pressureTick)
	defer tick.Stop()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.wake:
		case <-timer.C:
		case <-tick.C:
			l.relieve()
		}
		l.releaseChanged()
		if next, ok := l.sendDue(); ok {
			timer.Reset(next)
		}
	}
}

// releaseChanged releases the records of keys that have become known.
func (l *lot) releaseChanged() {
	l.mu.Lock()
	var keys []dsn.PublicKey
	for key := range l.changed {
		if k := dsn.PublicKey(key); l.keys[k] != nil {
			keys = append(keys, k)
		} else if len(key) != 32 { // the global config: all may go now
			for k := range l.keys {
				keys = append(keys, k)
			}
		}
	}
	clear(l.changed)
	l.mu.Unlock()
	for _, key := range keys {
		if !l.known([]dsn.PublicKey{key}) {
			continue
		}
		l.mu.Lock()
		var out []*parked
		for p := range l.keys[key] {
			if len(p.keys) == 1 || l.known(p.keys) {
				out = append(out, p)
			}
		}
		for _, p := range out {
			l.take(p)
		}
		l.mu.Unlock()
		inOrder(out)
		for _, p := range out {
			l.send(p, l.cfg.Names.Released, endReleased)
		}
	}
}

// sendDue ends the waits that are over and returns the time until the next one.
func (l *lot) sendDue() (next time.Duration, ok bool) {
	now := l.cfg.Clock()
	l.mu.Lock()
	var out []*parked
	for len(l.due) > 0 && !now.Before(l.due[0].due) {
		p := l.due[0]
		l.take(p)
		out = append(out, p)
	}
	if len(l.due) > 0 {
		next, ok = max(l.due[0].due.Sub(now), time.Millisecond), true
	}
	l.mu.Unlock()
	for _, p := range out {
		switch {
		case !now.Before(p.expires):
			l.send(p, l.cfg.Names.Released, endTooOld)
		case l.known(p.keys):
			l.send(p, l.cfg.Names.Released, endReleased)
		default:
			l.send(p, l.cfg.Names.Parked, endParkedAgain)
		}
	}
	return next, ok
}

// relieve parks the oldest records of partitions that hold so much that reading stops soon: what waits behind them may be
// known.
func (l *lot) relieve() {
	now := l.cfg.Clock()
	l.mu.Lock()
	var out []*parked
	for _, q := range l.parts {
		if q.bytes < l.share*3/4 {
			continue
		}
		for _, p := range slices.Clone(q.fifo) {
			if q.bytes < l.share/2 || now.Sub(p.arrived) < l.cfg.First {
				break
			}
			if l.take(p) {
				out = append(out, p)
			}
		}
	}
	l.mu.Unlock()
	for _, p := range out {
		l.send(p, l.cfg.Names.Parked, endParkedAgain)
	}
}

// inOrder sorts by partition and offset.
func inOrder(ps []*parked) {
	slices.SortFunc(ps, func(a, b *parked) int {
		return cmp.Or(cmp.Compare(a.rec.Partition, b.rec.Partition), cmp.Compare(a.rec.Offset, b.rec.Offset))
	})
}

// byDue is a heap by due time.
type byDue []*parked

func (h byDue) Len() int           { return len(h) }
func (h byDue) Less(i, j int) bool { return h[i].due.Before(h[j].due) }
func (h byDue) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

// Push and Pop implement heap.Interface.
func (h *byDue) Push(x any) {
	p := x.(*parked)
	p.place = len(*h)
	*h = append(*h, p)
}

func (h *byDue) Pop() any {
	old := *h
	p := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	p.place = -1
	return p
}

var _ heap.Interface = (*byDue)(nil)
