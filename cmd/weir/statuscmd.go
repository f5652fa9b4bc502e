package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"weir/topologies/kafka/lag"
	"weir/topologies/limits"
	"weir/topologies/outcomes"
	"weir/topologies/projects"
)

func statusCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:  "status",
		Usage: "lag, the conservation equation, rate limits in force and project states",
		Description: "Looks at Kafka alone, so it works from any machine and while nothing runs. Exit status 1: records are unaccounted for although nothing is\n" +
			"on its way. Examples:\n\n" +
			"   weir status --config /etc/weir\n" +
			"   weir status --kafka-broker-url 127.0.0.1:9092 --watch\n" +
			"   weir status --config /etc/weir --json",
		Flags: append(configFlags(),
			&cli.BoolFlag{Name: "json", Usage: "print JSON"},
			&cli.BoolFlag{Name: "watch", Usage: "print again every two seconds, with throughput"}),
		Action: func(c *cli.Context) error {
			s, err := toolStack(w, c, true)
			if err != nil {
				return err
			}
			if _, err := s.existing(c.Context, "status", []string{s.names.Raw}); err != nil {
				return err
			}
			return s.stopAfter(status(c.Context, w, s, c.Bool("json"), c.Bool("watch")))
		},
	}
}

// statusReport is what `weir status` knows.
type statusReport struct {
	At               time.Time       `json:"at"`
	Namespace        string          `json:"namespace"`
	Brokers          []string        `json:"brokers"`
	Delivery         string          `json:"delivery"`
	Ack              string          `json:"ack"`
	Forwards         bool            `json:"forwards"` // what is accepted goes on to an upstream
	Holds            bool            `json:"holds"`    // nothing is unaccounted for; false also while records are in motion
	outcomes.Summary                 // envelopes, items, unchecked, ledger_lag, settled
	Counts           []statusCount   `json:"outcomes"`
	Lag              []lag.Partition `json:"lag"`
	Projects         []statusProject `json:"projects"`
	States           statusStates    `json:"project_states"`
	Limits           []statusLimit   `json:"rate_limits"`
	Upstream         *statusUpstream `json:"upstream,omitempty"` // none: weir stands alone
	Rates            *statusRates    `json:"rates,omitempty"`    // with --watch from the second report on
}

// statusRates are figures a second since the last report.
type statusRates struct {
	Received float64 `json:"received"`
	Finished float64 `json:"finished"`
}

// statusViews are the tables that a report is made of.
type statusViews struct {
	*stack
	projects *projects.View
	limits   *limits.View
	counters *outcomes.View
}

func status(ctx context.Context, w *world, s *stack, asJSON, watch bool) error {
	v, err := openStatus(ctx, s)
	if err != nil {
		return err
	}
	p := paint(isTerminal(w.stdout))
	var last *statusReport
	for {
		r, err := v.settledReport(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		r.since(last)
		if asJSON {
			err = json.NewEncoder(w.stdout).Encode(r)
		} else {
			err = r.print(w.stdout, p, bool(p) && watch)
		}
		if err != nil {
			return fmt.Errorf("status: write: %w", err)
		}
		if !watch {
			if r.Settled && !r.Holds {
				if asJSON {
					return errSaid
				}
				return fmt.Errorf("status: the equation does not hold: %d envelopes and %d items are unaccounted for", r.Envelopes.Difference, r.Items.Difference)
			}
			return nil
		}
		last = r
		select {
		case <-time.After(2 * time.Second):
		case <-ctx.Done():
			return nil
		}
	}
}

// openStatus fills the views.
func openStatus(ctx context.Context, s *stack) (*statusViews, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	v := &statusViews{stack: s}
	c := s.cfg.Cache
	policy := projects.Policy{Expiry: c.ProjectExpiry.Duration(), Grace: c.ProjectGrace.Duration()}
	var err error
	if v.projects, err = projects.NewView(projects.ViewConfig{Cluster: s.cluster, Table: s.names.ProjectsTable, Requests: s.names.ProjectRequests, Policy: policy,
		Clock: s.clock, Log: s.log}); err != nil {
		return nil, err
	}
	if v.limits, err = limits.New(limits.Config{Cluster: s.cluster, Topic: s.names.RateLimits, Clock: s.clock, Log: s.log}); err != nil {
		return nil, err
	}
	v.counters = outcomes.NewView(s.cluster, s.names.OutcomesTable, s.log)
	var waits []func() error
	for _, view := range []struct {
		name string
		run  func(context.Context) error
		wait func(context.Context) error
	}{{"projects table", v.projects.Run, v.projects.WaitReady}, {"rate limits", v.limits.Run, v.limits.WaitReady}, {"outcomes table", v.counters.Run, v.counters.WaitReady}} {
		s.services.start(view.name, view.run)
		waits = append(waits, func() error {
			if err := view.wait(ctx); err != nil {
				return fmt.Errorf("status: read the %s: %w", view.name, err)
			}
			return nil
		})
	}
	for _, wait := range waits { // they read at the same time
		if err := wait(); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// catchUp is how long a report waits for the counters when the groups say that nothing is on its way.
const catchUp = 5 * time.Second

// settledReport makes a report. Offsets and counters come from different topics: when they disagree although nothing is on its way, it
// looks again until they agree or it is sure that they do not.
func (v *statusViews) settledReport(ctx context.Context) (*statusReport, error) {
	deadline := time.Now().Add(catchUp)
	for {
		r, err := v.report(ctx)
		if err != nil || r.Holds || !r.onlyCounters() || time.Now().After(deadline) {
			return r, err
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// onlyCounters says that nothing but counting can be missing.
func (r *statusReport) onlyCounters() bool {
	return r.Envelopes.InFlight == 0 && r.Envelopes.Waiting == 0
}

func (v *statusViews) report(ctx context.Context) (*statusReport, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	n, g := v.names, v.groups
	read := []lag.Group{
		{Name: g.Pipeline, Topics: []string{n.Raw, n.Released}},
		{Name: g.Parking, Topics: []string{n.Parked}},
		{Name: g.Projects, Topics: []string{n.ProjectRequests}},
		{Name: g.Outcomes, Topics: []string{n.Ledger}}}
	if v.forwards() {
		read = append(read, lag.Group{Name: g.Forward, Topics: []string{n.Forward}}, lag.Group{Name: g.ForwardAside, Topics: []string{n.ForwardAside}})
	}
	positions, err := lag.Read(ctx, v.cluster, read...)
	if err != nil {
		return nil, fmt.Errorf("status: %w", err)
	}
	r := &statusReport{At: v.clock().UTC(), Namespace: v.cfg.Weir.Namespace, Brokers: v.cluster.Brokers, Delivery: v.cfg.Weir.Delivery, Ack: v.cfg.Weir.Ack, Forwards: v.forwards(),
		Summary: outcomes.Sum(v.counters.Totals(), positions, n), Lag: positions}
	r.Settled = r.Settled && r.LedgerLag == 0
	r.Holds = r.Settled && r.Envelopes.Difference == 0 && r.Items.Difference == 0
	v.fill(r)
	return r, nil
}

// since adds the figures a second.
func (r *statusReport) since(last *statusReport) {
	if last == nil {
		return
	}
	if s := r.At.Sub(last.At).Seconds(); s > 0 {
		r.Rates = &statusRates{float64(r.Envelopes.Received-last.Envelopes.Received) / s, float64(r.Envelopes.Finished-last.Envelopes.Finished) / s}
	}
}
