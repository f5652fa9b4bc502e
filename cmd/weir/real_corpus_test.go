package main

import (
	"testing"

	"weir/cmd/weir/corpus"
)

// Every captured request through `weir run` on a real Kafka and Redis: the answers of Relay, every event once, nothing left over.
func TestRealCorpus(t *testing.T) {
	r, ok := newReal(t, slowBroker)
	if !ok {
		return
	}
	s := r.start(t, "run", "", "run")
	s.knows(t, corpus.Key)
	out := readIngested(t, r.cluster, true, eventTopics(r.prefix)...)
	a := sendCorpus(t, s.base, r.prefix)
	a.check(t, out)
	sum := r.settled(t)
	if sum.Envelopes.Duplicates != 0 || sum.Envelopes.Dead != 0 || sum.Items.Dead != 0 || sum.Unchecked != 0 {
		t.Errorf("%+v %+v, %d quota checks without an answer", sum.Envelopes, sum.Items, sum.Unchecked)
	}
	s.stop(t)
	t.Logf("%d requests, events on %v; %+v %+v", len(corpus.All()), a.topics, sum.Envelopes, sum.Items)
}
