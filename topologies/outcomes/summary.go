package outcomes

import (
	"context"
	"fmt"

	"weir/codecs/ledger"
	"weir/codecs/topic"
	"weir/topologies/kafka/client"
	"weir/topologies/kafka/lag"
)

// Summary is the conservation equation (house 1.8): nothing that was accepted is unaccounted for. While records are on their
// way, offsets and counters belong to slightly different moments, and Difference is off by what is in motion.
type Summary struct {
	Envelopes Envelopes      `json:"envelopes"`
	Items     Items          `json:"items"`
	Counts    []ledger.Count `json:"-"`         // by end, reason and category, everything that was ever counted
	Unchecked uint64         `json:"unchecked"` // quota checks that the store did not answer
	LedgerLag int64          `json:"ledger_lag"`
	// Settled says that nothing is on its way. Together with a Difference of 0, everything is accounted for.
	Settled bool `json:"settled"`
}

// Envelopes: Received = Finished + Parked + InFlight + Lost + Difference.
type Envelopes struct {
	Received   int64 `json:"received"`   // end offsets of raw
	Finished   int64 `json:"finished"`   // counted in the ledger, the parked ones aside
	Parked     int64 `json:"parked"`     // parked, or on their way to the upstream, according to the ledger and not finished
	InFlight   int64 `json:"in_flight"`  // on raw, not processed
	Lost       int64 `json:"lost"`       // deleted from raw before they were processed (retention)
	Dead       int64 `json:"dead"`       // of Finished: dead letters as a whole
	Duplicates int64 `json:"duplicates"` // processed more than once
	Waiting    int64 `json:"waiting"`    // on parked, released, forward and forward-aside, about: what Parked should be
	Difference int64 `json:"difference"`
}

// Items: Received = Accepted + Discarded + Dead + Difference.
type Items struct {
	Received   uint64 `json:"received"`
	Accepted   uint64 `json:"accepted"`
	Discarded  uint64 `json:"discarded"`
	Dead       uint64 `json:"dead"`
	Difference int64  `json:"difference"`
}

// Summarize reads the positions of all groups and compares them with the view.
func Summarize(ctx context.Context, cluster client.Config, names topic.Names, groups topic.Groups, v *View) (Summary, error) {
	positions, err := lag.Read(ctx, cluster,
		lag.Group{Name: groups.Pipeline, Topics: []string{names.Raw, names.Released}},
		lag.Group{Name: groups.Parking, Topics: []string{names.Parked}},
		lag.Group{Name: groups.Outcomes, Topics: []string{names.Ledger}})
	if err != nil {
		return Summary{}, fmt.Errorf("conservation equation: %w", err)
	}
	return Sum(v.Totals(), positions, names), nil
}

// Sum makes the equation of the totals and of the groups' positions.
func Sum(totals Part, positions []lag.Partition, names topic.Names) Summary {
	s := Summary{Counts: totals.Counts, Unchecked: totals.Unchecked}
	e := &s.Envelopes
	for _, p := range positions {
		switch p.Topic {
		case names.Raw:
			e.Received += p.End
			e.InFlight += p.Lag
			e.Lost += lost(totals.Sources[ledger.Source{Topic: p.Topic, Partition: p.Partition}], &p)
		case names.Parked, names.Released, names.Forward, names.ForwardAside:
			e.Waiting += p.Lag
		case names.Ledger:
			s.LedgerLag += p.Lag
		}
	}
	b := totals.Balance(names)
	e.Finished, e.Parked, e.Dead, e.Duplicates, s.Items = b.Finished, b.Parked, b.Dead, b.Duplicates, b.Items
	e.Difference = e.Received - e.Finished - e.Parked - e.InFlight - e.Lost
	s.Settled = e.InFlight == 0 && e.Parked == 0
	return s
}

// lost is how many records of a partition were deleted before they were processed: those between what was reached and what is there, and those that
// were passed by. The ledger counts the offsets of a partition in their order, so that one with later ones behind it never comes. What is
// still there was not deleted: that is a difference.
func lost(a Applied, p *lag.Partition) int64 {
	reached, passed := int64(0), int64(0)
	if a.Envelopes > 0 {
		reached, passed = a.Last+1, max(a.Last+1-int64(a.Envelopes), 0)
	}
	if !p.Fresh {
		reached = max(reached, p.Committed)
	}
	return max(p.Start-reached, 0) + min(passed, p.Start)
}
