package session

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kgo"
)

// TP names one partition.
type TP struct {
	Topic string
	Part  int32
}

// Hooks connect a session to its owner. They may be called from many goroutines.
type Hooks struct {
	Mark   func(tp TP, m Mark)           // the watermark of tp moved
	Done   func()                        // one record was finished
	Failed func()                        // the session ended by itself; see Stop for the reason
	Report func(error)                   // something worth logging
	Room   chan<- struct{}               // kicked when queues shrink (buffered, never closed)
	Member func() (id string, gen int32) // for log lines only
	Clock  func() time.Time              // for Mark.Since; nil: it stays 0
}

// Session implements sarama.ConsumerGroupSession for one set of claims.
type Session struct {
	hooks  Hooks
	ctx    context.Context
	cancel context.CancelFunc
	claims map[string][]int32
	parts  map[TP]*Claim
	ended  chan struct{}
	err    error // valid after ended
}

// New prepares a session; records can be pushed to its claims before Run.
func New(ctx context.Context, claims map[string][]int32, hooks Hooks) *Session {
	s := &Session{hooks: hooks, claims: claims, parts: map[TP]*Claim{}, ended: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancel(context.WithValue(ctx, key{}, s))
	for t, ps := range claims {
		for _, p := range ps {
			s.parts[TP{t, p}] = newClaim(t, p, hooks.Room, hooks.Clock)
		}
	}
	return s
}

// Run is the session's life. Its Cleanup waits for everything in flight (goka gives up after 60 s).
func (s *Session) Run(h sarama.ConsumerGroupHandler) {
	defer close(s.ended)
	err := h.Setup(s)
	if s.ctx.Err() != nil {
		err = nil // interrupted by the next rebalance or by shutdown
	} else if err == nil {
		var wg sync.WaitGroup
		for _, c := range s.parts {
			wg.Go(func() { c.pump(s.ctx) })
			wg.Go(func() {
				if err := h.ConsumeClaim(s, c); err != nil {
					s.hooks.Report(err)
				}
				if s.ctx.Err() == nil { // the partition processor died
					s.cancel()
					s.hooks.Failed()
				}
			})
		}
		wg.Wait()
	}
	if s.err = errors.Join(err, h.Cleanup(s)); s.err != nil {
		s.cancel()
		s.hooks.Failed()
	}
}

// Stop ends the session, waits for Run and returns why it failed, if it did.
func (s *Session) Stop() error {
	s.cancel()
	<-s.ended
	return s.err
}

// Ended is closed after Cleanup, when nothing is in flight any more.
func (s *Session) Ended() <-chan struct{} { return s.ended }

type key struct{}

// Record returns the unfinished record of a message that a callback was given, found through the callback's
// context. It alone has the headers. nil when ctx belongs to no session.
func Record(ctx context.Context, topic string, part int32, off int64) *kgo.Record {
	s, _ := ctx.Value(key{}).(*Session)
	if c := s.Claim(topic, part); c != nil {
		return c.Record(off)
	}
	return nil
}

// Claim returns the queue of a partition, nil when the session (which may be nil) does not own it.
func (s *Session) Claim(t string, p int32) *Claim {
	if s == nil {
		return nil
	}
	return s.parts[TP{t, p}]
}

// Parts returns all queues.
func (s *Session) Parts() map[TP]*Claim { return s.parts }

// Claims and the remaining methods are sarama.ConsumerGroupSession.
func (s *Session) Claims() map[string][]int32               { return s.claims }
func (s *Session) Context() context.Context                 { return s.ctx }
func (s *Session) Commit()                                  {}
func (s *Session) ResetOffset(string, int32, int64, string) {}
func (s *Session) MemberID() string                         { id, _ := s.hooks.Member(); return id }
func (s *Session) GenerationID() int32                      { _, gen := s.hooks.Member(); return gen }
func (s *Session) MarkMessage(m *sarama.ConsumerMessage, meta string) {
	s.MarkOffset(m.Topic, m.Partition, m.Offset+1, meta)
}

// MarkOffset is what goka calls with offset+1 when a message is finished, in any order.
func (s *Session) MarkOffset(t string, p int32, next int64, _ string) {
	c := s.Claim(t, p)
	if c == nil {
		return
	}
	m, moved := c.finish(next - 1)
	select {
	case <-s.ended: // too late: the partition may belong to somebody else by now
	default:
		if moved {
			s.hooks.Mark(TP{t, p}, m)
		}
		s.hooks.Done()
	}
}
