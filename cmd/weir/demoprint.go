package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"weir/topologies/outcomes"
)

func (t *demoRun) say(format string, args ...any) {
	fmt.Fprintf(t.w.stdout, "  %s\n", t.p.dim("· ")+fmt.Sprintf(format, args...))
}

// print writes a line for every item that was decided since the last call.
func (t *demoRun) print() {
	for _, r := range t.record.rowsSince(t.printed) {
		t.printed++
		t.line(r)
	}
}

func (t *demoRun) line(r recorded) {
	verdict, where := "", ""
	t.fates[r.Fate]++
	switch r.Fate {
	case "accepted":
		verdict, where = t.p.green("accepted"), strings.Join(r.Topics, ", ")
		if r.Type == "client_report" {
			where = "outcomes"
		}
		if r.Released {
			t.fates["released"]++
			verdict = t.p.green("accepted") + " after parking"
		}
		if n := r.scrubbed(); n > 0 {
			t.fates["scrubbed"]++
			verdict += fmt.Sprintf(", %d field%s scrubbed", n, plural(n))
		}
	case "discarded":
		t.fates[r.Outcome]++
		verdict, where = t.p.yellow(r.Outcome)+" "+r.Reason, "outcomes"
	case "dead":
		verdict, where = t.p.red("dead letter")+" "+r.Reason, "dead-letters"
	case "parked":
		verdict, where = t.p.cyan("parked")+", "+r.Reason, "parked"
	}
	client, _, _ := strings.Cut(r.Client, "/")
	fmt.Fprintf(t.w.stdout, "  %-26s %-10s %-16s %s %-10s %s\n", client, first(demoNames[r.Project], r.Project.String()), r.Type, pad(verdict, 40), r.Step, t.p.dim("-> "+where))
}

// pad fills up with blanks; colour codes have no width.
func pad(s string, width int) string { return s + strings.Repeat(" ", max(0, width-visible(s))) }

// demoFates are what the demo must have shown.
var demoFates = []string{"accepted", "scrubbed", "filtered", "rate_limited", "invalid", "dead", "parked", "released"}

// close prints the balance.
func (t *demoRun) close(ctx context.Context) error {
	var s outcomes.Summary
	if err := t.until(ctx, "the balance", func() (ok bool, err error) {
		s, err = t.summary(ctx)
		return err == nil && s.Settled, err
	}); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	e, i := s.Envelopes, s.Items
	fmt.Fprintf(t.w.stdout, "%s\n", t.p.bold("Every item is accounted for"))
	fmt.Fprintf(t.w.stdout, "  envelopes  received %d = finished %d + parked %d + in flight %d\n", e.Received, e.Finished, e.Parked, e.InFlight)
	fmt.Fprintf(t.w.stdout, "  items      received %d = accepted %d + discarded %d + dead %d\n", i.Received, i.Accepted, i.Discarded, i.Dead)
	fmt.Fprintf(t.w.stdout, "  senders    were told %s\n", counts(t.senders, " × "))
	if e.Difference != 0 || i.Difference != 0 || e.Lost != 0 {
		return fmt.Errorf("demo: not everything is accounted for: %d envelopes, %d items are missing, %d lost", e.Difference, i.Difference, e.Lost)
	}
	for _, f := range demoFates {
		if t.fates[f] == 0 {
			return fmt.Errorf("demo: no item was %s", f)
		}
	}
	if t.senders["429"] == 0 {
		return errors.New("demo: no sender was told 429")
	}
	return nil
}

// counts prints numbers by name: 35 × 200, 1 × 429.
func counts(m map[string]int, times string) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, fmt.Sprint(m[k])+times+k)
	}
	return strings.Join(out, ", ")
}
