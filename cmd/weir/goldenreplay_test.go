package main

import (
	"bytes"
	"testing"

	"weir/cmd/weir/corpus"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/codecs/raw"
	"weir/processors/chain"
	"weir/topologies/pipeline"
)

// TestReplayOfCorpus puts every captured request through the chain again as `weir replay --quotas recorded` does, with what the ledger says about
// rate limits: the messages are the same byte by byte.
func TestReplayOfCorpus(t *testing.T) {
	for _, name := range []string{"default", "strict"} {
		b := newBench(t, name)
		b.topics = pipeline.NewTopics(nil, producerLimits)
		for _, r := range corpus.All() {
			b.send(t, r)
			for _, rec := range b.records {
				in := chain.Input{Record: rec, Status: project.Enabled, State: b.state, Global: &project.Global{}, Now: goldenClock}
				first := pipeline.RunChain(t.Context(), b.chain, in)
				limited := map[int]outcome.Reason{}
				for _, l := range pipeline.Effect(rec, &first).Limited {
					limited[l.Unit] = l.Reason
				}
				again := *rec
				again.Replay = &raw.Replay{}
				in = chain.Input{Record: &again, Status: project.Enabled, State: b.state, Global: &project.Global{}, Now: goldenClock.AddDate(0, 0, 1), Quotas: chain.QuotaRecorded,
					Limited: func(unit int) (outcome.Reason, bool) { reason, ok := limited[unit]; return reason, ok }}
				second := pipeline.RunChain(t.Context(), b.chain, in)
				if len(first.Messages) != len(second.Messages) {
					t.Errorf("%s/%s: %d messages, then %d", name, r.Name, len(first.Messages), len(second.Messages))
					continue
				}
				for i := range first.Messages {
					x, y := &first.Messages[i], &second.Messages[i]
					if x.Topic != y.Topic || x.Key != y.Key || !bytes.Equal(x.Value, y.Value) {
						t.Errorf("%s/%s: message %d on %s\nfirst %s\nthen  %s", name, r.Name, i, x.Topic.DefaultName(), x.Value, y.Value)
					}
				}
			}
		}
	}
}
