package producer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Refused is the verdict of a broker about one record that was alone in its batch: it will never take it.
type Refused struct {
	Topic string
	Err   error
}

// Error implements error.
func (e *Refused) Error() string { return fmt.Sprintf("topic %s refuses a record: %v", e.Topic, e.Err) }

// Unwrap returns the broker's error.
func (e *Refused) Unwrap() error { return e.Err }

type untilKey struct{}

// Until returns a context for Produce that says how long an Isolator may wait for a topic that is not there or may not be
// written: until session ends. The session's end does not cancel what is being written, that of parent does.
func Until(parent, session context.Context) context.Context {
	return context.WithValue(parent, untilKey{}, session)
}

// Isolator finds out which record a broker means: a client fails everything that it holds for a partition when one batch is
// refused. It writes such records again, in order and in ever smaller batches, while later records of the topic wait, and
// gives the one that is refused alone a *Refused. Where the topic is missing or forbidden it waits as long as Until allows,
// with only the records of that topic.
type Isolator struct {
	next   Sink
	report func(error)
	mu     sync.Mutex
	lanes  map[string]*lane
}

// lane is one topic. While it is slow, nothing but its own goroutine writes.
type lane struct {
	out     int // written, not ended
	slow    bool
	idle    chan struct{} // closed when out is 0 in a slow lane
	failed  []pending
	waiting []pending
}

type pending struct {
	ctx  context.Context
	r    *kgo.Record
	done func(*kgo.Record, error)
}

// Pauses and bounds of slow lanes.
const (
	isolatorPause    = 100 * time.Millisecond
	isolatorMaxPause = 5 * time.Second
	isolatorBatch    = 256
)

// NewIsolator puts an Isolator in front of next; report hears of topics that are waited for. Nothing else may write to the
// same topics through next.
func NewIsolator(next Sink, report func(error)) *Isolator {
	return &Isolator{next: next, report: report, lanes: map[string]*lane{}}
}

// Produce implements Sink.
func (i *Isolator) Produce(ctx context.Context, r *kgo.Record, done func(*kgo.Record, error)) {
	i.mu.Lock()
	l := i.lanes[r.Topic]
	if l == nil {
		l = &lane{}
		i.lanes[r.Topic] = l
	}
	p := pending{ctx, r, done}
	if l.slow {
		l.waiting = append(l.waiting, p)
		i.mu.Unlock()
		return
	}
	l.out++
	i.mu.Unlock()
	i.next.Produce(ctx, r, func(_ *kgo.Record, err error) { i.ended(l, p, err) })
}

func (i *Isolator) ended(l *lane, p pending, err error) {
	again := err != nil && (refusal(err) || unavailable(err) && p.waits())
	i.mu.Lock()
	l.out--
	if again {
		l.failed = append(l.failed, p)
		if !l.slow {
			l.slow, l.idle = true, make(chan struct{})
			go i.slowly(l)
		}
	}
	if l.slow && l.out == 0 {
		close(l.idle)
	}
	i.mu.Unlock()
	if !again {
		p.done(p.r, err)
	}
}

// slowly writes what failed and what came since, until nothing is left.
func (i *Isolator) slowly(l *lane) {
	<-l.idle
	var queue []pending
	size, pause := 1, isolatorPause
	for {
		i.mu.Lock()
		queue = append(append(queue, l.failed...), l.waiting...)
		l.failed, l.waiting = nil, nil
		if len(queue) == 0 {
			l.slow = false
			i.mu.Unlock()
			return
		}
		i.mu.Unlock()
		n := min(size, len(queue))
		rest, split, absent := i.try(queue[:n])
		queue = append(rest, queue[n:]...)
		if split {
			size = max(1, n/2)
		} else {
			size = min(2*size, isolatorBatch)
		}
		if absent == nil {
			pause = isolatorPause
			continue
		}
		if pause == isolatorPause {
			i.report(fmt.Errorf("topic %s cannot be written, its records wait: %w", queue[0].r.Topic, absent))
		}
		select {
		case <-time.After(pause):
		case <-queue[0].session().Done():
		}
		pause = min(2*pause, isolatorMaxPause)
		kept := queue[:0]
		for _, p := range queue {
			if s := p.session(); s != nil && s.Err() != nil {
				p.done(p.r, absent)
			} else {
				kept = append(kept, p)
			}
		}
		queue = kept
	}
}

// try writes records and waits. It returns those that have not ended: split says that one of them was refused, absent why the
// topic cannot be written; the first of rest waits for it then.
func (i *Isolator) try(chunk []pending) (rest []pending, split bool, absent error) {
	errs := make([]error, len(chunk))
	var wg sync.WaitGroup
	wg.Add(len(chunk))
	for k, p := range chunk {
		i.next.Produce(p.ctx, p.r, func(_ *kgo.Record, err error) { errs[k] = err; wg.Done() })
	}
	wg.Wait()
	for k, p := range chunk {
		err := errs[k]
		switch {
		case err != nil && refusal(err) && len(chunk) == 1:
			p.done(p.r, &Refused{p.r.Topic, err})
		case err != nil && refusal(err):
			rest, split = append(rest, p), true
		case err != nil && unavailable(err) && p.waits():
			rest, absent = append(rest, p), err
		default:
			p.done(p.r, err)
		}
	}
	if split {
		absent = nil // first find out which
	}
	return rest, split, absent
}

func (p *pending) session() context.Context {
	s, _ := p.ctx.Value(untilKey{}).(context.Context)
	return s
}

func (p *pending) waits() bool { s := p.session(); return s != nil && s.Err() == nil }

// refusal says that at least one record of a batch will never be taken.
func refusal(err error) bool {
	return errors.Is(err, kerr.MessageTooLarge) || errors.Is(err, kerr.RecordListTooLarge) ||
		errors.Is(err, kerr.InvalidRecord) || errors.Is(err, kerr.InvalidTimestamp)
}

// unavailable says that somebody has to do something about the topic. A topic that was made anew (UNKNOWN_TOPIC_ID) is not
// among these: it needs a new client.
func unavailable(err error) bool {
	return errors.Is(err, kerr.TopicAuthorizationFailed) || errors.Is(err, kerr.ClusterAuthorizationFailed) || errors.Is(err, kerr.UnknownTopicOrPartition)
}
