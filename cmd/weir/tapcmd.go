package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/urfave/cli/v2"

	"weir/codecs/dsn"
	"weir/codecs/ingest"
	"weir/codecs/outcome"
)

// The things that `weir tap` can watch.
const (
	tapRaw         = "raw"
	tapIngest      = "ingest"
	tapOutcomes    = "outcomes"
	tapDeadLetters = "dead-letters"
)

var tapThings = []string{tapRaw, tapIngest, tapOutcomes, tapDeadLetters}

func tapCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:  "tap",
		Usage: "watch live what is received, delivered, discarded or dead, one line an item",
		Description: "Starts at the end of the topics and runs until it is interrupted, or until --limit lines are printed. Reading changes nothing: no consumer\n" +
			"group is used. Examples:\n\n" +
			"   weir tap --config /etc/weir\n" +
			"   weir tap --kafka-broker-url 127.0.0.1:9092 --topic outcomes --outcome rate_limited\n" +
			"   weir tap --config /etc/weir --topic dead-letters --from-start --json --limit 10",
		Flags: append(configFlags(),
			&cli.StringFlag{Name: "topic", Value: tapIngest, Usage: "raw, ingest, outcomes or dead-letters"},
			&cli.StringFlag{Name: "project", Usage: "only this project id, or public key (raw and dead-letters)"},
			&cli.StringFlag{Name: "type", Usage: "only these item types, or categories of outcomes, separated by commas"},
			&cli.StringFlag{Name: "outcome", Usage: "only this outcome: accepted, filtered, rate_limited, invalid, client_discard"},
			&cli.BoolFlag{Name: "from-start", Usage: "begin with the oldest records"},
			&cli.IntFlag{Name: "limit", Usage: "stop after this many lines"},
			&cli.BoolFlag{Name: "json", Usage: "print whole messages as JSON, one a line"}),
		Action: func(c *cli.Context) error { return tap(w, c) },
	}
}

// tapFilter says what is wanted.
type tapFilter struct {
	project dsn.ProjectID // 0: all
	key     dsn.PublicKey // empty: all
	types   []string      // none: all
	outcome string
}

func parseTapFilter(c *cli.Context) (f tapFilter, err error) {
	if f.project, f.key, err = parseProject(c.String("project")); err != nil {
		return f, usagef("tap: %w", err)
	}
	f.types = listFlag(c, "type")
	if f.outcome = c.String("outcome"); f.outcome != "" {
		known := false
		for _, id := range outcome.AllIDs {
			known = known || id.String() == f.outcome
		}
		if !known {
			return f, usagef("tap: --outcome %s: none of accepted, filtered, rate_limited, invalid, abuse, client_discard, cardinality_limited", f.outcome)
		}
	}
	return f, nil
}

// parseProject reads a project id or a public key.
func parseProject(text string) (id dsn.ProjectID, key dsn.PublicKey, err error) {
	if text == "" {
		return 0, "", nil
	}
	if id, err = dsn.ParseProjectID(text); err == nil && id != 0 {
		return id, "", nil
	}
	if key, err = dsn.ParsePublicKey(text); err != nil {
		return 0, "", fmt.Errorf("--project %s: neither a project id nor a public key of 32 characters", text)
	}
	return 0, key, nil
}

func tap(w *world, c *cli.Context) error {
	filter, err := parseTapFilter(c)
	if err != nil {
		return err
	}
	what := c.String("topic")
	if c.IsSet("outcome") && !c.IsSet("topic") {
		what = tapOutcomes
	}
	if !slices.Contains(tapThings, what) {
		return usagef("tap: --topic %s: none of %s", what, strings.Join(tapThings, ", "))
	}
	s, err := toolStack(w, c, true)
	if err != nil {
		return err
	}
	open, topics := s.tapTopics(what)
	if topics, err = s.existing(c.Context, "tap", topics); err != nil {
		return err
	}
	at := kgo.NewOffset().AtEnd()
	if c.Bool("from-start") {
		at = kgo.NewOffset().AtStart()
	}
	cl, err := s.cluster.New(kgo.ConsumeTopics(topics...), kgo.ConsumeResetOffset(at), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.FetchMaxWait(250*time.Millisecond), kgo.FetchMaxBytes(8<<20))
	if err != nil {
		return fmt.Errorf("tap: %w", err)
	}
	defer cl.Close()
	t := &tapper{open: open, filter: filter, out: bufio.NewWriter(w.stdout), paint: paint(isTerminal(w.stdout)), json: c.Bool("json"), limit: c.Int("limit")}
	if isTerminal(w.stderr) {
		fmt.Fprintf(w.stderr, "%s\n", paint(true).dim("watching "+strings.Join(topics, ", ")+"; Ctrl-C ends"))
	}
	return t.run(c.Context, cl)
}

// tapTopics returns which topics to read, and how.
func (s *stack) tapTopics(what string) (opener, []string) {
	var topics []string
	operator := func(list ...ingest.Topic) {
		for _, t := range list {
			if a := s.cfg.Processing.Topics.Of(t); a.Config == "" {
				topics = append(topics, a.Names...)
			}
		}
	}
	switch what {
	case tapRaw:
		return openRaw, []string{s.names.Raw}
	case tapDeadLetters:
		return openDeadLetter, []string{s.names.DeadLetters}
	case tapOutcomes:
		operator(ingest.Outcomes, ingest.OutcomesBilling)
		return openOutcome, topics
	}
	for _, t := range ingest.AllTopics {
		if t != ingest.Outcomes && t != ingest.OutcomesBilling {
			operator(t)
		}
	}
	return openIngest, topics
}

// existing returns those of the topics that the cluster has; none at all is an error that says what to do.
func (s *stack) existing(ctx context.Context, command string, topics []string) ([]string, error) {
	adm, done, err := s.cluster.Admin()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", command, err)
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	listed, err := listTopics(ctx, adm, topics)
	if err != nil {
		return nil, fmt.Errorf("%s: %s does not answer: %w", command, strings.Join(s.cluster.Brokers, ","), err)
	}
	if len(listed) == 0 {
		return nil, fmt.Errorf("%s: %s has no topic %s; has weir run there, with namespace %q?", command, strings.Join(s.cluster.Brokers, ","), topics[0], s.cfg.Weir.Namespace)
	}
	return listed, nil
}

func listTopics(ctx context.Context, adm *kadm.Client, topics []string) ([]string, error) {
	there, err := adm.ListTopics(ctx, topics...)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, name := range topics {
		if d, ok := there[name]; ok && d.Err == nil && len(d.Partitions) > 0 {
			out = append(out, name)
		}
	}
	return out, nil
}

// tapper prints records.
type tapper struct {
	open    opener
	filter  tapFilter
	out     *bufio.Writer
	paint   paint
	json    bool
	limit   int
	printed int
}

// errEnough ends a tap that has printed what it should.
var errEnough = errors.New("limit reached")

func (t *tapper) run(ctx context.Context, cl *kgo.Client) error {
	for ctx.Err() == nil {
		fetches := cl.PollFetches(ctx)
		if ctx.Err() != nil {
			break
		}
		if err := fetches.Err(); err != nil {
			return fmt.Errorf("tap: read: %w", err)
		}
		var err error
		fetches.EachRecord(func(r *kgo.Record) {
			if err == nil {
				err = t.record(r)
			}
		})
		if flushed := t.out.Flush(); flushed != nil {
			return fmt.Errorf("tap: write: %w", flushed)
		}
		if errors.Is(err, errEnough) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// record prints the items of a record that are wanted.
func (t *tapper) record(r *kgo.Record) error {
	for _, row := range t.open(r) {
		if !t.filter.wants(&row) {
			continue
		}
		row.Record = recordID{r.Topic, r.Partition, r.Offset}
		if t.json {
			t.out.Write(append(appendJSON(nil, row.whole(r)), '\n')) // an error shows at Flush
		} else {
			row.print(t.out, t.paint)
		}
		if t.printed++; t.limit > 0 && t.printed >= t.limit {
			return errEnough
		}
		if t.json && row.Whole {
			break // the whole record was printed
		}
	}
	return nil
}
