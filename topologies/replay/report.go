package replay

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"weir/codecs/ingest"
	"weir/codecs/ledger"
	"weir/processors/chain"
)

// Report says what a run did, or with DryRun would do.
type Report struct {
	ID       string
	DryRun   bool
	Records  int64 // in the range of offsets
	Done     int64 // of these, read so far, those of an earlier start included
	Resumed  int64 // of these, done by an earlier start of the same run
	Selected int64 // envelopes put through the chain
	Unknown  int64 // left out: the project's config did not come
	Broken   int64 // left out: the record or its chunks cannot be read
	Skipped  int64 // left out by a filter
	Items    chain.Items
	Messages map[ingest.Topic]int64
	Counts   map[ledger.Count]uint64 // by category, end and reason; Quantity is 0 in the keys
	Dead     []string                // the first units that died (again), with the reason
	Finished bool                    // false: interrupted, start again to go on
}

// Progress is Report as of now; Messages and Counts are nil.
type Progress = Report

func newReport(id string, dry bool) *Report {
	return &Report{ID: id, DryRun: dry, Messages: map[ingest.Topic]int64{}, Counts: map[ledger.Count]uint64{}}
}

// maxDead bounds Report.Dead.
const maxDead = 20

// add counts one result.
func (r *Report) add(at string, res *chain.Result) {
	r.Selected++
	r.Items.Add(res.Items)
	for i := range res.Messages {
		r.Messages[res.Messages[i].Topic]++
	}
	for _, t := range res.Ledger {
		r.Counts[ledger.Count{Category: t.Category, ID: t.ID, Reason: t.Reason}] += t.Quantity
	}
	for _, d := range res.Dead {
		if len(r.Dead) < maxDead {
			r.Dead = append(r.Dead, fmt.Sprintf("%s unit %d: %s in %s", at, d.Unit, d.Reason, d.Step))
		}
	}
}

// Outcomes returns Counts, with their quantities, ordered by outcome, reason and category; accepted ones come first.
func (r *Report) Outcomes() []ledger.Count {
	list := make([]ledger.Count, 0, len(r.Counts))
	for c, n := range r.Counts {
		c.Quantity = n
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b ledger.Count) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Category, b.Category))
	})
	return list
}

// Topics returns the topics with messages in the order of topics.tsv.
func (r *Report) Topics() []ingest.Topic {
	return slices.Sorted(maps.Keys(r.Messages))
}

func (r *Report) snapshot() Progress {
	p := *r
	p.Messages, p.Counts, p.Dead = nil, nil, slices.Clone(r.Dead)
	return p
}
