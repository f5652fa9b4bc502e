package memory

import (
	"context"
	"math"
	"sync"

	"weir/processors/quota"
)

const (
	shards     = 64 // power of two
	sweepEvery = 60 // seconds between removals of dead counters in a shard
)

// Store implements quota.Store in memory.
type Store struct {
	shards [shards]shard
}

// New returns an empty store.
func New() *Store {
	s := &Store{}
	for i := range s.shards {
		s.shards[i].entries = map[string]*entry{}
	}
	return s
}

// shard holds the counters of some organizations.
type shard struct {
	mu      sync.Mutex
	entries map[string]*entry
	swept   int64 // Unix seconds of the last sweep
}

// entry is a plain counter or, with fields, a hash of counters.
type entry struct {
	value    int64
	fields   map[string]int64
	expireAt int64 // Unix seconds; 0: never
}

// Check implements quota.Store. It never fails.
func (s *Store) Check(_ context.Context, checks []quota.Check) ([]quota.Result, error) {
	results := make([]quota.Result, len(checks))
	for i := range checks {
		sh := &s.shards[uint64(checks[i].Org)%shards]
		sh.mu.Lock()
		results[i] = sh.check(&checks[i])
		sh.mu.Unlock()
	}
	return results, nil
}

func (sh *shard) check(c *quota.Check) quota.Result {
	if c.Now-sh.swept >= sweepEvery || c.Now < sh.swept {
		sh.sweep(c.Now)
	}
	states := make([]quota.State, len(c.Counters))
	rejected := false
	for i := range c.Counters {
		k := &c.Counters[i]
		value, fields, missing := sh.read(k, c.Now)
		states[i].Consumed = value - sh.refund(k.Refund, c.Now)
		states[i].Rejected = quota.Decide(k, states[i].Consumed, fields, missing)
		rejected = rejected || states[i].Rejected
	}
	if rejected {
		return quota.Result{States: states}
	}
	for i := range c.Counters {
		if k := &c.Counters[i]; k.Quantity > 0 {
			states[i].Consumed += k.Quantity
			sh.count(k, c.Now)
		}
	}
	return quota.Result{States: states}
}

// live returns the entry of key unless it is absent or expired.
func (sh *shard) live(key string, now int64) *entry {
	e := sh.entries[key]
	if e != nil && e.expireAt != 0 && e.expireAt <= now {
		delete(sh.entries, key)
		return nil
	}
	return e
}

func (sh *shard) read(k *quota.Counter, now int64) (value, fields int64, missing bool) {
	e := sh.live(k.Key, now)
	switch {
	case e == nil:
		return 0, 0, true
	case k.Field == "":
		return e.value, 0, false
	}
	value, ok := e.fields[k.Field]
	return value, int64(len(e.fields)), !ok
}

func (sh *shard) refund(key string, now int64) int64 {
	if e := sh.live(key, now); e != nil {
		return e.value
	}
	return 0
}

// count adds the quantity; the increment that brings a counter to life sets its expiry (pipeline 5.5 step 4).
func (sh *shard) count(k *quota.Counter, now int64) {
	e := sh.live(k.Key, now)
	if e == nil {
		e = &entry{}
		sh.entries[k.Key] = e
	}
	value := e.value
	if k.Field != "" {
		value = e.fields[k.Field]
	}
	if value > 0 && k.Quantity > math.MaxInt64-value {
		value = math.MaxInt64
	} else {
		value += k.Quantity
	}
	switch {
	case k.Field == "":
		e.value = value
	case e.fields == nil:
		e.fields = map[string]int64{k.Field: value}
	default:
		e.fields[k.Field] = value
	}
	if value == k.Quantity {
		if e.expireAt = k.ExpireAt; k.ExpireAt <= now {
			delete(sh.entries, k.Key)
		}
	}
}

func (sh *shard) sweep(now int64) {
	sh.swept = now
	for key, e := range sh.entries {
		if e.expireAt != 0 && e.expireAt <= now {
			delete(sh.entries, key)
		}
	}
}
