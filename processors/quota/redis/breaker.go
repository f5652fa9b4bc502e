package redis

import (
	"context"
	"log/slog"
	"sync"
)

// open answers everything as unchecked from now on and starts the probe.
func (s *Store) open(cause error) {
	s.mu.Lock()
	if s.down || s.closed {
		s.mu.Unlock()
		return
	}
	s.down = true
	s.jobs.Add(1)
	s.mu.Unlock()
	s.cfg.Log.Error("quota store does not answer, items pass unchecked until it does", "error", cause)
	s.tell(false)
	go s.probe()
}

// probe tries the store until it answers, then closes the breaker.
func (s *Store) probe() {
	defer s.jobs.Done()
	for pause(s.ctx, s.cfg.Probe) {
		ctx, cancel := context.WithTimeout(s.ctx, s.cfg.Timeout)
		err := script.Load(ctx, s.client).Err() // a real round trip that leaves the script ready
		cancel()
		if err != nil {
			continue
		}
		s.mu.Lock()
		s.down = false
		s.mu.Unlock()
		s.cfg.Log.Info("quota store answers again")
		s.tell(true)
		return
	}
}

func (s *Store) tell(up bool) {
	s.cfg.Metrics.up(up)
	if s.cfg.OnState != nil {
		s.cfg.OnState(up)
	}
}

// complaints logs each distinct error text once: faults of single keys repeat with every check of that key.
type complaints struct {
	mu   sync.Mutex
	seen map[string]bool
}

const maxComplaints = 32

func (c *complaints) log(log *slog.Logger, err error) {
	c.mu.Lock()
	text := err.Error()
	first := !c.seen[text] && len(c.seen) < maxComplaints
	if first {
		if c.seen == nil {
			c.seen = map[string]bool{}
		}
		c.seen[text] = true
	}
	c.mu.Unlock()
	if first {
		log.Error("quota check failed, the item passes unchecked", "error", err)
	}
}
