package redis

import (
	"context"
	"slices"

	"weir/processors/quota"
)

// call is one Check that waits for its results.
type call struct {
	ctx     context.Context
	checks  []quota.Check
	results []quota.Result
	done    chan error // takes one value when the results are complete
}

// job is one check of a call.
type job struct {
	call *call
	n    int
}

func (j job) check() *quota.Check   { return &j.call.checks[j.n] }
func (j job) result() *quota.Result { return &j.call.results[j.n] }

// answered reports whether a check has its result.
func (j job) answered() bool { return j.result().States != nil || j.result().Unchecked }

// pending appends the jobs of a call that have no result.
func (c *call) pending(jobs []job) []job {
	for i := range c.checks {
		if j := (job{c, i}); !j.answered() {
			jobs = append(jobs, j)
		}
	}
	return jobs
}

// unchecked answers what has no result.
func (c *call) unchecked() {
	for i := range c.checks {
		if j := (job{c, i}); !j.answered() {
			*j.result() = quota.Result{Unchecked: true}
		}
	}
}

// launch starts a flight when there is none, and a further one when a lot waits; mu is held. The time of a flight is what gathers the
// next batch.
func (s *Store) launch() {
	if s.down || s.closed || len(s.queue) == 0 || s.flights > 0 && (s.flights >= s.cfg.Flights || len(s.queue) < s.cfg.FlightAt) {
		return
	}
	s.flights++
	s.jobs.Add(1)
	go s.fly()
}

// fly makes round trips until nobody waits.
func (s *Store) fly() {
	defer s.jobs.Done()
	t := newTrip(s)
	for {
		batch := s.take()
		if len(batch) == 0 {
			return
		}
		s.serve(t, batch)
	}
}

// take removes the next batch from the queue; with none left the flight has ended.
func (s *Store) take() []*call {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, checks := 0, 0
	for !s.down && n < len(s.queue) && (n == 0 || checks+len(s.queue[n].checks) <= s.cfg.MaxBatch) {
		checks += len(s.queue[n].checks)
		n++
	}
	batch := s.queue[:n:n]
	s.queue = s.queue[n:]
	if n == 0 {
		s.flights--
	}
	if len(s.queue) == 0 {
		s.queue = nil
	}
	return batch
}

// withdraw takes a call out of the queue of a store that is away. While the store serves, the call stays: its turn comes soon.
func (s *Store) withdraw(c *call) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(s.queue, c)
	if !s.down || i < 0 {
		return false
	}
	s.queue = slices.Delete(slices.Clone(s.queue), i, i+1)
	return true
}

// giveUp ends a call that the store will not serve: unchecked, or with cause where checks have to wait.
func (s *Store) giveUp(c *call, cause error) {
	if s.cfg.Wait {
		c.done <- cause
		return
	}
	c.unchecked()
	c.done <- nil
}
