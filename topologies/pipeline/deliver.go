package pipeline

import (
	"weir/codecs/ledger"
	"weir/codecs/outcome"
	"weir/codecs/raw"
	"weir/processors"
	"weir/processors/admission"
	"weir/processors/chain"

	"github.com/twmb/franz-go/pkg/kgo"
)

// ReasonInternal is the outcome reason of what no topic takes (pipeline 9.9).
const ReasonInternal outcome.Reason = "internal"

// Deliver makes the records of a result. A unit with a message that its topic does not take is not delivered at all: its
// accepted items end as invalid internal, in res, and the number of such units is returned (pipeline 9.9).
func (t *Topics) Deliver(res *chain.Result, rec *raw.Record) (out []kgo.Record, oversized int) {
	out = make([]kgo.Record, 0, len(res.Messages))
	var tooLarge []int
	if t.Documents {
		tooLarge = asDocuments(res, rec)
	}
	for i := range res.Messages {
		r, ok := t.Record(&res.Messages[i])
		if !ok {
			tooLarge = append(tooLarge, i)
		}
		out = append(out, r)
	}
	if len(tooLarge) == 0 {
		return out, 0
	}
	return withhold(res, rec, out, tooLarge)
}

// withhold takes the units of the messages in tooLarge out of the records.
func withhold(res *chain.Result, rec *raw.Record, out []kgo.Record, tooLarge []int) (kept []kgo.Record, units int) {
	unitOf := messageUnits(res)
	bad := map[int]bool{}
	for _, i := range tooLarge {
		bad[unitOf[i]] = true
	}
	kept = out[:0]
	for i := range out {
		if !bad[unitOf[i]] {
			kept = append(kept, out[i])
		}
	}
	for i, u := range res.Units {
		if bad[i] || bad[-1] {
			reject(res, rec, u)
		}
	}
	return kept, len(bad)
}

// messageUnits returns for every message the position of its unit in res.Units, or -1 for all when the messages are not those
// of the units in order.
func messageUnits(res *chain.Result) []int {
	list := make([]int, 0, len(res.Messages))
	for i, u := range res.Units {
		for range u.Out {
			list = append(list, i)
		}
	}
	if len(list) != len(res.Messages) {
		list = list[:0]
		for range res.Messages {
			list = append(list, -1)
		}
	}
	return list
}

// reject turns the accepted items of a unit into invalid internal.
func reject(res *chain.Result, rec *raw.Record, u *processors.Unit) {
	for _, it := range u.Items {
		if it.Fate != processors.FateAccepted {
			continue
		}
		it.Fate, it.ID, it.Reason, it.Step = processors.FateDropped, outcome.Invalid, ReasonInternal, "deliver"
		if res.Items.Accepted > 0 {
			res.Items.Accepted--
			res.Items.Discarded++
		}
		quantities := it.Quantities
		if quantities == nil {
			quantities = admission.Quantities(&it.Item)
		}
		for _, q := range quantities {
			tally := outcome.Tally{Scope: res.Scope, Timestamp: rec.ReceivedAt, ID: outcome.Invalid, Reason: ReasonInternal, Category: q.Category, Quantity: q.N}
			res.Tallies = append(res.Tallies, tally)
			unaccept(res, q)
			res.Ledger = append(res.Ledger, tally)
		}
	}
}

// unaccept takes a quantity out of the accepted ones.
func unaccept(res *chain.Result, q outcome.Quantity) {
	for i := range res.Ledger {
		t := &res.Ledger[i]
		if t.ID == outcome.Accepted && t.Category == q.Category {
			n := min(t.Quantity, q.N)
			t.Quantity -= n
			q.N -= n
		}
	}
}

// Effect returns what the ledger has to know about a record's result.
func Effect(rec *raw.Record, res *chain.Result) ledger.Effect {
	e := ledger.Effect{
		Items:     ledger.Items{Received: res.Items.Received, Accepted: res.Items.Accepted, Discarded: res.Items.Discarded, Dead: res.Items.Dead},
		Unchecked: res.Unchecked,
	}
	if len(res.Ledger) > 0 {
		e.Counts = make([]ledger.Count, len(res.Ledger))
		for i, t := range res.Ledger {
			e.Counts[i] = ledger.Count{Category: t.Category, ID: t.ID, Reason: t.Reason, Quantity: t.Quantity}
		}
	}
	for _, d := range res.Dead {
		e.Dead = e.Dead || d.Unit < 0
	}
	for _, unit := range res.Limited {
		e.Limited = append(e.Limited, ledger.Limited{Receipt: rec.Receipt, Unit: unit, Reason: limitedBy(res, unit)})
	}
	for _, part := range res.LimitedParts {
		e.Limited = append(e.Limited, ledger.Limited{Receipt: rec.Receipt, Unit: part.Code, Reason: part.Reason})
	}
	return e
}

// limitedBy returns the reason of the rate limit that dropped a unit.
func limitedBy(res *chain.Result, unit int) outcome.Reason {
	for _, u := range res.Units {
		if u.Index != unit {
			continue
		}
		for _, it := range u.Items {
			if it.Fate == processors.FateDropped && it.ID == outcome.RateLimited {
				return it.Reason
			}
		}
	}
	return ""
}
