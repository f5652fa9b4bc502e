package redis

import (
	"cmp"
	"log/slog"
	"strconv"
	"sync"

	"weir/codecs/dsn"
	"weir/processors/quota"
)

// open stops asking the store and starts the probe. left are the jobs that got no answer: they end as unchecked, like everything that waits,
// or go back to the head of the queue where checks wait for the store.
func (s *Store) open(cause error, left []job) {
	var ended []*call
	s.mu.Lock()
	first := !s.down && !s.closed
	if first {
		s.down, s.back = true, make(chan struct{})
		s.jobs.Add(1)
	}
	var waiting []*call
	for _, j := range left {
		if len(waiting) == 0 || waiting[len(waiting)-1] != j.call {
			waiting = append(waiting, j.call)
		}
	}
	waiting = append(waiting, s.queue...)
	s.queue = nil
	for _, c := range waiting {
		if s.cfg.Wait && !s.closed && c.ctx.Err() == nil {
			s.queue = append(s.queue, c)
		} else {
			ended = append(ended, c)
		}
	}
	s.mu.Unlock()
	for _, c := range ended {
		s.giveUp(c, cmp.Or(c.ctx.Err(), ErrClosed))
	}
	if first {
		s.cfg.Log.Error("quota store does not serve checks, "+s.meanwhile(), "error", cause)
		s.tell(false)
		go s.probe(scratch(left))
	}
}

func (s *Store) meanwhile() string {
	if s.cfg.Wait {
		return "everything waits until it does"
	}
	return "items pass unchecked until it does"
}

// probe counts in scratch keys until that works, then closes the breaker. Only a count shows that the store serves: a full
// store or a replica answers everything else.
func (s *Store) probe(checks []quota.Check) {
	defer s.jobs.Done()
	t := newTrip(s)
	for pause(s.ctx, s.cfg.Probe) {
		c := &call{ctx: s.ctx, checks: checks, results: make([]quota.Result, len(checks))}
		if left, err := t.send(s.ctx, c.pending(nil), true, false); err != nil || len(left.failed)+len(left.script) > 0 { // leaves the script ready
			continue
		}
		s.mu.Lock()
		s.down = false
		close(s.back)
		s.mu.Unlock()
		s.cfg.Log.Info("quota store serves checks again")
		s.tell(true)
		s.mu.Lock()
		s.launch()
		s.mu.Unlock()
		return
	}
}

// maxProbes bounds the keys of a probe.
const maxProbes = 16

// scratchLife is how long a key of a probe lives, in seconds.
const scratchLife = 60

// scratch returns checks that meet the servers and the permissions that the failed ones met: the keys lie in the same slots of a cluster
// and have the prefixes of quotas, but no quota has them, since a slot is a number (pipeline 5.4).
func scratch(failed []job) []quota.Check {
	var checks []quota.Check
	seen := map[dsn.OrgID]bool{}
	for _, j := range failed {
		org := j.check().Org
		if seen[org] || len(checks) == maxProbes {
			continue
		}
		seen[org] = true
		key := "quota:{" + strconv.FormatUint(uint64(org), 10) + "}:weir-probe"
		checks = append(checks, quota.Check{Org: org, Now: j.check().Now, Counters: []quota.Counter{{
			Key: key, Refund: "r:" + key, Limit: -1, Quantity: 1, ExpireAt: j.check().Now + scratchLife, // in the past: gone at once
		}}})
	}
	return checks
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

func (s *Store) complain(err error) { s.complaints.log(s.cfg.Log, err) }

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
