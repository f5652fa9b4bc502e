package downstream

import (
	"context"
	"sync"
	"time"

	"weir/codecs/envelope"
	"weir/edge"
)

// maxRelays bounds the cache; ids come from whoever sends a request.
const maxRelays = 10_000

// Cache implements Relays by asking the upstream for ids, in batches, and remembering the answers (edge 12.2). No relay is trusted for longer than
// HitExpiry after the upstream has named it, whether the upstream can be asked again or not: it may have been revoked since.
type Cache struct {
	cfg CacheConfig

	mu      sync.Mutex
	entries map[envelope.EventID]cached
	waiting *batch // collects ids until it is sent, nil when there are none
}

// CacheConfig are the keys of section `cache` about relays.
type CacheConfig struct {
	// Ask returns those of the ids that the upstream knows. It must end with ctx.
	Ask        func(ctx context.Context, ids []envelope.EventID) (map[envelope.EventID]edge.Relay, error)
	Interval   time.Duration // cache.downstream_relays_batch_interval
	HitExpiry  time.Duration // cache.relay_expiry
	MissExpiry time.Duration // cache.miss_expiry
	Timeout    time.Duration // limits.query_timeout
	Table      Table         // nil: only this process remembers
	Now        func() time.Time
}

// Table keeps the relays that the upstream knows beyond the life of this process.
type Table interface {
	// Known returns what the upstream said last about a relay, and when.
	Known(id envelope.EventID) (r edge.Relay, confirmed time.Time, ok bool)
	// Keep replaces that; nil: the upstream knows no such relay. It does not wait.
	Keep(id envelope.EventID, r *edge.Relay, confirmed time.Time)
}

type cached struct {
	relay   edge.Relay
	ok      bool
	expires time.Time
}

// batch is one question to the upstream and everybody who waits for it.
type batch struct {
	ids  map[envelope.EventID]bool
	done chan struct{}
	got  map[envelope.EventID]edge.Relay
	err  error
}

// NewCache returns an empty cache.
func NewCache(cfg CacheConfig) *Cache {
	return &Cache{cfg: cfg, entries: map[envelope.EventID]cached{}}
}

// Relay implements Relays.
func (c *Cache) Relay(ctx context.Context, id envelope.EventID) (edge.Relay, bool, error) {
	c.mu.Lock()
	if e, ok := c.entries[id]; ok && c.cfg.Now().Before(e.expires) {
		c.mu.Unlock()
		return e.relay, e.ok, nil
	}
	kept, confirmed, known := c.kept(id)
	if expires := confirmed.Add(c.cfg.HitExpiry); known && c.cfg.Now().Before(expires) {
		c.enter(id, cached{kept, true, expires})
		c.mu.Unlock()
		return kept, true, nil
	}
	b := c.waiting
	if b == nil {
		b = &batch{ids: map[envelope.EventID]bool{}, done: make(chan struct{})}
		c.waiting = b
		time.AfterFunc(c.cfg.Interval, c.send)
	}
	if len(b.ids) >= maxRelays {
		c.mu.Unlock()
		return edge.Relay{}, false, ErrBusy
	}
	b.ids[id] = true
	c.mu.Unlock()
	select {
	case <-b.done:
	case <-ctx.Done():
		return edge.Relay{}, false, ErrBusy
	}
	if b.err != nil {
		return edge.Relay{}, false, ErrBusy
	}
	r, ok := b.got[id]
	return r, ok, nil
}

// kept is what the table has about a relay.
func (c *Cache) kept(id envelope.EventID) (edge.Relay, time.Time, bool) {
	if c.cfg.Table == nil {
		return edge.Relay{}, time.Time{}, false
	}
	return c.cfg.Table.Known(id)
}

// enter remembers an answer, if there is room; mu is held.
func (c *Cache) enter(id envelope.EventID, e cached) {
	if _, there := c.entries[id]; there || len(c.entries) < maxRelays {
		c.entries[id] = e
	}
}

// send asks for what has been collected.
func (c *Cache) send() {
	c.mu.Lock()
	b := c.waiting
	c.waiting = nil
	c.mu.Unlock()
	ids := make([]envelope.EventID, 0, len(b.ids))
	for id := range b.ids {
		ids = append(ids, id)
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.cfg.Timeout)
	defer cancel()
	b.got, b.err = c.cfg.Ask(ctx, ids)
	if b.err == nil {
		c.remember(ids, b.got)
	}
	close(b.done)
}

func (c *Cache) remember(ids []envelope.EventID, got map[envelope.EventID]edge.Relay) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.cfg.Now()
	if len(c.entries)+len(ids) > maxRelays {
		for id, e := range c.entries {
			if !now.Before(e.expires) || !e.ok {
				delete(c.entries, id)
			}
		}
	}
	for _, id := range ids {
		r, ok := got[id]
		keep := c.cfg.MissExpiry
		if ok {
			keep = c.cfg.HitExpiry
		}
		c.enter(id, cached{r, ok, now.Add(keep)})
		if c.cfg.Table == nil {
			continue
		}
		if ok {
			c.cfg.Table.Keep(id, &r, now)
		} else if _, _, was := c.cfg.Table.Known(id); was {
			c.cfg.Table.Keep(id, nil, now)
		}
	}
}
