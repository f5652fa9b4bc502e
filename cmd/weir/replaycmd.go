package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"weir/processors/chain"
	"weir/topologies/replay"
)

func replayCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:  "replay",
		Usage: "put past records through the chain again",
		Description: "Reads raw (or dead-letters) with a consumer of its own; the live groups go on untouched. Outputs carry the header weir-replay with the id of\n" +
			"the run. A run that was interrupted goes on where it stopped when the same command is given again.\n\n" +
			"Times are RFC 3339, `now`, or back from now as in -90m, -1h, -7d. --quotas recorded repeats the rate limit verdicts of the ledger and counts\n" +
			"nothing, skip lets everything pass, count spends quotas again. --where is a condition on events, in the language of generic filters or short:\n" +
			"event.release=web@1.2.* && event.level!=info. Examples:\n\n" +
			"   weir replay --config /etc/weir --from -1h --to now --project 42 --dry-run\n" +
			"   weir replay --config /etc/weir --from 2026-11-23T09:00:00Z --to 2026-11-23T10:30:00Z --type event --where 'event.release=web@1.2.*'\n" +
			"   weir replay --config /etc/weir --topic dead-letters --from -7d --to now",
		Flags: append(configFlags(),
			&cli.StringFlag{Name: "from", Usage: "begin of the time range (required)"},
			&cli.StringFlag{Name: "to", Usage: "end of the time range, exclusive (required)"},
			&cli.StringFlag{Name: "project", Usage: "only this project id or public key"},
			&cli.StringFlag{Name: "type", Usage: "only units with an item of one of these types, separated by commas"},
			&cli.StringFlag{Name: "where", Usage: "only envelopes whose event fits this condition"},
			&cli.StringFlag{Name: "topic", Value: "raw", Usage: "raw or dead-letters"},
			&cli.StringFlag{Name: "quotas", Value: "recorded", Usage: "recorded, skip or count"},
			&cli.StringFlag{Name: "run", Usage: "name of the run; another name does the same work again (default: made of the other flags)"},
			&cli.BoolFlag{Name: "dry-run", Usage: "write nothing, only say what would be written"},
			&cli.BoolFlag{Name: "json", Usage: "print JSON"}),
		Action: func(c *cli.Context) error { return replayRun(w, c) },
	}
}

// quotaModes are the values of --quotas.
var quotaModes = map[string]chain.QuotaMode{"recorded": chain.QuotaRecorded, "skip": chain.QuotaSkip, "count": chain.QuotaCount}

// replayPlan is what the command line asks for.
type replayPlan struct {
	cfg    replay.Config // without what belongs to the cluster
	quotas string
}

func parseReplay(c *cli.Context, now time.Time) (p replayPlan, err error) {
	wrong := func(err error) (replayPlan, error) { return p, usagef("replay: %w", err) }
	if p.cfg.From, p.cfg.To, err = parseSpan(c, now); err != nil {
		return p, err
	}
	if p.cfg.Project, p.cfg.Key, err = parseProject(c.String("project")); err != nil {
		return wrong(err)
	}
	p.cfg.Types = listFlag(c, "type")
	if p.cfg.Expression = c.String("where"); p.cfg.Expression != "" {
		if p.cfg.Where, err = parseWhere(p.cfg.Expression); err != nil {
			return wrong(fmt.Errorf("--where: %w", err))
		}
	}
	switch c.String("topic") {
	case "raw":
	case "dead-letters":
		p.cfg.DeadLetters = true
	default:
		return p, usagef("replay: --topic %s: neither raw nor dead-letters", c.String("topic"))
	}
	ok := false
	if p.cfg.Quotas, ok = quotaModes[c.String("quotas")]; !ok {
		return p, usagef("replay: --quotas %s: none of recorded, skip, count", c.String("quotas"))
	}
	if p.cfg.DryRun = c.Bool("dry-run"); p.cfg.DryRun && p.cfg.Quotas == chain.QuotaCount {
		return p, usagef("replay: --dry-run changes nothing, so it cannot count quotas; choose --quotas recorded or skip")
	}
	p.cfg.ID, p.quotas = c.String("run"), c.String("quotas")
	return p, nil
}

func replayRun(w *world, c *cli.Context) error {
	plan, err := parseReplay(c, time.Now())
	if err != nil {
		return err
	}
	s, err := toolStack(w, c, true)
	if err != nil {
		return err
	}
	source := s.names.Raw
	if plan.cfg.DeadLetters {
		source = s.names.DeadLetters
	}
	if _, err := s.existing(c.Context, "replay", []string{source}); err != nil {
		return err
	}
	report, err := s.replay(c.Context, w, &plan.cfg)
	if err = s.stopAfter(err); err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	result := replayReport{Report: report, plan: &plan, source: source}
	if c.Bool("json") {
		if err := json.NewEncoder(w.stdout).Encode(result.document()); err != nil {
			return fmt.Errorf("replay: write: %w", err)
		}
	} else {
		result.print(w.stdout, paint(isTerminal(w.stdout)))
	}
	if !report.Finished {
		return errSaid
	}
	return nil
}

// replay runs with a progress bar.
func (s *stack) replay(ctx context.Context, w *world, cfg *replay.Config) (replay.Report, error) {
	if err := s.openReplay(ctx, cfg); err != nil {
		return replay.Report{}, err
	}
	bar := lateProgress{w: w.stderr}
	defer bar.end()
	return replay.Run(ctx, *cfg, func(p replay.Progress) { bar.set("replay", p.Done, p.Records) })
}
