package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
)

// parseSpan reads --from and --to of commands that need both.
func parseSpan(c *cli.Context, now time.Time) (from, to time.Time, err error) {
	if c.String("from") == "" || c.String("to") == "" {
		return from, to, usagef("%[1]s: --from and --to are required, such as --from -1h --to now; see `weir %[1]s --help`", operation(c))
	}
	if from, err = timeFlag(c, "from", now); err != nil {
		return from, to, err
	}
	if to, err = timeFlag(c, "to", now); err != nil {
		return from, to, err
	}
	if !from.Before(to) {
		return from, to, endsEarly(c)
	}
	return from, to, nil
}

func endsEarly(c *cli.Context) error {
	return usagef("%s: --to %s is not after --from %s", operation(c), c.String("to"), c.String("from"))
}

func timeFlag(c *cli.Context, name string, now time.Time) (time.Time, error) {
	at, err := parseWhen(c.String(name), now)
	if err != nil {
		return at, usagef("%s: --%s %w", operation(c), name, err)
	}
	return at, nil
}

// parseWhen reads a time: RFC 3339, now, or a duration back from now.
func parseWhen(text string, now time.Time) (time.Time, error) {
	now = now.UTC().Truncate(time.Millisecond)
	if text == "now" {
		return now, nil
	}
	if back, ok := strings.CutPrefix(text, "-"); ok {
		days := time.Duration(0)
		if n, rest, ok := strings.Cut(back, "d"); ok {
			d, err := time.ParseDuration(n + "h")
			if err != nil {
				return now, fmt.Errorf("%s: not a time such as -1h, -7d, now or 2026-01-02T03:04:05Z", text)
			}
			days, back = 24*d, first(rest, "0s")
		}
		d, err := time.ParseDuration(back)
		if err != nil || d < 0 {
			return now, fmt.Errorf("%s: not a time such as -1h, -7d, now or 2026-01-02T03:04:05Z", text)
		}
		return now.Add(-d - days), nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return now, fmt.Errorf("%s: not a time such as -1h, -7d, now or 2026-01-02T03:04:05Z", text)
	}
	return t.UTC(), nil
}

// listFlag reads a flag with texts that are separated by commas; nil when it is not given.
func listFlag(c *cli.Context, name string) (list []string) {
	if c.String(name) == "" {
		return nil
	}
	for text := range strings.SplitSeq(c.String(name), ",") {
		list = append(list, strings.TrimSpace(text))
	}
	return list
}
