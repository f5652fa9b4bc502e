package projects

import (
	"context"
	"slices"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/project"
)

// Times and bounds of removing rows.
const (
	forgotten  = time.Minute            // so long after its eviction a row goes
	abandoned  = 3 * heartbeat          // a pushed row without heartbeat goes
	givenUp    = 24 * time.Hour         // so long after a fetch began that nobody completed
	sweepChunk = 1000                   // rows that go at once
	sweepPause = 200 * time.Millisecond // between chunks: more rows go in a second than a process can go on asking for
)

// doomed is a row to remove, as it was when that was decided.
type doomed struct {
	key            string
	updated, asked time.Time
}

// sweeps looks through the table again and again, until ctx ends. Every process of the group does: what one has removed the others do
// not see, and a row that two remove is removed once.
func (g *Group) sweeps(ctx context.Context) {
	tick := time.NewTicker(g.cfg.Sweep)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			g.sweep(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// sweep removes what doomed gives, at a bounded rate.
func (g *Group) sweep(ctx context.Context) {
	rows := g.doomed(g.cfg.Clock())
	for len(rows) > 0 {
		n := min(len(rows), sweepChunk)
		for _, d := range rows[:n] {
			// A row that has changed or is being fetched again is in use: what was decided about it is void.
			k, ok := g.cfg.View.rows.Get(d.key)
			if ok && k.Updated.Equal(d.updated) && k.Asked.Equal(d.asked) && !g.fetcher.wants(dsn.PublicKey(d.key)) {
				g.remove(d.key)
			}
		}
		if rows = rows[n:]; len(rows) == 0 {
			return
		}
		select {
		case <-time.After(sweepPause):
		case <-ctx.Done():
			return
		}
	}
}

// doomed returns the rows that nobody needs: relays that nobody asks about any more, long evicted states, pushed by a source that is gone from every process, waiting for a fetch that
// died, and the oldest ones of too many unknown keys. Rows that never expire stay.
func (g *Group) doomed(now time.Time) (rows []doomed) {
	var unknown []doomed
	failing := !g.State().FailingSince.IsZero() // what is known may be needed: see hold
	g.cfg.View.Each(func(key string, e Entry, use Use) bool {
		d := doomed{key, e.Updated, e.Asked}
		switch {
		case isRelay(key):
			if !failing && now.Sub(e.Updated) > relayForgotten {
				rows = append(rows, d)
			}
		case !IsProject(key), e.Source == SourcePushed:
		case e.Evict.IsZero():
			if !g.pushed[e.Source] && now.Sub(e.Updated) > abandoned {
				rows = append(rows, d)
			}
		case use == Absent && !failing && now.Sub(e.Evict) >= forgotten, !e.Asked.IsZero() && now.Sub(e.Asked) > givenUp:
			rows = append(rows, d)
		case e.Status == project.Disabled:
			unknown = append(unknown, d)
		}
		return true
	})
	if more := len(unknown) - g.cfg.MaxUnknown; more > 0 {
		slices.SortFunc(unknown, func(a, b doomed) int { return a.updated.Compare(b.updated) })
		rows = append(rows, unknown[:more]...)
	}
	return rows
}
