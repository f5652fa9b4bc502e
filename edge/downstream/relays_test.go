package downstream

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"weir/codecs/envelope"
	"weir/edge"
)

// rows is a Table in memory.
type rows struct {
	mu  sync.Mutex
	all map[envelope.EventID]edge.Relay
	at  map[envelope.EventID]time.Time
}

func (t *rows) Known(id envelope.EventID) (edge.Relay, time.Time, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r, ok := t.all[id]
	return r, t.at[id], ok
}

func (t *rows) Keep(id envelope.EventID, r *edge.Relay, at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if r == nil {
		delete(t.all, id)
		return
	}
	t.all[id], t.at[id] = *r, at
}

// What the upstream has said about relays outlives the process that asked: within its time nobody is asked, after it nobody is
// trusted whom the upstream does not name again.
func TestCacheTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := &rows{all: map[envelope.EventID]edge.Relay{}, at: map[envelope.EventID]time.Time{}}
		type answerer func(context.Context) (map[envelope.EventID]edge.Relay, error)
		var asked atomic.Int32
		var later atomic.Int64 // by how much the clock is put forward
		var answer atomic.Value
		become := func(a answerer) { answer.Store(a) }
		become(func(context.Context) (map[envelope.EventID]edge.Relay, error) {
			return map[envelope.EventID]edge.Relay{{1}: {Internal: true}}, nil
		})
		start := func() *Cache {
			return NewCache(CacheConfig{HitExpiry: time.Hour, MissExpiry: time.Minute, Timeout: 30 * time.Second, Table: table,
				Now: func() time.Time { return time.Now().Add(time.Duration(later.Load())) },
				Ask: func(ctx context.Context, _ []envelope.EventID) (map[envelope.EventID]edge.Relay, error) {
					asked.Add(1)
					return answer.Load().(answerer)(ctx)
				}})
		}
		look := func(c *Cache, id byte) (known bool) {
			t.Helper()
			r, ok, err := c.Relay(t.Context(), envelope.EventID{id})
			if err != nil || ok && !r.Internal {
				t.Errorf("%+v %v", r, err)
			}
			return ok
		}
		c := start()
		if ok := look(c, 1); !ok || len(table.all) != 1 {
			t.Errorf("%v %+v", ok, table.all)
		}
		if ok := look(c, 2); ok || len(table.all) != 1 {
			t.Errorf("%v %+v", ok, table.all)
		}
		asked.Store(0)
		if ok := look(start(), 1); !ok || asked.Load() != 0 {
			t.Errorf("after a restart: %v, asked %d times", ok, asked.Load())
		}
		become(func(context.Context) (map[envelope.EventID]edge.Relay, error) { return nil, errors.New("away") })
		later.Store(int64(59 * time.Minute))
		c = start()
		if ok := look(c, 1); !ok || asked.Load() != 0 {
			t.Errorf("while the upstream is away: %v, asked %d times", ok, asked.Load())
		}
		later.Store(int64(61 * time.Minute))
		for _, c := range []*Cache{c, start()} {
			if _, ok, err := c.Relay(t.Context(), envelope.EventID{1}); ok || !errors.Is(err, ErrBusy) {
				t.Errorf("not confirmed for longer than a relay is trusted: %v %v", ok, err)
			}
		}
		become(func(context.Context) (map[envelope.EventID]edge.Relay, error) { return nil, nil })
		if ok := look(c, 1); ok || len(table.all) != 0 {
			t.Errorf("what the upstream does not know any more: %v %+v", ok, table.all)
		}
	})
}
