package main

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/ledger"
	"weir/codecs/project"
	"weir/codecs/ratelimit"
	"weir/topologies/outcomes"
	"weir/topologies/projects"
)

// statusCount is how much of a category ended in one way.
type statusCount struct {
	Outcome  string `json:"outcome"`
	Reason   string `json:"reason,omitempty"`
	Category string `json:"category"`
	Quantity uint64 `json:"quantity"`
}

// statusProject is what one public key sent within the retention of the counters.
type statusProject struct {
	Key     dsn.PublicKey `json:"key"`
	Project dsn.ProjectID `json:"project,omitempty"`
	Slug    string        `json:"slug,omitempty"`
	State   string        `json:"state"` // enabled, disabled, expired, unknown
	Source  string        `json:"source,omitempty"`
	// Received = Accepted + Discarded + Dead + Difference, of items; those of Parked envelopes are not counted yet.
	Received   uint64        `json:"received"`
	Accepted   uint64        `json:"accepted"`
	Discarded  uint64        `json:"discarded"`
	Dead       uint64        `json:"dead"`
	Difference int64         `json:"difference"`
	Parked     int64         `json:"parked"`            // envelopes
	Duplicates int64         `json:"duplicates"`        // envelopes
	Reasons    []statusCount `json:"reasons,omitempty"` // what was not accepted, largest first
}

// statusStates counts the rows of the projects table.
type statusStates struct {
	Enabled  int  `json:"enabled"`
	Disabled int  `json:"disabled"`
	Stale    int  `json:"stale"`   // of both, usable until they are asked for again
	Expired  int  `json:"expired"` // not usable any more
	Global   bool `json:"global"`  // the global config is known
}

// statusLimit is a rate limit in force.
type statusLimit struct {
	Scope      string    `json:"scope"`
	ID         string    `json:"id"`
	Categories []string  `json:"categories"` // none: all
	Namespaces []string  `json:"namespaces,omitempty"`
	Reason     string    `json:"reason,omitempty"`
	Expires    time.Time `json:"expires"`
}

// statusUpstream is what the process that wrote last knows about the upstream.
type statusUpstream struct {
	projects.Upstream
	Silent bool `json:"silent"` // nobody has written for a while: no process that talks to the upstream runs
}

// fill adds what the views know to a report.
func (v *statusViews) fill(r *statusReport) {
	r.Counts = countRows(r.Summary.Counts)
	rows := map[dsn.PublicKey]*outcomes.Part{}
	v.counters.Each(func(k outcomes.Key, row *outcomes.Row) bool {
		if k.Project != ledger.TotalsKey {
			p := rows[k.Project]
			if p == nil {
				p = &outcomes.Part{}
				rows[k.Project] = p
			}
			p.Add(&row.Live)
		}
		return true
	})
	known := map[dsn.PublicKey]statusProject{}
	v.projects.Each(func(key string, e projects.Entry, use projects.Use) bool {
		switch {
		case key == projects.GlobalKey:
			r.States.Global = true
		case projects.IsProject(key):
			known[dsn.PublicKey(key)] = r.States.add(e, use)
		}
		return true
	})
	r.Projects = []statusProject{}
	for key, part := range rows {
		row := known[key]
		row.Key, row.State = key, first(row.State, "unknown")
		b := part.Balance(v.names)
		row.Received, row.Accepted, row.Discarded, row.Dead, row.Difference = b.Items.Received, b.Items.Accepted, b.Items.Discarded, b.Items.Dead, b.Items.Difference
		row.Parked, row.Duplicates = b.Parked, b.Duplicates
		for _, c := range countRows(part.Counts) {
			if c.Outcome != "accepted" {
				row.Reasons = append(row.Reasons, c)
			}
		}
		slices.SortStableFunc(row.Reasons, func(a, b statusCount) int { return cmp.Compare(b.Quantity, a.Quantity) })
		r.Projects = append(r.Projects, row)
	}
	slices.SortFunc(r.Projects, func(a, b statusProject) int {
		return cmp.Or(cmp.Compare(b.Received, a.Received), cmp.Compare(a.Key, b.Key))
	})
	r.Limits = limitRows(v.limits.All(r.At))
	if v.proxy() {
		r.States.Global = true // proxies need none
	}
	if u, ok := v.projects.Upstream(); ok {
		r.Upstream = &statusUpstream{u, r.At.Sub(u.Updated) > 3*upstreamBeat}
	}
}

// add counts a row of the projects table and returns what it says about its key.
func (s *statusStates) add(e projects.Entry, use projects.Use) statusProject {
	row := statusProject{Source: e.Source, State: e.Status.String()}
	if use == projects.Absent {
		s.Expired++
		row.State = "expired"
	} else {
		if use == projects.Stale {
			s.Stale++
		}
		if e.Status == project.Enabled {
			s.Enabled++
		} else {
			s.Disabled++
		}
	}
	if e.Status == project.Enabled {
		if state, err := project.Parse(e.State); err == nil {
			row.Project, row.Slug = state.Project, state.Slug
		}
	}
	return row
}

func countRows(list []ledger.Count) []statusCount {
	rows := make([]statusCount, 0, len(list))
	for _, c := range list {
		rows = append(rows, statusCount{c.ID.String(), c.Reason.Text(), c.Category.String(), c.Quantity})
	}
	return rows
}

func limitRows(list []ratelimit.Limit) []statusLimit {
	rows := []statusLimit{}
	for _, l := range list {
		kind, id := scopeText(l.Scope)
		row := statusLimit{Scope: kind, ID: id, Reason: l.Reason.Text(), Expires: l.Expires.UTC(), Namespaces: l.Namespaces, Categories: []string{}}
		for _, c := range l.Categories {
			row.Categories = append(row.Categories, c.String())
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b statusLimit) int {
		return cmp.Or(cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.ID, b.ID), a.Expires.Compare(b.Expires))
	})
	return rows
}

func scopeText(s ratelimit.Scope) (kind, id string) {
	switch s.Kind {
	case ratelimit.ScopeOrganization:
		return "organization", strconv.FormatUint(uint64(s.Org), 10)
	case ratelimit.ScopeProject:
		return "project", s.Project.String()
	}
	return "key", string(s.Key)
}
