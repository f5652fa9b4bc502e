package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/project"
)

func tryCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:      "try",
		Usage:     "run the chain over an event or an envelope without a broker and show what each step does",
		ArgsUsage: "[FILE|-]",
		Description: "FILE holds the JSON of one event, or an envelope; without FILE it is read from standard input. Quotas are counted in memory.\n\n" +
			"With --jsonl each input line is a case, {\"project\",\"event\"|\"envelope_b64\",\"meta\",\"steps\"}, and gives one line of output, in order. An event\n" +
			"of such a line takes the library form of normalization: limits of age, trimming and contexts of user agents only where meta asks for them\n" +
			"(max_secs_in_past, max_secs_in_future, enable_trimming, normalize_user_agent); an envelope is processed as a server does. Examples:\n\n" +
			"   weir try event.json --project projects/42.json\n" +
			"   curl -s https://example.com/captured.envelope | weir try - --steps normalize,scrub --json\n" +
			"   weir try --jsonl < cases.jsonl > answers.jsonl",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "project", Usage: "file with the project state (default: an enabled project with default settings)"},
			&cli.StringFlag{Name: "global", Usage: "file with the global config (default: empty)"},
			&cli.StringFlag{Name: "steps", Usage: "only these of normalize,filter,quota,scrub"},
			&cli.StringFlag{Name: "received-at", Usage: "when it was received, RFC 3339 (default: now)"},
			&cli.StringFlag{Name: "client-ip", Usage: "address of the sender"},
			&cli.StringFlag{Name: "user-agent", Usage: "user agent of the sender"},
			&cli.BoolFlag{Name: "selectors", Usage: "print the selectors with which PII rules reach the values of the event, and nothing else"},
			&cli.BoolFlag{Name: "all", Usage: "print every change, not only the first of each step"},
			&cli.BoolFlag{Name: "json", Usage: "print JSON"},
			&cli.BoolFlag{Name: "jsonl", Usage: "read cases and write answers, one a line"},
		},
		Action: func(c *cli.Context) error { return try(w, c) },
	}
}

func try(w *world, c *cli.Context) error {
	files := arguments(c)
	if len(files) > 1 {
		return usagef("try: one file is expected, not %d", len(files))
	}
	t, err := newTryer(w)
	if err != nil {
		return err
	}
	base, err := tryBase(c)
	if err != nil {
		return err
	}
	in := w.stdin
	if len(files) == 1 && files[0] != "-" {
		f, err := os.Open(files[0])
		if err != nil {
			return fmt.Errorf("try: %w", err)
		}
		defer f.Close()
		in = f
	}
	if c.Bool("jsonl") {
		return t.lines(c.Context, in, w.stdout, base)
	}
	body, err := io.ReadAll(in)
	if err != nil {
		return fmt.Errorf("try: read the input: %w", err)
	}
	cs := base
	if cs.envelope, err = openInput(body); err != nil {
		return fmt.Errorf("try: %w", err)
	}
	cs.seed = body
	if name := c.String("project"); name != "" {
		for _, f := range lintScrubbing(name) { // what is not scrubbed because of it would look as if nothing had been found
			fmt.Fprintf(w.stderr, "weir: try: %s: %s: %s\n", f.Level, f.place(), f.Text)
		}
	}
	if c.Bool("selectors") {
		return t.selectors(c.Context, w.stdout, cs, c.Bool("json"))
	}
	v := t.view(c.Context, &cs)
	if c.Bool("json") {
		return writeJSON(w.stdout, v.document())
	}
	v.print(w.stdout, paint(isTerminal(w.stdout)), c.Bool("all"))
	return nil
}

// tryBase is what the flags say about every case.
func tryBase(c *cli.Context) (trial, error) {
	cs := trial{global: project.DefaultGlobal(), receivedAt: time.Now().UTC().Truncate(time.Microsecond), now: true, clientIP: c.String("client-ip"), userAgent: c.String("user-agent")}
	var err error
	if !c.Bool("jsonl") {
		cs.state = tryProject()
	}
	if name := c.String("project"); name != "" {
		b, err := os.ReadFile(name)
		if err == nil {
			id, _ := dsn.ParseProjectID(stem(name)) // as a directory of project states names them: 42.json
			cs.state, err = parseState(b, id)
		}
		if err != nil {
			return cs, fmt.Errorf("try: --project %s: %w", name, err)
		}
	}
	if name := c.String("global"); name != "" {
		b, err := os.ReadFile(name)
		if err == nil {
			cs.global, err = project.ParseGlobal(b)
		}
		if err != nil {
			return cs, fmt.Errorf("try: --global %s: %w", name, err)
		}
	}
	if list := c.String("steps"); list != "" {
		if cs.steps, err = parseSteps(strings.Split(list, ",")); err != nil {
			return cs, usagef("try: --steps: %w", err)
		}
	}
	if text := c.String("received-at"); text != "" {
		if cs.receivedAt, err = time.Parse(time.RFC3339, text); err != nil {
			return cs, usagef("try: --received-at %s: not in the form 2026-01-02T03:04:05Z", text)
		}
		cs.now = false
	}
	return cs, nil
}

// openInput reads an envelope, or makes one of an event as the store endpoint does.
func openInput(b []byte) (*envelope.Envelope, error) {
	trimmed := bytes.TrimSpace(b)
	if len(trimmed) == 0 {
		return nil, errors.New("the input is empty")
	}
	if json.Valid(trimmed) {
		return eventEnvelope(trimmed), nil
	}
	e, err := envelope.Parse(b)
	switch head, _, more := bytes.Cut(trimmed, []byte{'\n'}); {
	case err == nil && len(e.Items) > 0:
		return e, nil
	case err == nil:
		return nil, errors.New("the envelope has no items")
	case more && json.Valid(head):
		return nil, fmt.Errorf("the input is no envelope: %w", err)
	}
	return nil, fmt.Errorf("the input is neither the JSON of an event nor an envelope: %w", json.Unmarshal(trimmed, new(any)))
}
