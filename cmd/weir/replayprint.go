package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"weir/topologies/replay"
)

// replayReport prints what a run did and what it did not.
type replayReport struct {
	replay.Report
	plan   *replayPlan
	source string
}

// replayDocument is the JSON of `weir replay --json`.
type replayDocument struct {
	Run      string           `json:"run"`
	DryRun   bool             `json:"dry_run"`
	Finished bool             `json:"finished"`
	Topic    string           `json:"topic"`
	From     time.Time        `json:"from"`
	To       time.Time        `json:"to"`
	Quotas   string           `json:"quotas"`
	Records  int64            `json:"records"`
	Done     int64            `json:"done"`
	Resumed  int64            `json:"resumed"`
	Replayed int64            `json:"replayed"`
	Skipped  int64            `json:"skipped"`
	NoConfig int64            `json:"no_config"`
	Broken   int64            `json:"broken"`
	Items    replayItems      `json:"items"`
	Messages map[string]int64 `json:"messages"`
	Outcomes []statusCount    `json:"outcomes"`
	Dead     []string         `json:"dead"`
	Again    string           `json:"again,omitempty"` // flags that go on with this run
}

type replayItems struct {
	Received  uint64 `json:"received"`
	Accepted  uint64 `json:"accepted"`
	Discarded uint64 `json:"discarded"`
	Dead      uint64 `json:"dead"`
}

func (r *replayReport) document() replayDocument {
	d := replayDocument{Run: r.ID, DryRun: r.DryRun, Finished: r.Finished, Topic: r.source, From: r.plan.cfg.From, To: r.plan.cfg.To, Quotas: r.plan.quotas,
		Records: r.Records, Done: r.Done, Resumed: r.Resumed, Replayed: r.Selected, Skipped: r.Skipped, NoConfig: r.Unknown, Broken: r.Broken,
		Items: replayItems(r.Items), Messages: map[string]int64{}, Outcomes: countRows(r.Report.Outcomes()), Dead: append([]string{}, r.Dead...)}
	for _, t := range r.Topics() {
		d.Messages[r.topicName(t.Key())] = r.Messages[t]
	}
	if !r.Finished {
		d.Again = r.again()
	}
	return d
}

func (r *replayReport) topicName(key string) string {
	for t, names := range r.plan.cfg.Topics {
		if t.Key() == key && len(names) > 0 {
			return strings.Join(names, ",")
		}
	}
	return key
}

// again are the flags that go on with an interrupted run: relative times are written out.
func (r *replayReport) again() string {
	return fmt.Sprintf("--from %s --to %s", r.plan.cfg.From.Format(time.RFC3339Nano), r.plan.cfg.To.Format(time.RFC3339Nano))
}

func (r *replayReport) print(w io.Writer, p paint) {
	title := "replay"
	if r.DryRun {
		title = "replay, dry run"
	}
	fmt.Fprintf(w, "%s %s of %s, written %s to %s, quotas %s\n\n", p.bold(title), r.ID, r.source, r.plan.cfg.From.Format(time.RFC3339), r.plan.cfg.To.Format(time.RFC3339), r.plan.quotas)
	done, put := "replayed", "wrote"
	if r.DryRun {
		done, put = "would replay", "would write"
	}
	line := func(label, format string, args ...any) {
		fmt.Fprintf(w, "  %-13s %s\n", label, fmt.Sprintf(format, args...))
	}
	line("read", "%s of %s records%s", number(r.Done), number(r.Records), when(r.Resumed > 0, fmt.Sprintf(", %s of them in an earlier start of this run", number(r.Resumed))))
	line(done, "%s envelopes with %s items: %s accepted, %s discarded, %s dead", number(r.Selected), number(r.Items.Received), p.green(number(r.Items.Accepted)), number(r.Items.Discarded), alarm(p, r.Items.Dead))
	line("left alone", "%s", first(amounts(amount{r.Skipped, "not selected"}, amount{r.Unknown, "without a project config"}, amount{r.Broken, "unreadable"}), "nothing in the time range"))
	var wrote []string
	for _, t := range r.Topics() {
		wrote = append(wrote, fmt.Sprintf("%s %s", p.cyan(r.topicName(t.Key())), number(r.Messages[t])))
	}
	line(put, "%s", first(strings.Join(wrote, ", "), "no messages"))
	for _, c := range countRows(r.Report.Outcomes()) {
		if c.Outcome != "accepted" {
			line("", "%s %s: %s %s", p.yellow(c.Outcome), printable(orDash(c.Reason)), number(c.Quantity), c.Category)
		}
	}
	for _, d := range r.Dead {
		line("dead", "%s", p.red(d))
	}
	line("not touched", "%s", r.untouched())
	switch {
	case r.Unknown > 0 && r.DryRun:
		fmt.Fprintf(w, "\n%s\n", p.yellow("a dry run does not ask for project configs that are not in the table"))
	case r.Unknown > 0:
		fmt.Fprintf(w, "\n%s\n", p.yellow("configs are asked for on the projects topic: `weir process --groups projects` answers; give another --run to try these again"))
	}
	switch {
	case !r.Finished:
		fmt.Fprintf(w, "\n%s go on with the same flags and %s\n", p.yellow("interrupted:"), r.again())
	case r.Resumed == r.Records && r.Records > 0 && !r.DryRun:
		fmt.Fprintf(w, "\n%s\n", p.yellow("everything was replayed before by this run; give another --run to do it again"))
	default:
		fmt.Fprintf(w, "\n%s\n", p.green("✔ done"))
	}
}

// untouched says what stays as it was.
func (r *replayReport) untouched() string {
	list := []string{"the live consumer groups", "the figures of live traffic"}
	if r.plan.quotas != "count" {
		list = append(list, "quota counters")
	}
	if !r.plan.cfg.DeadLetters {
		list = append(list, "outcomes of the first time")
	}
	if r.DryRun {
		return "everything: a dry run writes nothing"
	}
	return strings.Join(list, ", ")
}

// amount is how much of something there is.
type amount struct {
	n    int64
	what string
}

// amounts lists those of which there is any.
func amounts(list ...amount) string {
	var texts []string
	for _, a := range list {
		if a.n > 0 {
			texts = append(texts, number(a.n)+" "+a.what)
		}
	}
	return strings.Join(texts, ", ")
}

func when(yes bool, text string) string {
	if yes {
		return text
	}
	return ""
}
