package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"weir/codecs/dsn"
	"weir/codecs/project"
	"weir/processors/quota/memory"
	"weir/topologies/backtest"
	"weir/topologies/projects"
)

func backtestCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:  "backtest",
		Usage: "a proposed project config against past traffic: what it would drop, keep and scrub, compared with the config in force",
		Description: "Runs the chain over past records of raw twice, with the config that is in force and with that of FILE, as `weir projects show KEY` prints it. A FILE\n" +
			"without publicKeys is tried for all keys of its project that are known. Nothing is written, committed or counted outside of this process.\n" +
			"Quotas are counted from zero for each config, in the order in which envelopes were received and at that time. Requests that an edge has\n" +
			"refused are not on raw and come in neither count.\n\n" +
			"Times are RFC 3339, `now`, or back from now as in -90m, -1h, -7d. Examples:\n\n" +
			"   weir backtest --config /etc/weir --project 42.json --from -1h --to now\n" +
			"   weir backtest --kafka-broker-url 127.0.0.1:9092 --project 42.json --from -7d --to now --type event --max 100000 --json",
		Flags: append(configFlags(),
			&cli.StringFlag{Name: "project", Usage: "file with the proposed project state (required)"},
			&cli.StringFlag{Name: "from", Usage: "begin of the time range (required)"},
			&cli.StringFlag{Name: "to", Usage: "end of the time range, exclusive (required)"},
			&cli.StringFlag{Name: "project-id", Usage: "only envelopes of this project"},
			&cli.StringFlag{Name: "type", Usage: "only envelopes with an item of one of these types, separated by commas"},
			&cli.Int64Flag{Name: "max", Usage: "stop after this many envelopes"},
			&cli.BoolFlag{Name: "json", Usage: "print JSON"}),
		Action: func(c *cli.Context) error { return backtestRun(w, c) },
	}
}

// parseBacktest reads the flags but for the file.
func parseBacktest(c *cli.Context, now time.Time) (cfg backtest.Config, err error) {
	if c.String("project") == "" {
		return cfg, usagef("backtest: --project FILE is required; `weir projects show KEY` prints the state in force")
	}
	if cfg.From, cfg.To, err = parseSpan(c, now); err != nil {
		return cfg, err
	}
	if text := c.String("project-id"); text != "" {
		if cfg.Project, err = dsn.ParseProjectID(text); err != nil || cfg.Project == 0 {
			return cfg, usagef("backtest: --project-id %s: not a project id", text)
		}
	}
	cfg.Types = listFlag(c, "type")
	if cfg.Max = c.Int64("max"); cfg.Max < 0 {
		return cfg, usagef("backtest: --max %d is negative", cfg.Max)
	}
	return cfg, nil
}

func backtestRun(w *world, c *cli.Context) error {
	cfg, err := parseBacktest(c, time.Now().Truncate(time.Millisecond))
	if err != nil {
		return err
	}
	file := c.String("project")
	proposed, err := readProposal(file)
	if err != nil {
		return fmt.Errorf("backtest: --project %s: %w", file, err)
	}
	for _, f := range lintScrubbing(file) { // what is not scrubbed because of it would look as if nothing had been found
		fmt.Fprintf(w.stderr, "weir: backtest: %s: %s: %s\n", f.Level, f.place(), f.Text)
	}
	s, err := toolStack(w, c, true)
	if err != nil {
		return err
	}
	if s.forwards() {
		return usagef("backtest: processing is off here: the upstream decides what is dropped")
	}
	if _, err := s.existing(c.Context, "backtest", []string{s.names.Raw}); err != nil {
		return err
	}
	doc, err := s.backtest(c.Context, w, cfg, proposed)
	if err = s.stopAfter(err); err != nil {
		return fmt.Errorf("backtest: %w", err)
	}
	doc.File, doc.Topic, doc.From, doc.To = file, s.names.Raw, cfg.From, cfg.To
	if c.Bool("json") {
		err = writeJSON(w.stdout, doc)
	} else {
		err = doc.print(w.stdout, paint(isTerminal(w.stdout)))
	}
	if err != nil {
		return fmt.Errorf("backtest: write: %w", err)
	}
	if !doc.Finished {
		return errSaid
	}
	return nil
}

// backtest opens what is needed and compares.
func (s *stack) backtest(ctx context.Context, w *world, cfg backtest.Config, proposed *proposal) (*backtestDocument, error) {
	err := s.openPast(ctx, false)
	if err != nil {
		return nil, err
	}
	if cfg.InForce, err = s.countedChain(memory.New(), nil); err != nil {
		return nil, err
	}
	if cfg.Then, err = s.countedChain(memory.New(), nil); err != nil {
		return nil, err
	}
	if cfg.Blobs, err = s.fetcher(); err != nil {
		return nil, err
	}
	if cfg.Proposed, err = proposed.byKey(s.projects); err != nil {
		return nil, err
	}
	cfg.Cluster, cfg.Raw, cfg.Projects, cfg.Log = s.cluster, s.names.Raw, s.projects, s.log.With("part", "backtest")
	diff := newBacktestDiff()
	bar := lateProgress{w: w.stderr}
	report, err := backtest.Run(ctx, cfg, diff.add, func(r backtest.Report) { bar.set("backtest", r.Done, r.Records) })
	bar.end()
	if err != nil {
		return nil, err
	}
	return diff.document(report, slices.Sorted(maps.Keys(cfg.Proposed))), nil
}

// proposal is a project file: a state for each of its keys, or one without a key.
type proposal struct {
	content []byte
	project dsn.ProjectID
	states  map[dsn.PublicKey]*project.State
}

func readProposal(path string) (*proposal, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	whole, err := project.Parse(content)
	if err != nil {
		return nil, err
	}
	p := &proposal{content: content, project: whole.Project, states: map[dsn.PublicKey]*project.State{}}
	if len(whole.Keys) == 0 {
		if !whole.HasProject {
			return nil, errors.New("neither publicKeys nor projectId: which traffic is it for?")
		}
		return p, nil
	}
	states, err := readProject(path)
	if err != nil {
		return nil, err
	}
	for key, text := range states {
		if p.states[key], err = project.Parse(text); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// byKey completes what is proposed with what is in force where it is silent: the keys of the project, and the organization.
func (p *proposal) byKey(known *projects.View) (map[dsn.PublicKey]*project.State, error) {
	for key, s := range p.states {
		if now, _ := known.Lookup(key); now != nil {
			s.Org = cmp.Or(s.Org, now.Org)
		}
	}
	if len(p.states) > 0 {
		return p.states, nil
	}
	var failed error
	known.Each(func(key string, _ projects.Entry, _ projects.Use) bool {
		if !projects.IsProject(key) {
			return true
		}
		if now, _ := known.Lookup(dsn.PublicKey(key)); now != nil && now.HasProject && now.Project == p.project {
			s, err := project.Parse(p.content)
			if failed = err; err != nil {
				return false
			}
			s.Keys, s.Org = now.Keys, cmp.Or(s.Org, now.Org)
			p.states[dsn.PublicKey(key)] = s
		}
		return true
	})
	if failed == nil && len(p.states) == 0 {
		failed = fmt.Errorf("the file has no publicKeys, and no key of project %s is known here; `weir projects list` shows those that are", p.project)
	}
	return p.states, failed
}
