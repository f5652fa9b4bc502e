package projects

import (
	"bytes"
	"context"
	"sync"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/project"
)

// Times of housekeeping.
const (
	heartbeat = time.Hour        // pushed rows are written again, so that others see that their source lives
	pushTick  = 10 * time.Minute // pushed rows are compared with their sources
)

// push keeps the rows of pushing sources until ctx ends.
func (g *Group) push(ctx context.Context) {
	var pushers []Pusher
	for _, s := range g.cfg.Sources {
		if p, ok := s.(Pusher); ok {
			pushers = append(pushers, p)
		}
	}
	changed := make(chan struct{}, 1)
	var wg sync.WaitGroup
	defer wg.Wait()
	for _, p := range pushers {
		wg.Go(func() {
			if err := p.Run(ctx); err != nil && ctx.Err() == nil {
				g.cfg.Log.Error("project source ended; its changes are not seen", "source", p.Name(), "error", err)
			}
		})
		wg.Go(func() {
			for {
				select {
				case <-p.Changed():
				case <-ctx.Done():
					return
				}
				select {
				case changed <- struct{}{}:
				default:
				}
			}
		})
	}
	tick := time.NewTicker(pushTick)
	defer tick.Stop()
	for {
		g.reconcile(pushers)
		select {
		case <-changed:
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// reconcile makes the table hold what the pushing sources have now.
func (g *Group) reconcile(pushers []Pusher) {
	now := g.cfg.Clock()
	mine := map[dsn.PublicKey]bool{}
	for _, p := range pushers {
		for key, state := range p.States() {
			if mine[key] { // an earlier source has it
				continue
			}
			mine[key] = true
			parsed, err := g.cfg.View.parse(state)
			if err != nil {
				g.cfg.Log.Error("a project state cannot be read; the previous one stays", "key", key, "source", p.Name(), "error", err)
				continue
			}
			e := Entry{Status: project.Enabled, State: state, Source: p.Name(), Updated: now}
			if parsed.Disabled {
				e.Status, e.State = project.Disabled, scopes(parsed)
			}
			if old, ok := g.cfg.View.rows.Get(string(key)); ok && same(&old.Entry, &e) && now.Sub(old.Updated) < heartbeat {
				continue
			}
			if err := g.write(string(key), e, func(error) {}); err != nil {
				g.cfg.Log.Error("a project state cannot be kept", "key", key, "source", p.Name(), "error", err)
			}
		}
	}
	for _, key := range g.rows(func(key string, e *Entry) bool {
		return g.pushed[e.Source] && e.Evict.IsZero() && !mine[dsn.PublicKey(key)]
	}) {
		g.remove(key)
		g.fetcher.want(dsn.PublicKey(key), false, nil) // another source may know it; nobody has to wait for the next event
	}
}

// rows returns the keys of the rows that pick wants, the global config aside.
func (g *Group) rows(pick func(key string, e *Entry) bool) (keys []string) {
	g.cfg.View.Each(func(key string, e Entry, _ Use) bool {
		if IsProject(key) && pick(key, &e) {
			keys = append(keys, key)
		}
		return true
	})
	return keys
}

// same reports whether b says what the pushed row a says already.
func same(a, b *Entry) bool {
	return a.Evict.IsZero() && a.Status == b.Status && a.Source == b.Source && bytes.Equal(a.State, b.State)
}
