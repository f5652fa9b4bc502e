package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"weir/processors/chain"
)

// Widths of the columns of the trail, and how many changes of a step are printed.
const (
	stepWidth  = 11
	fewChanges = 12
)

// print writes the verdict trail and the result of each item.
func (v *tryView) print(w io.Writer, p paint, all bool) {
	what := "envelope"
	if id := v.eventID(); !id.IsNil() {
		what = "event " + id.String()
	}
	fmt.Fprintf(w, "%s  %d item%s, project %s, received %s\n", p.bold(what), len(v.items), plural(len(v.items)), v.res.Scope.Project, v.cs.receivedAt.Format(time.RFC3339))
	printTrail(w, p, v.steps, all)
	fmt.Fprintf(w, "\n%s\n", p.dim("items"))
	for _, a := range v.items {
		a.print(w, p)
	}
	if len(v.res.Tallies) > 0 {
		fmt.Fprintf(w, "\n%s\n", p.dim("outcomes"))
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, o := range v.document().Outcomes {
			fmt.Fprintf(t, "  %s\t%s\t%d %s\n", o.Outcome, printable(orDash(o.Reason)), o.Quantity, o.Category)
		}
		_ = t.Flush() // w is a terminal or a pipe; a broken one shows at the next write
	}
	for _, d := range v.res.Dead {
		v.printDead(w, p, d)
	}
}

// printTrail writes the steps, those of each unit under its kind.
func printTrail(w io.Writer, p paint, steps []stepView, all bool) {
	unit := "-"
	for _, s := range steps {
		if s.Unit != unit && s.Unit != "" {
			fmt.Fprintf(w, "\n%s\n", p.dim(s.Unit))
			unit = s.Unit
		} else if s.Unit == "" {
			fmt.Fprintln(w)
		}
		s.print(w, p, all)
	}
}

func (s *stepView) print(w io.Writer, p paint, all bool) {
	verdict := p.green("keep")
	switch s.Verdict {
	case "drop":
		verdict = p.yellow(endText(s.Outcome, s.Reason))
	case "dead_letter":
		verdict = p.red("dead letter " + s.Reason)
	default:
		if s.Items > 0 {
			verdict += fmt.Sprintf(", %d item%s ended", s.Items, plural(s.Items))
		}
	}
	took := ""
	if s.TookUS >= 1 {
		took = p.dim(fmt.Sprintf("%s  ", time.Duration(s.TookUS*1000).Round(time.Microsecond)))
	}
	fmt.Fprintf(w, "  %-*s %s%s", stepWidth, s.Step, took, verdict)
	if n := len(s.Changes); n > 0 {
		fmt.Fprintf(w, ", %d change%s", n, plural(n))
	}
	fmt.Fprintln(w)
	list := interesting(s.Changes)
	if !all && len(list) > fewChanges {
		list = list[:fewChanges]
	}
	for _, c := range list {
		c.print(w, p)
	}
	if left := len(s.Changes) - len(list); left > 0 {
		fmt.Fprintf(w, "     %s\n", p.dim(fmt.Sprintf("… and %d more (--all)", left)))
	}
}

// interesting puts what was changed or removed before what was added, and metadata last.
func interesting(list []change) []change {
	rank := func(c change) int {
		switch {
		case strings.HasPrefix(c.Path, "._meta"):
			return 2
		case c.Before == nil:
			return 1
		}
		return 0
	}
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b change) int { return rank(a) - rank(b) })
	return out
}

func (c change) print(w io.Writer, p paint) {
	switch {
	case c.Before == nil:
		fmt.Fprintf(w, "     %s %s  %s\n", p.green("+"), printable(c.Path), p.green(shown(c.After)))
	case c.After == nil:
		fmt.Fprintf(w, "     %s %s  %s\n", p.red("-"), printable(c.Path), p.red(shown(c.Before)))
	default:
		fmt.Fprintf(w, "     %s %s  %s → %s\n", p.yellow("~"), printable(c.Path), p.red(shown(c.Before)), p.green(shown(c.After)))
	}
}

func (a *itemAnswer) print(w io.Writer, p paint) {
	a.Verdict.print(w, p, a.Type, a.Topic, len(a.Payload)+len(a.PayloadB64))
}

// print writes the line of an item: what it is, how it ended, where it went, and how large it is there.
func (v *verdict) print(w io.Writer, p paint, what string, topic *string, size int) {
	end := p.yellow(endText(v.Outcome, v.Reason))
	switch v.Outcome {
	case "accepted":
		end = p.green("accepted")
		if topic != nil {
			end += " → " + p.cyan(*topic)
		}
		if size > 0 {
			end += p.dim(fmt.Sprintf("  %d bytes", size))
		}
	case "dead_letter":
		end = p.red(printable("dead letter " + v.Reason))
	}
	if v.Step != "" {
		end += p.dim("  by " + v.Step)
	}
	fmt.Fprintf(w, "  %-*s %s\n", stepWidth, printable(what), end)
}

func (v *tryView) printDead(w io.Writer, p paint, d chain.Dead) {
	fmt.Fprintf(w, "\n%s %s in %s: %s\n", p.red("dead letter"), d.Reason, d.Step, d.Detail)
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
