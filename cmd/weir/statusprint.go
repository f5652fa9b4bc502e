package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"weir/edge/upstream"
)

// How much of a list is printed; --json has all of it.
const (
	maxStatusProjects   = 20
	maxStatusPartitions = 16
	maxStatusLimits     = 20
	maxStatusReasons    = 3
)

// print writes the report for people; clear moves to the top of a terminal first.
func (r *statusReport) print(w io.Writer, p paint, clear bool) error {
	var b bytes.Buffer
	if clear {
		b.WriteString("\x1b[H\x1b[2J")
	}
	fmt.Fprintf(&b, "%s  %s  %s, ack %s  namespace %s\n\n", p.bold("weir"), strings.Join(r.Brokers, ","), r.Delivery, r.Ack, r.Namespace)
	r.printUpstream(&b, p)
	r.printEquation(&b, p)
	r.printOutcomes(&b, p)
	r.printLag(&b, p)
	r.printProjects(&b, p)
	r.printLimits(&b, p)
	_, err := w.Write(b.Bytes())
	return err
}

func (r *statusReport) printUpstream(w io.Writer, p paint) {
	u := r.Upstream
	if u == nil {
		return
	}
	ago := func(t time.Time) string { return r.At.Sub(t).Round(time.Second).String() }
	state := u.State
	switch {
	case u.Silent:
		state = p.yellow(fmt.Sprintf("unknown: no process has said anything for %s; it was %s then", ago(u.Updated), u.State))
	case u.State == upstream.StateRefused:
		state = p.red("refused: the upstream told this relay to stop; nothing is sent until weir is started again")
	case !u.Away.IsZero():
		state = p.red(fmt.Sprintf("away for %s; what it shall get waits", ago(u.Away)))
	case u.State == upstream.StateRegistering:
		state = p.yellow("not registered for " + ago(u.Since))
	case u.State == upstream.StateRegistered:
		state = p.green("registered for " + ago(u.Since))
	}
	fmt.Fprintf(w, "%s  %s  %s\n", p.dim("UPSTREAM"), u.URL, state)
	if u.Error != "" {
		fmt.Fprintf(w, "          %s\n", p.yellow(u.Error))
	}
	fmt.Fprintln(w)
}

func (r *statusReport) printEquation(w io.Writer, p paint) {
	e, i := r.Envelopes, r.Items
	switch {
	case r.Holds:
		fmt.Fprintln(w, p.green("✔ everything that was received is accounted for"))
	case r.Settled:
		fmt.Fprintln(w, p.red(fmt.Sprintf("✘ %s envelopes and %s items are unaccounted for", number(e.Difference), number(i.Difference))))
	default:
		fmt.Fprintln(w, p.yellow("… records are on their way"))
	}
	fmt.Fprintf(w, "  envelopes  %s received = %s finished + %s %s + %s in flight", p.bold(number(e.Received)), number(e.Finished), warn(p, e.Parked), r.waiting(), warn(p, e.InFlight))
	if e.Lost != 0 {
		fmt.Fprintf(w, " + %s", p.red(number(e.Lost)+" lost to retention"))
	}
	if e.Difference != 0 {
		fmt.Fprintf(w, " + %s", p.yellow(number(e.Difference)+" unexplained"))
	}
	fmt.Fprintf(w, "\n  items      %s received = %s accepted + %s discarded + %s dead", p.bold(number(i.Received)), number(i.Accepted), number(i.Discarded), alarm(p, i.Dead))
	if i.Difference != 0 {
		fmt.Fprintf(w, " + %s", p.red(number(i.Difference)+" unexplained"))
	}
	var notes []string
	for _, n := range []struct {
		n    int64
		text string
	}{{e.Duplicates, "envelopes processed more than once"}, {e.Dead, "envelopes dead as a whole"}, {int64(r.Unchecked), "quota checks skipped while the store was down"}, {r.LedgerLag, "ledger records not counted yet"}} {
		if n.n != 0 {
			notes = append(notes, number(n.n)+" "+n.text)
		}
	}
	if r.Rates != nil {
		notes = append(notes, fmt.Sprintf("%.0f/s received, %.0f/s finished", r.Rates.Received, r.Rates.Finished))
	}
	if len(notes) > 0 {
		fmt.Fprintf(w, "\n  %s", p.dim(strings.Join(notes, "; ")))
	}
	fmt.Fprint(w, "\n\n")
}

// waiting is what records wait for that are neither finished nor in flight.
func (r *statusReport) waiting() string {
	if r.Forwards {
		return "parked or waiting for the upstream"
	}
	return "parked"
}

func (r *statusReport) printOutcomes(w io.Writer, p paint) {
	if len(r.Counts) == 0 {
		return
	}
	t := table{head: []string{"OUTCOME", "REASON", "CATEGORY", "QUANTITY"}, right: 1 << 3}
	for _, c := range r.Counts {
		t.add(outcomeColour(p, c.Outcome), printable(orDash(c.Reason)), c.Category, number(c.Quantity))
	}
	t.print(w, p)
}

func outcomeColour(p paint, name string) string {
	if name == "accepted" {
		return p.green(name)
	}
	return p.yellow(name)
}

func (r *statusReport) printLag(w io.Writer, p paint) {
	t := table{head: []string{"GROUP", "TOPIC", "LAG", "BY PARTITION"}, right: 1 << 2}
	for i := 0; i < len(r.Lag); {
		first, sum, lost := r.Lag[i], int64(0), int64(0)
		var parts []string
		for ; i < len(r.Lag) && r.Lag[i].Group == first.Group && r.Lag[i].Topic == first.Topic; i++ {
			sum, lost = sum+r.Lag[i].Lag, lost+r.Lag[i].Lost
			parts = append(parts, warn(p, r.Lag[i].Lag))
		}
		by := strings.Join(parts, " ")
		if len(parts) > maxStatusPartitions {
			by = fmt.Sprintf("%d partitions", len(parts))
		}
		if lost > 0 {
			by += p.red("  " + number(lost) + " deleted before they were read")
		}
		t.add(first.Group, first.Topic, warn(p, sum), by)
	}
	t.print(w, p)
}

func (r *statusReport) printProjects(w io.Writer, p paint) {
	s := r.States
	fmt.Fprintf(w, "%s  %d enabled, %d disabled, %d stale, %d expired", p.dim("PROJECT STATES"), s.Enabled, s.Disabled, s.Stale, s.Expired)
	if !s.Global {
		fmt.Fprint(w, p.yellow("; the global config is not known yet: nothing is processed"))
	}
	fmt.Fprint(w, "\n\n")
	if len(r.Projects) == 0 {
		return
	}
	t := table{head: []string{"KEY", "PROJECT", "STATE", "RECEIVED", "ACCEPTED", "DISCARDED", "DEAD", "PARKED", "TWICE", "MOSTLY"}, right: 1<<3 | 1<<4 | 1<<5 | 1<<6 | 1<<7 | 1<<8}
	for _, row := range r.Projects[:min(len(r.Projects), maxStatusProjects)] {
		name := "-"
		if row.Project != 0 {
			name = strings.TrimSpace(row.Project.String() + " " + row.Slug)
		}
		var why []string
		for _, c := range row.Reasons[:min(len(row.Reasons), maxStatusReasons)] {
			why = append(why, fmt.Sprintf("%s %s", endText(c.Outcome, c.Reason), c.Category))
		}
		if row.Difference != 0 {
			why = append([]string{p.red(number(row.Difference) + " unexplained")}, why...)
		}
		t.add(string(row.Key), name, row.State, number(row.Received), number(row.Accepted), number(row.Discarded), alarm(p, row.Dead), warn(p, row.Parked), number(row.Duplicates), p.dim(strings.Join(slices.Compact(why), ", ")))
	}
	t.print(w, p)
	if n := len(r.Projects) - maxStatusProjects; n > 0 {
		fmt.Fprintf(w, "%s\n\n", p.dim(fmt.Sprintf("… and %d more keys (--json)", n)))
	}
}

func (r *statusReport) printLimits(w io.Writer, p paint) {
	if len(r.Limits) == 0 {
		fmt.Fprintf(w, "%s  none in force\n", p.dim("RATE LIMITS"))
		return
	}
	t := table{head: []string{"RATE LIMIT", "OF", "CATEGORIES", "REASON", "FOR"}}
	for _, l := range r.Limits[:min(len(r.Limits), maxStatusLimits)] {
		what := strings.Join(append(slices.Clone(l.Categories), l.Namespaces...), ",")
		t.add(l.Scope, l.ID, first(what, "all"), orDash(l.Reason), l.Expires.Sub(r.At).Round(time.Second).String())
	}
	t.print(w, p)
	if n := len(r.Limits) - maxStatusLimits; n > 0 {
		fmt.Fprintf(w, "%s\n", p.dim(fmt.Sprintf("… and %d more (--json)", n)))
	}
}

// number prints with thousands separators.
func number[T int64 | uint64](n T) string {
	s := fmt.Sprint(n)
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// warn colours what should be zero when all is done.
func warn(p paint, n int64) string {
	if n == 0 {
		return "0"
	}
	return p.yellow(number(n))
}

// alarm colours what should be zero always.
func alarm(p paint, n uint64) string {
	if n == 0 {
		return "0"
	}
	return p.red(number(n))
}

// table aligns columns whose cells may have colours, which text/tabwriter counts as text.
type table struct {
	head  []string
	rows  [][]string
	right uint // bit set of columns that are aligned right
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) print(w io.Writer, p paint) {
	width := make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, cell := range row {
			width[i] = max(width[i], visible(cell))
		}
	}
	line := func(row []string, colour func(string) string) {
		var b strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-visible(cell))
			switch {
			case t.right>>i&1 == 1:
				b.WriteString(pad + colour(cell) + "  ")
			case i == len(row)-1:
				b.WriteString(colour(cell))
			default:
				b.WriteString(colour(cell) + pad + "  ")
			}
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
	line(t.head, p.dim)
	for _, row := range t.rows {
		line(row, func(s string) string { return s })
	}
	fmt.Fprintln(w)
}

// visible counts the characters of a cell without its colours.
func visible(s string) int {
	n := utf8.RuneCountInString(s)
	for rest := s; ; {
		i := strings.Index(rest, "\x1b[")
		if i < 0 {
			return n
		}
		j := strings.IndexByte(rest[i:], 'm')
		if j < 0 {
			return n
		}
		n -= j + 1
		rest = rest[i+j+1:]
	}
}
