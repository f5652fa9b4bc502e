package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"weir/codecs/envelope"
	"weir/topologies/trace"
)

// traceFrom is how far back is looked without --from.
const traceFrom = "-24h"

func traceCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:      "trace",
		Usage:     "the story of one event: when it was received, what each step did with it, and where it went or why not",
		ArgsUsage: "EVENT_ID",
		Description: "EVENT_ID is the id of an event, with or without dashes; also that of a replay, a check-in, a profile, the event of a user report, or the receipt\n" +
			"of an envelope. Reads Kafka without a consumer group and changes nothing. What each step did is found out by running the chain again with the\n" +
			"project config that is known now and the rate limits that the ledger knows; what really happened is what the ledger and the topics say.\n" +
			"Values are shown as they were sent, before scrubbing. The newest time is searched first, and the first match ends the search.\n\n" +
			"Times are RFC 3339, `now`, or back from now as in -90m, -1h, -7d. Exit status 1: it was not found. Examples:\n\n" +
			"   weir trace --config /etc/weir 463d2f1a9c8e4b57a1d06c2b9e8f7a10\n" +
			"   weir trace --kafka-broker-url 127.0.0.1:9092 --from -7d --all --json 463d2f1a-9c8e-4b57-a1d0-6c2b9e8f7a10",
		Flags: append(configFlags(),
			&cli.StringFlag{Name: "from", Value: traceFrom, Usage: "begin of the time in which it was received"},
			&cli.StringFlag{Name: "to", Value: "now", Usage: "end of that time"},
			&cli.BoolFlag{Name: "all", Usage: "every envelope with the id, and every change, not only the first of each"},
			&cli.BoolFlag{Name: "json", Usage: "print JSON"}),
		Action: func(c *cli.Context) error { return traceRun(w, c) },
	}
}

// parseTrace reads the id and the time range.
func parseTrace(c *cli.Context, now time.Time) (cfg trace.Config, err error) {
	args, now := arguments(c), now.Truncate(time.Millisecond)
	if len(args) != 1 {
		return cfg, usagef("trace: one id is expected, not %d; see `weir trace --help`", len(args))
	}
	if cfg.ID, err = envelope.ParseEventID(strings.TrimSpace(args[0])); err != nil || cfg.ID.IsNil() {
		return cfg, usagef("trace: %q is not an id: 32 hexadecimal digits, with or without dashes", args[0])
	}
	if cfg.From, err = timeFlag(c, "from", now); err != nil {
		return cfg, err
	}
	if c.String("to") != "now" { // else to the end of the topic, whatever the clocks of others say
		if cfg.To, err = timeFlag(c, "to", now); err != nil {
			return cfg, err
		}
	}
	if to := cfg.To; !cfg.From.Before(now) && to.IsZero() || !to.IsZero() && !cfg.From.Before(to) {
		return cfg, endsEarly(c)
	}
	cfg.All = c.Bool("all")
	return cfg, nil
}

func traceRun(w *world, c *cli.Context) error {
	cfg, err := parseTrace(c, time.Now())
	if err != nil {
		return err
	}
	s, err := toolStack(w, c, true)
	if err != nil {
		return err
	}
	if _, err := s.existing(c.Context, "trace", []string{s.names.Raw}); err != nil {
		return err
	}
	bar := lateProgress{w: w.stderr}
	cfg.Progress = func(p trace.Progress) { bar.set("search "+p.Topic, p.Done, p.Total) }
	doc, err := s.trace(c.Context, cfg)
	bar.end()
	if err = s.stopAfter(err); err != nil {
		return fmt.Errorf("trace: %w", err)
	}
	if c.Bool("json") {
		err = writeJSON(w.stdout, doc)
	} else if len(doc.Envelopes) > 0 {
		err = doc.print(w.stdout, paint(isTerminal(w.stdout)), cfg.All)
	}
	if err != nil {
		return fmt.Errorf("trace: write: %w", err)
	}
	if len(doc.Envelopes) == 0 {
		return fmt.Errorf("trace: %s: not found: %s", cfg.ID, doc.advice(s, cfg.From, cfg.All))
	}
	return nil
}

// trace opens what is needed and traces.
func (s *stack) trace(ctx context.Context, cfg trace.Config) (*traceDocument, error) {
	if err := s.openPast(ctx, false); err != nil {
		return nil, err
	}
	t, err := s.tracer()
	if err != nil {
		return nil, err
	}
	return t.run(ctx, cfg)
}
