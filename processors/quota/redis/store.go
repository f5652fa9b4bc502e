package redis

import (
	"context"
	_ "embed"
	"sync"

	goredis "github.com/redis/go-redis/v9"

	"weir/processors/quota"
)

//go:embed check.lua
var checkScript string

var script = goredis.NewScript(checkScript)

// Store implements quota.Store on one Redis, Sentinel or Cluster.
type Store struct {
	client goredis.UniversalClient
	cfg    Config
	ctx    context.Context // ends with Close
	stop   context.CancelFunc
	jobs   sync.WaitGroup

	mu     sync.Mutex
	queue  []*call // what arrived while a round trip runs
	flying bool
	down   bool // the breaker is open
	closed bool

	complaints complaints
}

// call is one Check that waits for its results.
type call struct {
	checks  []quota.Check
	results []quota.Result
	done    chan struct{}
}

// New returns a store on client, which the store closes with Close. The client should not repeat commands itself and should
// honour deadlines of contexts (see Open). No connection is made before the first check.
func New(client goredis.UniversalClient, cfg Config) *Store {
	ctx, stop := context.WithCancel(context.Background())
	s := &Store{client: client, cfg: cfg.withDefaults(), ctx: ctx, stop: stop}
	s.cfg.Metrics.up(true)
	return s
}

// Check implements quota.Store. While the breaker is open every check is answered at once as unchecked. The error is ctx's.
func (s *Store) Check(ctx context.Context, checks []quota.Check) ([]quota.Result, error) {
	c := &call{checks: checks, results: make([]quota.Result, len(checks)), done: make(chan struct{})}
	s.mu.Lock()
	if s.down || s.closed {
		s.mu.Unlock()
		c.unchecked()
		return c.results, nil
	}
	s.queue = append(s.queue, c)
	if !s.flying {
		s.flying = true
		s.jobs.Add(1)
		go s.fly()
	}
	s.mu.Unlock()
	select {
	case <-c.done:
		return c.results, nil
	case <-ctx.Done():
		return nil, ctx.Err() // the flight keeps its own hold on the call; nobody reads it any more
	}
}

// Up reports whether the store answers, as far as is known.
func (s *Store) Up() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.down
}

// Close ends background work, answers what waits as unchecked and closes the client.
func (s *Store) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.stop()
	s.jobs.Wait()
	return s.client.Close()
}

// fly makes round trips until nobody waits. There is one flight at a time: its duration is what gathers the next batch.
func (s *Store) fly() {
	defer s.jobs.Done()
	for {
		batch := s.take()
		if len(batch) == 0 {
			return
		}
		s.serve(batch)
		for _, c := range batch {
			close(c.done)
		}
	}
}

// take removes the next batch from the queue; with none left the flight has ended.
func (s *Store) take() []*call {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, checks := 0, 0
	for n < len(s.queue) && (n == 0 || checks+len(s.queue[n].checks) <= s.cfg.MaxBatch) {
		checks += len(s.queue[n].checks)
		n++
	}
	batch := s.queue[:n:n]
	s.queue = s.queue[n:]
	if n == 0 {
		s.flying, s.queue = false, nil
	}
	return batch
}

func (c *call) unchecked() {
	for i := range c.results {
		c.results[i] = quota.Result{Unchecked: true}
	}
}
