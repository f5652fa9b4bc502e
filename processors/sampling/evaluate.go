package sampling

import (
	"time"

	"weir/codecs/outcome"
	"weir/processors/match"
)

// evaluation carries the state from one list of rules to the next (items 18.3).
type evaluation struct {
	now     time.Time
	factor  float64
	minimum *float64
	ids     []uint32
}

// Decision is what rules said. The zero value keeps: no rule gave a rate.
type Decision struct {
	Matched bool           // a rule gave a rate
	Drop    bool           // with Matched
	Rate    float64        // with Matched: 0 to 1
	Reason  outcome.Reason // with Drop
}

func newEvaluation(now time.Time) evaluation { return evaluation{now: now, factor: 1} }

// list evaluates one list; done is true when a rule gave the rate, which then holds for what seed stands for.
func (e *evaluation) list(list []rule, fields match.Fields, seed [16]byte) (d Decision, done bool) {
	for i := range list {
		r := &list[i]
		x, active := r.at(e.now)
		if !active || !r.condition.Match(fields) {
			continue
		}
		switch r.value {
		case valueFactor:
			e.factor *= x
		case valueMinimum:
			if e.minimum != nil {
				continue
			}
			e.minimum = &x
		}
		e.ids = append(e.ids, r.id)
		if r.value != valueRate {
			continue
		}
		if e.minimum != nil {
			x = max(x, *e.minimum)
		}
		d = Decision{Matched: true, Rate: min(max(x*e.factor, 0), 1)}
		if d.Drop = valueOf(seed) >= d.Rate; d.Drop {
			d.Reason = outcome.SampledReason(e.ids)
		}
		return d, true
	}
	return Decision{}, false
}
