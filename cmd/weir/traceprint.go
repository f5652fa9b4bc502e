package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"weir/topologies/trace"
)

// print writes the story of every envelope that was found.
func (d *traceDocument) print(to io.Writer, p paint, all bool) error {
	w := bufio.NewWriter(to)
	for i := range d.Envelopes {
		if i > 0 {
			fmt.Fprintln(w)
		}
		d.Envelopes[i].print(w, p, d.ID, all)
	}
	if d.More > 0 {
		fmt.Fprintf(w, "\n%s\n", p.yellow(fmt.Sprintf("%s older envelopes have this id; choose with --from and --to", number(d.More))))
	}
	return w.Flush()
}

// labelLine writes a line with a label.
func labelLine(w io.Writer, label, format string, args ...any) {
	fmt.Fprintf(w, "  %-10s %s\n", label, fmt.Sprintf(format, args...))
}

func (e *traceEnvelope) print(w io.Writer, p paint, id string, all bool) {
	fmt.Fprintf(w, "%s  %s\n\n", p.bold(id), p.dim("found as "+e.Found))
	e.printReceived(w, p)
	e.printHistory(w, p)
	e.printChain(w, p, all)
}

func (e *traceEnvelope) printReceived(w io.Writer, p paint) {
	where := place(e.Raw)
	if e.Gone {
		where += p.yellow(", deleted there by now; its bytes are in a dead letter")
	} else {
		where += fmt.Sprintf(", written %s", after(e.ReceivedAt, e.Raw.Written))
	}
	labelLine(w, "received", "%s  %s", e.ReceivedAt.Format("2006-01-02T15:04:05.000Z"), where)
	if e.Receipt == "" {
		labelLine(w, "envelope", "%s bytes; what came with it cannot be read", number(int64(e.Bytes)))
		return
	}
	project := "no project id in the request"
	if e.Project != 0 {
		project = "project " + e.Project.String()
	}
	labelLine(w, "", "%s, key %s%s%s", project, e.Key, when(e.Trusted, ", from a trusted relay"), when(e.Signed, ", signed"))
	if s := e.Sender; s != nil {
		var from []string
		add := func(what, text string) {
			if text != "" {
				from = append(from, what+printable(text))
			}
		}
		add("", s.RemoteAddr)
		if s.ForwardedFor != s.RemoteAddr {
			add("forwarded for ", s.ForwardedFor)
		}
		add("SDK ", s.Client)
		add("user agent ", s.UserAgent)
		add("origin ", s.Origin)
		if len(from) > 0 {
			labelLine(w, "from", "%s", strings.Join(from, ", "))
		}
		labelLine(w, "envelope", "%s bytes%s, %d item%s: %s", number(int64(e.Bytes)), inChunks(e.Chunks), len(s.Items), plural(len(s.Items)), first(printable(someItems(s.Items)), "-"))
	} else {
		labelLine(w, "envelope", "%s bytes%s", number(int64(e.Bytes)), inChunks(e.Chunks))
	}
	labelLine(w, "receipt", "%s", e.Receipt)
	for _, x := range e.Discards {
		labelLine(w, "edge", "dropped %d %s: %s", x.Quantity, x.Category, p.yellow(endText(x.Outcome, x.Reason)))
	}
}

func inChunks(n int) string { return when(n > 0, fmt.Sprintf(" in %d chunk%s", n, plural(n))) }

// after is when something happened, seen from another time, for a line.
func after(a, b time.Time) string {
	switch d := b.Sub(a); {
	case d < time.Millisecond: // also before it: clocks differ
		return "at once"
	case d > 10*time.Second:
		return "after " + d.Round(time.Second).String()
	default:
		return "after " + d.Round(time.Millisecond).String()
	}
}

func place(a trace.At) string { return fmt.Sprintf("%s/%d@%d", a.Topic, a.Partition, a.Offset) }

// printHistory tells what happened, as the topics know it.
func (e *traceEnvelope) printHistory(w io.Writer, p paint) {
	for _, l := range e.Ledger {
		who := "processed"
		if l.Replay != "" {
			who = "replayed"
		}
		what := p.yellow(e.aside())
		if !l.Parked || l.Items.Received > 0 {
			what = itemsText(p, l.Items)
		}
		if l.Replay != "" {
			what += " by run " + p.cyan(l.Replay)
		}
		if l.Again {
			what += p.yellow(", a second time")
		}
		if l.Unchecked > 0 {
			what += p.yellow(", quotas not checked")
		}
		at := ""
		if l.Source.Topic != e.Raw.Topic {
			at = " from " + place(l.Source)
		}
		labelLine(w, who, "%s%s: %s", after(e.ReceivedAt, l.At.Written), at, what)
		for _, c := range l.Counts {
			if c.Outcome != "accepted" && l.Replay == "" {
				labelLine(w, "", "%s: %d %s", p.yellow(endText(c.Outcome, c.Reason)), c.Quantity, c.Category)
			}
		}
	}
	for i, a := range e.Waits {
		if i < 3 || i >= len(e.Waits)-3 {
			labelLine(w, "waited", "%s: %s", after(e.ReceivedAt, a.Written), place(a))
		} else if i == 3 {
			labelLine(w, "", "%s", p.dim(fmt.Sprintf("… %d more", len(e.Waits)-6)))
		}
	}
	for _, l := range e.DeadLetters {
		labelLine(w, "dead", "%s: %s in %s: %s", after(e.ReceivedAt, l.At.Written), p.red(l.Reason), l.Step, printable(l.Detail))
		labelLine(w, "", "%s; `weir replay --topic dead-letters` tries again", place(l.At))
	}
	e.printState(w, p)
}

func (e *traceEnvelope) aside() string {
	if e.State == stateForward || slices.ContainsFunc(e.Waits, func(a trace.At) bool { return strings.Contains(a.Topic, "forward") }) {
		return "handed on to the upstream"
	}
	return "put aside: the config of its project was not known"
}

func itemsText(p paint, i replayItems) string {
	parts := []string{fmt.Sprintf("%d item%s", i.Received, plural(int(i.Received)))}
	if i.Accepted > 0 {
		parts = append(parts, p.green(fmt.Sprintf("%d accepted", i.Accepted)))
	}
	if i.Discarded > 0 {
		parts = append(parts, p.yellow(fmt.Sprintf("%d discarded", i.Discarded)))
	}
	if i.Dead > 0 {
		parts = append(parts, p.red(fmt.Sprintf("%d dead", i.Dead)))
	}
	return strings.Join(parts, ", ")
}

// printState says where it is if it has not ended.
func (e *traceEnvelope) printState(w io.Writer, p paint) {
	switch e.State {
	case stateInFlight:
		labelLine(w, "now", "%s", p.yellow(fmt.Sprintf("not processed yet: the pipeline group has %s record%s of %s/%d to read up to it", number(e.Behind), plural(int(e.Behind)), e.Raw.Topic, e.Raw.Partition)))
	case stateParked:
		labelLine(w, "now", "%s", p.yellow("it waits for the config of its project, until "+e.GivenUp.Format(time.RFC3339)+" at most"))
	case stateForward:
		labelLine(w, "now", "%s", p.yellow("it waits for the upstream, until "+e.GivenUp.Format(time.RFC3339)+" at most"))
	case stateUnknown:
		if e.Behind < 0 {
			labelLine(w, "now", "%s", p.yellow("the ledger does not say what became of it, and no group says how far it is: has a worker ever run?"))
			return
		}
		labelLine(w, "now", "%s", p.yellow("it was read, but the ledger does not say what became of it: not yet, or not any more"))
	}
}

// fewTraced is how many items and messages of an envelope are printed.
const fewTraced = 20

// someItems names the first items of an envelope.
func someItems(types []string) string {
	if len(types) > fewTraced {
		return strings.Join(types[:fewTraced], ", ") + ", …"
	}
	return strings.Join(types, ", ")
}

// printChain tells what the steps make of it now.
func (e *traceEnvelope) printChain(w io.Writer, p paint, all bool) {
	if e.Problem != "" {
		fmt.Fprintf(w, "\n%s\n", p.yellow("the chain was not run again: "+printable(e.Problem)))
		return
	}
	config := ""
	if c := e.Config; c != nil {
		config = ": " + c.State
		if c.Project != 0 {
			config = ": " + c.Project.String() + " " + c.State
		}
		if c.Source != "" {
			config += fmt.Sprintf(", from %s at %s", c.Source, c.Updated.Format(time.RFC3339))
		}
		config += when(c.Rev != "", ", rev "+c.Rev)
	}
	fmt.Fprintf(w, "\n%s\n", p.bold("run again")+p.dim(" with the project config known now"+config+"; quotas as recorded"))
	if e.Differs {
		fmt.Fprintf(w, "%s\n", p.yellow("The ledger knows another end: the config, or weir, has changed since."))
	}
	printTrail(w, p, e.Trail, all)
	fmt.Fprintf(w, "\n%s\n", p.dim("items"))
	width := stepWidth
	for i := range e.Items {
		width = min(max(width, len(e.Items[i].what())), 40)
	}
	shown := func(n int) int { // containers may hold thousands
		if all {
			return n
		}
		return min(n, fewTraced)
	}
	rest := func(n int, what string) {
		if n > shown(n) {
			fmt.Fprintf(w, "  %s\n", p.dim(fmt.Sprintf("… and %d more %s (--all)", n-shown(n), what)))
		}
	}
	for i := range e.Items[:shown(len(e.Items))] {
		a := &e.Items[i]
		a.Verdict.print(w, p, fmt.Sprintf("%-*s", width, a.what()), a.Topic, a.Bytes)
	}
	rest(len(e.Items), "items")
	if len(e.Messages) > 0 {
		fmt.Fprintf(w, "\n%s\n", p.dim("messages"+when(e.Guessed, ", if no filter and no quota had dropped anything")))
	}
	for _, m := range e.Messages[:shown(len(e.Messages))] {
		fmt.Fprintf(w, "  %s%s  key %s  %s\n", p.cyan(m.Topic), when(m.Type != "", " "+m.Type), m.Key, p.dim(number(int64(m.Bytes))+" bytes"))
		e.printPlaces(w, p, m.Places)
	}
	rest(len(e.Messages), "messages")
	if len(e.Outcomes) > 0 {
		fmt.Fprintf(w, "\n%s\n", p.dim("outcomes"))
	}
	for _, o := range e.Outcomes {
		fmt.Fprintf(w, "  %s  %d %s\n", p.yellow(endText(o.Outcome, o.Reason)), o.Quantity, o.Category)
		e.printPlaces(w, p, o.Places)
	}
	for _, d := range e.Dead {
		fmt.Fprintf(w, "\n%s %s in %s: %s\n", p.red("dead letter"), d.Reason, d.Step, printable(d.Detail))
	}
}

func (a *traceItem) what() string { return printable(strings.TrimSpace(a.Type + " " + a.Name)) }

// printPlaces writes where a message was found.
func (e *traceEnvelope) printPlaces(w io.Writer, p paint, list []trace.Place) {
	if len(list) == 0 && e.State == stateDone {
		fmt.Fprintf(w, "     %s\n", p.yellow("not there: not written, or deleted since"))
	}
	found := slices.ContainsFunc(list, func(x trace.Place) bool { return x.Same && x.Replay == "" })
	others := 0
	for _, x := range list {
		if found && !x.Same && x.Replay == "" {
			others++
			continue
		}
		line := fmt.Sprintf("%s, written %s", place(x.At), after(e.ReceivedAt, x.Written))
		if x.Replay != "" {
			line += " by replay " + p.cyan(x.Replay)
		}
		if x.Quantity > 0 {
			line += fmt.Sprintf(", counts %s in all", number(x.Quantity))
		}
		if !x.Same {
			line += p.yellow(", other bytes than now")
		}
		fmt.Fprintf(w, "     %s\n", line)
	}
	if others > 0 {
		fmt.Fprintf(w, "     %s\n", p.dim(fmt.Sprintf("and %d more with its key, of other envelopes with this id", others)))
	}
}
