package chain

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"weir/codecs/outcome"
	"weir/codecs/ratelimit"
	"weir/processors"
	"weir/processors/admission"
)

// The names and reasons that the chain itself gives.
const (
	nameAdmission = "admission"
	// ReasonPanic ends a unit whose step failed.
	ReasonPanic outcome.Reason = "step_panic"
	// ReasonUnfinished ends a unit of which a step left an item without an end: a bug of weir, like a panic.
	ReasonUnfinished outcome.Reason = "unfinished"
)

// run is the work on one record.
type run struct {
	chain   *Chain
	in      *Input
	facts   *processors.Facts
	items   []*processors.Item // of the envelope, by index
	kinds   []processors.Kind  // of the unit that each belongs to
	result  Result
	learned ratelimit.Set
	whole   []outcome.Quantity // what the envelope counts for when admission refused it as a whole
	refusal outcome.Reason
	limited []outcome.Tally // outcomes of what cached limits removed
	// marked are the crash files that known limits marked, sentMarked those that came so.
	marked, sentMarked map[int]bool
	failed             map[*processors.Unit]bool
}

// admit repeats the checks of the edge, now with a config (pipeline 1 step 3). It reports whether anything is left to do.
func (r *run) admit() bool {
	in := r.in
	req := admission.Request{
		Key: in.Record.Key, Project: in.Record.Project, Origin: in.Envelope.Header.Origin, Trusted: in.Record.Trusted,
		Signature: in.Record.Signature, ReceivedAt: in.Record.ReceivedAt,
	}
	start := r.now()
	if rej := admission.CheckProject(r.chain.cfg.Admission, req, in.Status, in.State); !rej.OK() {
		r.whole, r.refusal = admission.EnvelopeQuantities(in.Envelope), rej.Reason
		for _, it := range r.items {
			it.Fate, it.ID, it.Reason, it.Step = processors.FateDropped, outcome.Invalid, rej.Reason, nameAdmission
		}
		r.trail(Step{Unit: -1, Kind: processors.KindUnknown, Name: nameAdmission, Verdict: processors.Drop(outcome.Invalid, rej.Reason), Took: r.since(start)})
		return false
	}
	switch in.Quotas {
	case QuotaCount:
		r.cachedLimits()
	case QuotaRecorded:
		r.repeat(r.items, droppedBefore, markedBefore)
	}
	r.trail(Step{Unit: -1, Kind: processors.KindUnknown, Name: nameAdmission, Took: r.since(start)})
	return true
}

// cachedLimits ends the items that a known limit forbids. Their outcomes come from admission: there items count for each other.
func (r *run) cachedLimits() {
	found := admission.CheckLimits(r.in.Envelope, admission.LimitInput{
		Scope: r.facts.Scope, Cached: r.in.Limits, State: r.facts.Project, Now: r.in.Now, Stage: admission.AtDequeue,
	})
	for _, d := range found.Discards {
		r.limited = append(r.limited, r.tally(d.ID, d.Reason, d.Category, d.Quantity))
	}
	next := 0
	for i, it := range r.items {
		if next < len(found.Removed) && found.Removed[next].Index == i {
			it.Fate, it.ID, it.Reason, it.Silent, it.Step = processors.FateDropped, outcome.RateLimited, found.Removed[next].Reason, found.Removed[next].Silent, nameAdmission
			it.Quantities = []outcome.Quantity{} // counted above
			next++
			continue
		}
		if k := i - next; k < len(r.in.Envelope.Items) {
			marked := r.in.Envelope.Items[k].RateLimited // crash files that stay
			if marked && !it.RateLimited {
				r.marked = set(r.marked, i)
			}
			it.RateLimited = marked
		}
	}
}

// unit takes a unit through its chain. Everything that happened to a unit that fails is taken back: its record will be replayed.
func (r *run) unit(ctx context.Context, u *processors.Unit) {
	if !isOpen(u) {
		return
	}
	for _, l := range r.chain.chains[u.Kind] {
		if l.set != 0 && r.in.Steps != 0 && r.in.Steps&l.set == 0 {
			continue
		}
		if !isOpen(u) && !l.usage {
			continue
		}
		step := l.step
		if l.quota {
			switch {
			case r.in.Quotas == QuotaSkip:
				continue
			case r.in.Quotas == QuotaRecorded && l.usage:
				step = keepAll // its verdict only counts; the trail is that of the first time
			case r.in.Quotas == QuotaRecorded:
				step = r.recorded
			}
		}
		before := r.snapshot(u)
		start := r.now()
		v, detail := call(ctx, step, u)
		took := r.since(start)
		r.chain.cfg.Metrics.step(l.name, took)
		s := Step{Unit: u.Index, Kind: u.Kind, Name: l.name, Verdict: v, Took: took}
		if r.in.Trail {
			s.Changed = changes(before, r.snapshot(u))
		}
		r.trail(s)
		r.mark(u, v, l.name)
		if v.Action == processors.ActionDead {
			r.dead(u, l.name, v.Reason, detail)
			return
		}
	}
	r.restore(u)
	if isOpen(u) {
		r.dead(u, "chain", ReasonUnfinished, "the steps left an item without an end")
	}
}

// restore puts back what a step took out of the list of items: items end, they do not vanish.
func (r *run) restore(u *processors.Unit) {
	next, whole := 0, true
	for i, it := range r.items {
		if r.kinds[i] != u.Kind {
			continue
		}
		whole = whole && next < len(u.Items) && u.Items[next] == it
		next++
	}
	if whole {
		return
	}
	var list []*processors.Item
	for i, it := range r.items {
		if r.kinds[i] == u.Kind {
			list = append(list, it)
		}
	}
	for _, it := range u.Items {
		if !slices.Contains(list, it) {
			list = append(list, it)
		}
	}
	u.Items = list
}

func keepAll(context.Context, *processors.Unit) processors.Verdict { return processors.Keep() }

// call runs a step; a panic becomes a dead letter with the stack for people.
func call(ctx context.Context, step processors.Step, u *processors.Unit) (v processors.Verdict, detail string) {
	defer func() {
		if p := recover(); p != nil {
			v, detail = processors.Dead(ReasonPanic), fmt.Sprintf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return step(ctx, u), ""
}

// mark carries a verdict out and names the step on every item that it ended.
func (r *run) mark(u *processors.Unit, v processors.Verdict, name string) {
	for _, it := range u.Items {
		if it.Fate == processors.FateOpen && v.Action == processors.ActionDrop {
			it.Fate, it.ID, it.Reason, it.Silent = processors.FateDropped, v.Outcome, v.Reason, v.Silent
		}
	}
	u.Settle()
	for _, it := range u.Items {
		if it.Fate != processors.FateOpen && it.Step == "" {
			it.Step = name
		}
	}
}

// dead ends a unit that weir could not process. Ends that steps gave before are taken back, except those of admission, which a replay
// will find again.
func (r *run) dead(u *processors.Unit, step string, reason outcome.Reason, detail string) {
	r.restore(u)
	for _, it := range u.Items {
		if it.Step != nameAdmission {
			it.Fate, it.ID, it.Reason, it.Silent, it.Step = processors.FateDead, 0, reason, false, step
		}
	}
	u.Out, u.Counts = nil, nil
	if r.failed == nil {
		r.failed = map[*processors.Unit]bool{}
	}
	r.failed[u] = true
	r.result.Dead = append(r.result.Dead, Dead{Unit: u.Index, Step: step, Reason: reason, Detail: detail})
	r.chain.cfg.Metrics.died(reason)
}

func set(m map[int]bool, i int) map[int]bool {
	if m == nil {
		m = map[int]bool{}
	}
	m[i] = true
	return m
}

func isOpen(u *processors.Unit) bool {
	for _, it := range u.Items {
		if it.Fate == processors.FateOpen {
			return true
		}
	}
	return false
}

func (r *run) trail(s Step) { r.result.Trail = append(r.result.Trail, s) }

func (r *run) now() time.Time {
	if r.chain.cfg.Clock == nil {
		return time.Time{}
	}
	return r.chain.cfg.Clock()
}

func (r *run) since(start time.Time) time.Duration { return r.now().Sub(start) }
