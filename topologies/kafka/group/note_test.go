package group

import (
	"testing"

	"weir/topologies/kafka/session"

	"github.com/twmb/franz-go/pkg/kgo"
)

// The time in a commit is never later than the first delivery behind its offset, and at most a grain earlier.
func TestTimesOfCommits(t *testing.T) {
	var n notes
	tp := session.TP{Topic: "t", Part: 1}
	if got := n.since(tp, 5); got != 0 {
		t.Errorf("%d without any mark", got)
	}
	mark := func(offset, since int64) {
		n.marked(tp, session.Mark{EpochOffset: kgo.EpochOffset{Offset: offset}, Since: since})
	}
	for offset := int64(10); offset < 1000; offset++ {
		mark(offset, 1000+offset)
	}
	mark(500, 9000) // late news from another goroutine
	for _, offset := range []int64{10, 59, 60, 300, 999, 5000} {
		begun := 1000 + min(offset, 999)
		if got := n.since(tp, offset); got > begun || got <= begun-grain {
			t.Errorf("offset %d: %d, begun at %d", offset, got, begun)
		}
	}
	if len(n.marks[tp]) != 1 {
		t.Errorf("%d marks are kept", len(n.marks[tp]))
	}
	if got := n.since(tp, 9); got != 0 {
		t.Errorf("%d for an offset before all", got)
	}
}
