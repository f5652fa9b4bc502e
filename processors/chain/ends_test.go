package chain

import (
	"strconv"
	"testing"
	"time"

	"weir/codecs/outcome"
)

func TestTalliesMerge(t *testing.T) {
	at := time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC)
	var m merged
	for round := range 2 {
		for i := range 3 * fewTallies {
			m.add(outcome.Tally{Reason: outcome.Reason(strconv.Itoa(i)), Timestamp: at.In(time.FixedZone("", 3600*round)), Quantity: 2})
		}
	}
	if len(m.list) != 3*fewTallies {
		t.Fatalf("%d tallies for %d reasons", len(m.list), 3*fewTallies)
	}
	for i, x := range m.list {
		if x.Reason != outcome.Reason(strconv.Itoa(i)) || x.Quantity != 4 {
			t.Errorf("tally %d: reason %s, quantity %d", i, x.Reason, x.Quantity)
		}
	}
}
