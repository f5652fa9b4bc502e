package redis

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"sync"

	goredis "github.com/redis/go-redis/v9"

	"weir/processors/quota"
)

//go:embed check.lua
var checkScript string

var script = goredis.NewScript(checkScript)

// Store implements quota.Store on one Redis, Sentinel or Cluster.
type Store struct {
	client  goredis.UniversalClient
	slotted bool // a call may only have keys of one organization
	cfg     Config
	ctx     context.Context // ends with Close
	stop    context.CancelFunc
	jobs    sync.WaitGroup

	mu      sync.Mutex
	queue   []*call       // what arrived while round trips run
	flights int           // round trips that run
	down    bool          // the breaker is open
	back    chan struct{} // closed when the breaker that is open closes
	closed  bool

	complaints complaints
}

// ErrClosed is returned by Check after Close when the store would have to wait.
var ErrClosed = errors.New("quota store is closed")

// New returns a store on client, which the store closes with Close. The client should not repeat commands itself and should
// honour deadlines of contexts (see Open). No connection is made before the first check.
func New(client goredis.UniversalClient, cfg Config) *Store {
	ctx, stop := context.WithCancel(context.Background())
	_, slotted := client.(*goredis.ClusterClient)
	s := &Store{client: client, slotted: slotted, cfg: cfg.withDefaults(), ctx: ctx, stop: stop}
	s.cfg.Metrics.up(true)
	return s
}

// Check implements quota.Store. While the breaker is open every check is answered at once as unchecked, or waits with Config.Wait. The
// error is that of ctx, which ends only the waiting for a store that is away: then nothing of checks was counted for sure.
func (s *Store) Check(ctx context.Context, checks []quota.Check) ([]quota.Result, error) {
	c := &call{ctx: ctx, checks: checks, results: make([]quota.Result, len(checks)), done: make(chan error, 1)}
	s.mu.Lock()
	switch {
	case s.cfg.Wait && s.closed:
		s.mu.Unlock()
		return nil, ErrClosed
	case !s.cfg.Wait && (s.down || s.closed):
		s.mu.Unlock()
		c.unchecked()
		return c.results, nil
	}
	s.queue = append(s.queue, c)
	s.launch()
	s.mu.Unlock()
	var err error
	select {
	case err = <-c.done:
	case <-ctx.Done():
		if s.withdraw(c) {
			return nil, ctx.Err()
		}
		err = <-c.done // on its way: soon, and it would count for nothing
	}
	if err != nil {
		return nil, err
	}
	return c.results, nil
}

// Up reports whether the store answers, as far as is known.
func (s *Store) Up() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.down
}

// Ready returns nil as soon as the store answers, as far as is known, and an error when ctx ends before or the store is closed.
func (s *Store) Ready(ctx context.Context) error {
	for {
		s.mu.Lock()
		down, back := s.down, s.back
		s.mu.Unlock()
		if !down {
			return nil
		}
		select {
		case <-back:
		case <-ctx.Done():
			return fmt.Errorf("wait for the quota store: %w", ctx.Err())
		case <-s.ctx.Done():
			return ErrClosed
		}
	}
}

// Close ends background work, answers what waits as unchecked, or with an error if it would wait for more, and closes the client.
func (s *Store) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.stop()
	s.jobs.Wait()
	s.mu.Lock()
	left := s.queue
	s.queue = nil
	s.mu.Unlock()
	for _, c := range left {
		s.giveUp(c, ErrClosed)
	}
	return s.client.Close()
}
