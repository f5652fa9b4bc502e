package chain

import (
	"context"

	"weir/codecs/outcome"
	"weir/processors"
)

// What a rate limit took of a unit that stays is told to the ledger beside the units that fell as a whole, so that a replay with QuotaRecorded
// repeats it. Codes are beyond the numbers of units: four for each item of the envelope.
const (
	limitedProfiler = 254 // the link of the envelope's transaction to a continuous profile
	limitedSpans    = 255 // the spans of the envelope's transaction
	limitedItems    = 256 // + 4 * index of the item + one of the following
)

const (
	droppedBefore = iota // by a known limit, before the item was looked at
	droppedLater
	markedBefore // crash files stay, marked
	markedLater
)

// LimitedPart is what a rate limit took of a unit; Code is as Input.Limited knows it.
type LimitedPart struct {
	Code   int
	Reason outcome.Reason
}

func itemCode(index, how int) int { return limitedItems + 4*index + how }

// limitedParts lists what rate limits took of a unit.
func (r *run) limitedParts(u *processors.Unit) {
	res := &r.result
	for _, it := range u.Items {
		if it.Index >= len(r.items) || r.items[it.Index] != it {
			continue
		}
		before := it.Step == nameAdmission
		switch {
		case it.Fate == processors.FateDropped && it.ID == outcome.RateLimited && before:
			res.LimitedParts = append(res.LimitedParts, LimitedPart{itemCode(it.Index, droppedBefore), it.Reason})
		case it.Fate == processors.FateDropped && it.ID == outcome.RateLimited:
			res.LimitedParts = append(res.LimitedParts, LimitedPart{itemCode(it.Index, droppedLater), it.Reason})
		case it.RateLimited && r.marked[it.Index]:
			res.LimitedParts = append(res.LimitedParts, LimitedPart{itemCode(it.Index, markedBefore), ""})
		case it.RateLimited && !r.sentMarked[it.Index]:
			res.LimitedParts = append(res.LimitedParts, LimitedPart{itemCode(it.Index, markedLater), ""})
		}
	}
	if u.ProfilerLimited {
		res.LimitedParts = append(res.LimitedParts, LimitedPart{limitedProfiler, ""})
	}
	if u.SpansLimited {
		for _, c := range u.Counts {
			if c.ID == outcome.RateLimited && c.Category == outcome.Span {
				res.LimitedParts = append(res.LimitedParts, LimitedPart{limitedSpans, c.Reason})
			}
		}
	}
}

// repeat applies what the ledger says about single items: before the steps, or in place of the quota step.
func (r *run) repeat(list []*processors.Item, dropped, marked int) {
	if r.in.Limited == nil {
		return
	}
	for _, it := range list {
		if it.Fate != processors.FateOpen || it.Index >= len(r.items) || r.items[it.Index] != it {
			continue
		}
		if reason, ok := r.in.Limited(itemCode(it.Index, dropped)); ok {
			it.Fate, it.ID, it.Reason = processors.FateDropped, outcome.RateLimited, reason
			if dropped == droppedBefore {
				it.Step = nameAdmission
			}
		}
		if _, ok := r.in.Limited(itemCode(it.Index, marked)); ok {
			it.RateLimited = true
		}
	}
}

// recorded repeats the verdicts of the ledger about a unit (weir replay --quotas recorded).
func (r *run) recorded(_ context.Context, u *processors.Unit) processors.Verdict {
	if r.in.Limited == nil {
		return processors.Keep()
	}
	if reason, limited := r.in.Limited(u.Index); limited {
		return processors.Drop(outcome.RateLimited, reason)
	}
	r.repeat(u.Items, droppedLater, markedLater)
	if _, limited := r.in.Limited(limitedProfiler); limited && u.Kind == processors.KindTransaction && u.Event != nil {
		u.UnlinkProfiler()
	}
	if reason, limited := r.in.Limited(limitedSpans); limited && u.Kind == processors.KindTransaction {
		u.SpansLimited = true
		n := u.ChildSpans() + 1
		u.Count(outcome.RateLimited, reason, outcome.Span, n, u.ReceivedAt)
		u.Count(outcome.RateLimited, reason, outcome.SpanIndexed, n, u.ReceivedAt)
	}
	return processors.Keep()
}
