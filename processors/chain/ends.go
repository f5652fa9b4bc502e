package chain

import (
	"slices"

	"weir/codecs/envelope"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/processors"
	"weir/processors/admission"
)

// finish derives everything that is counted from the ends of items: the only place that knows what an end counts for (pipeline 7.2).
func (r *run) finish() {
	res := &r.result
	var t tallies
	for _, d := range r.in.Record.Discards {
		t.add(r.tally(d.ID, d.Reason, d.Category, d.Quantity), false)
	}
	for _, q := range r.whole {
		t.add(r.tally(outcome.Invalid, r.refusal, q.Category, q.N), false)
	}
	for _, l := range r.limited {
		t.add(l, false)
	}
	for _, u := range res.Units {
		r.endUnit(u, &t)
	}
	res.Tallies, res.Ledger = t.messages.list, t.ledger.list
	if r.in.Status == project.Disabled {
		res.Tallies = nil // consumers never hear of disabled projects (pipeline 7.5)
	}
	res.Learned = r.learned.Active(r.in.Now)
	r.chain.cfg.Metrics.finished(res)
}

func (r *run) endUnit(u *processors.Unit, t *tallies) {
	res := &r.result
	limited := false
	for _, it := range u.Items {
		if it.Index < len(r.items) && r.items[it.Index] == it { // derived items are no items of the envelope
			res.Items.count(it.Fate)
		}
		switch it.Fate {
		case processors.FateDropped:
			limited = limited || it.ID == outcome.RateLimited && (it == u.Main || u.Main == nil)
			if r.refusal != "" {
				continue // counted as a whole
			}
			for _, q := range quantities(u, it) {
				t.add(r.tally(it.ID, it.Reason, q.Category, q.N), it.Silent || u.Kind == processors.KindSessions)
			}
		case processors.FateAccepted:
			for _, q := range accepted(u, it) {
				t.add(r.tally(outcome.Accepted, "", q.Category, q.N), true)
			}
		}
	}
	for _, c := range u.Counts {
		tally := r.tally(c.ID, c.Reason, c.Category, c.N)
		tally.Timestamp, tally.Source = c.Timestamp, c.Source
		t.add(tally, false)
	}
	if limited && !isAccepted(u) {
		res.Limited = append(res.Limited, u.Index)
	} else {
		r.limitedParts(u)
	}
	if u.Unchecked {
		res.Unchecked++
	}
	for _, l := range u.Learned {
		r.learned.Cache(l)
	}
	res.Messages = append(res.Messages, u.Out...)
	if !r.in.Trail && !r.in.Keep && !r.failed[u] {
		release(u)
	}
}

func isAccepted(u *processors.Unit) bool {
	return slices.ContainsFunc(u.Items, func(it *processors.Item) bool { return it.Fate == processors.FateAccepted })
}

// Release gives the documents of a result back that Input.Keep has left in it.
func (r *Result) Release() {
	for _, u := range r.Units {
		if !slices.ContainsFunc(r.Dead, func(d Dead) bool { return d.Unit == u.Index || d.Unit < 0 }) {
			release(u)
		}
	}
}

// release gives the documents of a unit back: nobody looks at them any more. After a panic they may be half edited and are left to the
// collector.
func release(u *processors.Unit) {
	for _, it := range u.Items {
		it.Record = nil
		if it.Doc != nil && it.Parent == nil {
			it.Doc.Release()
		}
		it.Doc = nil
	}
	if u.Event != nil {
		u.Event.Release()
		u.Event = nil
	}
}

func (i *Items) count(f processors.Fate) {
	i.Received++
	switch f {
	case processors.FateAccepted:
		i.Accepted++
	case processors.FateDead:
		i.Dead++
	default:
		i.Discarded++
	}
}

// tally is an outcome of this record at its receive time (pipeline 7.3).
func (r *run) tally(id outcome.ID, reason outcome.Reason, c outcome.Category, n uint64) outcome.Tally {
	return outcome.Tally{Scope: r.facts.Scope, Timestamp: r.facts.ReceivedAt, ID: id, Reason: reason, Category: c, Quantity: n}
}

// tallies merges by everything but the quantity.
type tallies struct{ messages, ledger merged }

func (t *tallies) add(x outcome.Tally, silent bool) {
	if x.Quantity > 0 {
		t.ledger.add(x)
	}
	if !silent { // also of nothing: reports of clients and refused containers tell it
		t.messages.add(x)
	}
}

// merged is a list of different tallies; one that is longer than fewTallies, as only made-up reports of clients are, has an index.
type merged struct {
	list  []outcome.Tally
	index map[outcome.Tally]int
}

const fewTallies = 32

func (m *merged) add(x outcome.Tally) {
	if at := m.find(x); at >= 0 {
		m.list[at].Quantity += x.Quantity
		return
	}
	m.list = append(m.list, x)
	switch {
	case m.index != nil:
		m.index[alike(x)] = len(m.list) - 1
	case len(m.list) == fewTallies:
		m.index = make(map[outcome.Tally]int, 2*fewTallies)
		for i, y := range m.list {
			m.index[alike(y)] = i
		}
	}
}

// find returns where a tally like x stands, -1 for nowhere.
func (m *merged) find(x outcome.Tally) int {
	if m.index != nil {
		if at, ok := m.index[alike(x)]; ok {
			return at
		}
		return -1
	}
	return slices.IndexFunc(m.list, func(y outcome.Tally) bool {
		return y.ID == x.ID && y.Category == x.Category && y.Reason == x.Reason && y.Source == x.Source && y.Timestamp.Equal(x.Timestamp)
	})
}

// alike is what tallies that are merged have in common.
func alike(x outcome.Tally) outcome.Tally {
	x.Quantity, x.Timestamp = 0, x.Timestamp.UTC().Round(0)
	return x
}

// quantities is what a dropped item counts for.
func quantities(u *processors.Unit, it *processors.Item) []outcome.Quantity {
	if it.Quantities != nil {
		return it.Quantities
	}
	if it != u.Main || u.EventCategory == outcome.Unknown {
		return admission.Quantities(&it.Item)
	}
	switch {
	case it.Type == envelope.TypeAttachment: // a crash file is an event and a file
		return append(admission.Quantities(&it.Item), outcome.Quantity{Category: u.EventCategory, N: 1})
	case it.Type == envelope.TypeTransaction && u.Event != nil:
		n := 1 + u.ChildSpans()
		return []outcome.Quantity{
			{Category: outcome.Transaction, N: 1}, {Category: outcome.TransactionIndexed, N: 1}, {Category: outcome.Span, N: n}, {Category: outcome.SpanIndexed, N: n},
		}
	case it.Type == envelope.TypeTransaction:
		return admission.Quantities(&it.Item)
	}
	return []outcome.Quantity{{Category: u.EventCategory, N: 1}}
}

// accepted is what a stored item counts for in the ledger. The transaction and its spans are among the usage counters already, unless a
// limit of spans took these away; stored spans are counted where they are written.
func accepted(u *processors.Unit, it *processors.Item) []outcome.Quantity {
	if u.Kind == processors.KindSpans && it.Record != nil {
		return []outcome.Quantity{{Category: outcome.SpanIndexed, N: 1}} // spans are among the usage counters
	}
	if it.Quantities != nil || it != u.Main || it.Type != envelope.TypeTransaction {
		return quantities(u, it)
	}
	q := []outcome.Quantity{{Category: outcome.TransactionIndexed, N: 1}}
	if u.SpansLimited {
		q = append(q, outcome.Quantity{Category: outcome.Transaction, N: 1})
	}
	return q
}
