package main

import (
	"testing"

	"weir/cmd/weir/corpus"
	"weir/codecs/project"
	"weir/processors/chain"
	"weir/topologies/pipeline"
)

// captured names a captured request for each type of item.
var captured = []struct{ kind, request string }{
	{"event", "browser/002-error-handled-cause.event"},
	{"transaction", "browser/021-pageload-transaction-static"},
	{"feedback", "browser/061-v8-user-feedback"},
	{"attachment", "browser/045-attachment"},
	{"minidump", "curl/002-minidump-multipart-real"},
	{"session", "browser/001-error-handled-cause.session"},
	{"check_in", "go/003-check-in"},
	{"replay", "browser/025-replay.replay-event-replay-recording"},
	{"profile_chunk", "browser/068-profile-manual-lifecycle"},
	{"span", "node/018-span-stream"},
	{"log", "python/024-logs"},
	{"trace_metric", "node/017-metrics"},
	{"otlp", "otel/001-traces-protobuf"},
}

// BenchmarkItems takes one captured request of each kind of item from the raw record to its messages: parsing, the chain, encoding. Bytes are
// those of the envelope.
func BenchmarkItems(b *testing.B) {
	for _, c := range captured {
		b.Run(c.kind, func(b *testing.B) {
			r, err := corpus.Get(c.request)
			if err != nil {
				b.Fatal(err)
			}
			bench := newBench(b, "default")
			bench.topics = pipeline.NewTopics(nil, producerLimits)
			bench.send(b, r)
			rec := bench.records[0]
			in := chain.Input{Record: rec, Status: project.Enabled, State: bench.state, Global: &project.Global{}, Now: goldenClock}
			b.ReportAllocs()
			b.SetBytes(int64(len(rec.Body)))
			b.ResetTimer()
			for b.Loop() {
				if res := pipeline.RunChain(b.Context(), bench.chain, in); len(res.Messages) == 0 {
					b.Fatal("no message")
				}
			}
		})
	}
}
