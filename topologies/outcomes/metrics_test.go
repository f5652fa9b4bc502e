package outcomes

import (
	"testing"

	"weir/codecs/ledger"
	"weir/codecs/outcome"
)

// A reason that is empty and one that is not there are one series: Prometheus refuses the whole answer when a series comes twice.
func TestSeriesAreUnique(t *testing.T) {
	p := &Part{}
	for i, reason := range []outcome.Reason{"", outcome.Blank, "x"} {
		p.count(ledger.Count{Category: outcome.Error, ID: outcome.RateLimited, Reason: reason, Quantity: 1 << i})
	}
	got := p.series()
	want := map[series]uint64{{outcome.RateLimited, outcome.Error, ""}: 3, {outcome.RateLimited, outcome.Error, "x"}: 4}
	if len(got) != len(want) {
		t.Errorf("%v", got)
	}
	for s, n := range want {
		if got[s] != n {
			t.Errorf("%v: %d, want %d", s, got[s], n)
		}
	}
}
