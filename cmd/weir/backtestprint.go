package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/ledger"
)

// backtestDocument is the JSON of `weir backtest --json`.
type backtestDocument struct {
	File     string          `json:"project_file"`
	Topic    string          `json:"topic"`
	From     time.Time       `json:"from"`
	To       time.Time       `json:"to"`
	Finished bool            `json:"finished"`
	Enough   bool            `json:"stopped_at_max,omitempty"`
	Keys     []dsn.PublicKey `json:"keys"`
	Records  int64           `json:"records"`
	Done     int64           `json:"done"`
	Compared int64           `json:"compared"`
	Same     int64           `json:"same"` // envelopes without any difference
	Skipped  int64           `json:"skipped"`
	NoConfig int64           `json:"no_config"`
	Broken   int64           `json:"broken"`
	First    time.Time       `json:"first_received,omitzero"`
	Last     time.Time       `json:"last_received,omitzero"`
	Items    struct {
		InForce  replayItems `json:"in_force"`
		Proposed replayItems `json:"proposed"`
	} `json:"items"`
	Outcomes      []backtestOutcome  `json:"outcomes"`
	Dropped       []backtestDropped  `json:"newly_dropped"`
	Kept          []backtestDropped  `json:"no_longer_dropped"`
	NewlyScrubbed []backtestFieldRow `json:"newly_scrubbed"`
	NoLonger      []backtestFieldRow `json:"no_longer_scrubbed"`
	Otherwise     []backtestFieldRow `json:"scrubbed_by_another_rule"`
	Changed       []backtestFieldRow `json:"changed_otherwise"`
}

type backtestOutcome struct {
	Outcome  string `json:"outcome"`
	Reason   string `json:"reason,omitempty"`
	Category string `json:"category"`
	InForce  uint64 `json:"in_force"`
	Proposed uint64 `json:"proposed"`
}

type backtestDropped struct {
	Outcome   string   `json:"outcome"`
	Reason    string   `json:"reason,omitempty"`
	Category  string   `json:"category"`
	Quantity  uint64   `json:"quantity"`
	Envelopes uint64   `json:"envelopes"`
	Examples  []string `json:"examples"` // event ids, or receipts of envelopes without one
}

type backtestFieldRow struct {
	Path      string   `json:"path"`
	Rules     []string `json:"rules"`
	Envelopes uint64   `json:"envelopes"`
	Examples  []string `json:"examples"`
}

func effects(m map[ledger.Count]*backtestEffect) []backtestDropped {
	rows := []backtestDropped{}
	for k, e := range m {
		row := backtestDropped{k.ID.String(), k.Reason.Text(), k.Category.String(), e.quantity, e.envelopes, e.examples}
		if k == deadUnits {
			row.Outcome, row.Category = "dead_letter", "unit"
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b backtestDropped) int {
		return cmp.Or(cmp.Compare(b.Quantity, a.Quantity), strings.Compare(a.Outcome+a.Reason+a.Category, b.Outcome+b.Reason+b.Category))
	})
	return rows
}

func fieldRows(m map[string]*backtestField) []backtestFieldRow {
	rows := []backtestFieldRow{}
	for path, f := range m {
		rows = append(rows, backtestFieldRow{path, append([]string{}, slices.Sorted(maps.Keys(f.rules))...), f.count, f.examples})
	}
	slices.SortFunc(rows, func(a, b backtestFieldRow) int {
		return cmp.Or(cmp.Compare(b.Envelopes, a.Envelopes), strings.Compare(a.Path, b.Path))
	})
	return rows
}

func (d *backtestDocument) print(to io.Writer, p paint) error {
	w := bufio.NewWriter(to)
	fmt.Fprintf(w, "%s %s against %s, written %s to %s\n\n", p.bold("backtest"), d.File, d.Topic, d.From.Format(time.RFC3339), d.To.Format(time.RFC3339))
	labelLine(w, "read", "%s of %s records%s", number(d.Done), number(d.Records), when(d.Enough, ", then --max was reached"))
	span := ""
	if d.Compared > 0 {
		span = fmt.Sprintf(", received %s to %s", d.First.UTC().Format(time.RFC3339), d.Last.UTC().Format(time.RFC3339))
	}
	labelLine(w, "compared", "%s envelopes of %d key%s%s; %s end alike", number(d.Compared), len(d.Keys), plural(len(d.Keys)), span, number(d.Same))
	labelLine(w, "left out", "%s", first(amounts(amount{d.Skipped, "of others"}, amount{d.NoConfig, "without a config in force"}, amount{d.Broken, "unreadable"}), "nothing"))
	fmt.Fprintln(w)
	if len(d.Outcomes) > 0 {
		d.printOutcomes(w, p)
	}
	printDropped(w, p, "newly dropped", d.Dropped, p.red)
	printDropped(w, p, "no longer dropped", d.Kept, p.green)
	for i, rows := range [][]backtestFieldRow{d.NewlyScrubbed, d.NoLonger, d.Otherwise, d.Changed} {
		printFields(w, p, backtestWays[i], rows)
	}
	fmt.Fprintf(w, "%s\n", p.dim("Each config counted its quotas from zero, at the times of then. Requests that an edge has refused are not on "+d.Topic+"."))
	if d.Finished {
		fmt.Fprintf(w, "%s\n", p.green("✔ done, nothing was changed"))
	} else {
		fmt.Fprintf(w, "%s\n", p.yellow("interrupted; nothing was changed"))
	}
	return w.Flush()
}

// printOutcomes is the table of everything that was counted.
func (d *backtestDocument) printOutcomes(w io.Writer, p paint) {
	t := table{head: []string{"OUTCOME", "REASON", "CATEGORY", "IN FORCE", "PROPOSED", "CHANGE"}, right: 1<<3 | 1<<4 | 1<<5}
	for _, o := range d.Outcomes {
		change := "-"
		if o.InForce != o.Proposed {
			change = number(int64(o.Proposed - o.InForce))
			if o.Proposed > o.InForce {
				change = "+" + change
			}
		}
		t.add(o.Outcome, printable(orDash(o.Reason)), o.Category, number(o.InForce), number(o.Proposed), change)
	}
	t.print(w, p)
}

func printDropped(w io.Writer, p paint, title string, rows []backtestDropped, colour func(string) string) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(w, "%s\n", p.bold(title))
	for _, r := range rows {
		fmt.Fprintf(w, "  %s: %s %s in %s envelope%s\n", colour(endText(r.Outcome, r.Reason)), number(r.Quantity), r.Category, number(r.Envelopes), plural(int(r.Envelopes)))
		fmt.Fprintf(w, "     %s\n", p.dim("such as "+strings.Join(r.Examples, ", ")))
	}
	fmt.Fprintln(w)
}

// fewFields is how many fields of a kind are printed.
const fewFields = 40

func printFields(w io.Writer, p paint, title string, rows []backtestFieldRow) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(w, "%s\n", p.bold(title))
	width := 0
	for _, r := range rows[:min(len(rows), fewFields)] {
		width = min(max(width, len(printable(r.Path))), 50)
	}
	for _, r := range rows[:min(len(rows), fewFields)] {
		rules := when(len(r.Rules) > 0, "by "+printable(strings.Join(r.Rules, "; "))+"  ")
		fmt.Fprintf(w, "  %-*s  %s envelope%s  %s%s\n", width, printable(r.Path), number(r.Envelopes), plural(int(r.Envelopes)), p.yellow(rules), p.dim("such as "+r.Examples[0]))
	}
	if n := len(rows) - fewFields; n > 0 {
		fmt.Fprintf(w, "  %s\n", p.dim(fmt.Sprintf("… and %d more fields (--json)", n)))
	}
	fmt.Fprintln(w)
}
