package forward

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/ledger"
	"weir/codecs/raw"
	"weir/topologies/rawrecord"

	"github.com/twmb/franz-go/pkg/kgo"
)

// setAside ends a record that failed: it waits on the topic of its own for its next attempt, so that it holds neither the commits of its
// partition nor the envelopes behind it; or it is too old for that.
func (l *lanes) setAside(it *item, err error) end {
	if it.rec.Aside != nil && it.failed == it.rec.Aside.Failed { // the upstream was away for all: that was no attempt
		return l.move(it, l.cfg.Clock().Add(l.cfg.Times.First))
	}
	if it.failed >= MaxAttempts && l.cfg.Clock().Sub(it.rec.ReceivedAt) >= l.cfg.MaxAge {
		return dead(it, ReasonUndeliverable, fmt.Sprintf("%d attempts: %v", it.failed, err))
	}
	if l.known.failed(it.rec.Key, it.rec.Aside != nil && it.rec.Aside.Failed >= MinAttempts) {
		l.cfg.Log.Warn("the upstream does not answer for the envelopes of a key, although it lives; they are set aside until it does", "key", it.rec.Key, "error", err)
	}
	return l.move(it, l.cfg.Clock().Add(l.cfg.Times.pause(it.failed)))
}

// closed ends a record whose key is closed: it waits on, unless it is too old and its key has failed for as often as it would have been tried
// itself. Many envelopes of a key that is gone share its attempts: each for itself would never have had enough of them.
func (l *lanes) closed(it *item, until time.Time) end {
	if l.aside && l.cfg.Clock().Sub(it.rec.ReceivedAt) >= l.cfg.MaxAge && l.cfg.Sender.Signs().Answers && l.known.hopeless(it.rec.Key) {
		return dead(it, ReasonUndeliverable, fmt.Sprintf("%d attempts, and at least %d for others of its key", it.failed, MaxAttempts))
	}
	return l.move(it, until)
}

// move puts a record aside until a time.
func (l *lanes) move(it *item, due time.Time) end {
	l.cfg.Metrics.setAside()
	return end{effect: ledger.Effect{Parked: true}, aside: &raw.Aside{Failed: it.failed, Due: due}}
}

// asideRecord is the record that was set aside.
func (l *lanes) asideRecord(it *item) kgo.Record {
	rec := *it.rec
	rec.Aside = it.end.aside
	return rawrecord.Encode(l.cfg.Names.ForwardAside, &rec)
}

// wait keeps a record out of its lane until it is due, somebody says that its key is fine again, or its session ends; false when it need
// not wait. mu is held.
func (l *lanes) wait(it *item) bool {
	if !l.aside || it.rec.Err != nil || it.rec.Aside == nil {
		return false
	}
	pause := it.rec.Aside.Due.Sub(l.cfg.Clock())
	if pause <= 0 || it.untried() && !l.known.troubled(it.rec.Key) {
		return false
	}
	release := func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.release(it)
	}
	if l.waiting[it.rec.Key] == nil {
		l.waiting[it.rec.Key] = map[*item]func(){}
	}
	timer, left := time.AfterFunc(min(pause, l.cfg.Times.Longest), release), context.AfterFunc(it.session, release)
	l.waiting[it.rec.Key][it] = func() { timer.Stop(); left() }
	return true
}

// release lets a record that waits into its lane, once; mu is held.
func (l *lanes) release(it *item) {
	waiting := l.waiting[it.rec.Key]
	stop, ok := waiting[it]
	if !ok {
		return
	}
	stop()
	if delete(waiting, it); len(waiting) == 0 {
		delete(l.waiting, it.rec.Key)
	}
	l.enter(it)
}

// hurry releases what waits because of others of its key: one has passed.
func (l *lanes) hurry(key dsn.PublicKey) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []*item
	for it := range l.waiting[key] {
		if it.untried() {
			list = append(list, it)
		}
	}
	slices.SortFunc(list, func(a, b *item) int { return cmp.Compare(a.src.Offset, b.src.Offset) }) // a key has one partition
	for _, it := range list {
		l.release(it)
	}
}

// untried says that a record waits because of others, not because it has failed itself.
func (it *item) untried() bool { return it.failed < MinAttempts }
