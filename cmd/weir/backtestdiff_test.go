package main

import (
	"slices"
	"testing"

	"weir/codecs/envelope"
	"weir/codecs/outcome"
	"weir/codecs/raw"
	"weir/processors/chain"
	"weir/topologies/backtest"
)

// Units that only one config makes dead are told as such, although no category counts for them.
func TestDeadUnits(t *testing.T) {
	fine := chain.Result{Ledger: []outcome.Tally{{ID: outcome.Accepted, Category: outcome.Default, Quantity: 1}}}
	dead := chain.Result{Dead: []chain.Dead{{Unit: 1, Step: "scrub", Reason: "step_panic"}}}
	for _, c := range []struct {
		inForce, then chain.Result
		want          []string
		same          int64
	}{
		{fine, dead, []string{"dropped dead_letter  1 unit"}, 0}, {dead, fine, []string{"kept dead_letter  1 unit"}, 0}, {dead, dead, nil, 1}, {fine, fine, nil, 1},
	} {
		d := newBacktestDiff()
		d.add(&backtest.Pair{Record: &raw.Record{}, Sent: &envelope.Envelope{}, InForce: c.inForce, Then: c.then})
		if doc := d.document(backtest.Report{}, nil); !slices.Equal(doc.rows(), c.want) || doc.Same != c.same {
			t.Errorf("%q, %d alike, want %q", doc.rows(), doc.Same, c.want)
		}
	}
}
