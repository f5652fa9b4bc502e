package main

import (
	"context"
	"os"
	"time"

	"weir/topologies/projects"
)

// upstreamBeat is how often the state of the upstream is written although it has not changed: silence says that no process runs.
const upstreamBeat = 20 * time.Second

// tellUpstream keeps the row that `weir status` shows.
func (s *stack) tellUpstream(ctx context.Context) error {
	host, _ := os.Hostname() // a name for people
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var told projects.Upstream
	for {
		now := s.upstreamState(first(s.cfg.Weir.Instance, host))
		if !same(now, told) || now.Updated.Sub(told.Updated) >= upstreamBeat {
			attempt, cancel := context.WithTimeout(ctx, 5*time.Second)
			if err := s.projects.PutUpstream(attempt, now); err == nil {
				told = now
			}
			cancel()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// same reports whether two states differ in nothing but their time.
func same(a, b projects.Upstream) bool {
	a.Updated, b.Updated = time.Time{}, time.Time{}
	return a == b
}

func (s *stack) upstreamState(process string) projects.Upstream {
	u := projects.Upstream{URL: s.cfg.Relay.Upstream, State: "proxy", Away: s.link.Outage().UTC(), Process: process, Updated: s.clock().UTC()}
	if s.client == nil {
		return u
	}
	state := s.client.State()
	u.State, u.Since = state.Name, state.Since.UTC()
	if state.Err != nil {
		u.Error = state.Err.Error()
	}
	return u
}
