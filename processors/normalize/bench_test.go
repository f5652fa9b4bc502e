package normalize

import (
	"os"
	"testing"
	"time"

	"weir/codecs/envelope"
	"weir/codecs/event"
)

// testdata/node_error.json is the error event with a cause that @sentry/node 11.12 sent for the project's test shop.
func benchPayload(b *testing.B) ([]byte, Inputs) {
	p, err := os.ReadFile("testdata/node_error.json")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(p)))
	received := time.Date(2026, 11, 23, 7, 10, 0, 0, time.UTC)
	return p, Inputs{
		ReceivedAt: received, SentAt: received, MaxPast: 90 * 24 * time.Hour, MaxFuture: time.Minute, Project: 42, KeyID: "7", Version: "7", Client: "sentry.javascript.node/11.12.0",
		ClientIP: "203.0.113.7", InferIP: true, Trim: true, UserAgents: true, Spans: true, SpanTags: true, Rules: &Rules{},
		Server: &ServerInputs{EventID: envelope.EventID{1}, Counters: Counters{Event: uint64(len(p))}},
	}
}

func BenchmarkParseWrite(b *testing.B) {
	p, _ := benchPayload(b)
	var out []byte
	for b.Loop() {
		doc, err := event.Parse(p)
		if err != nil {
			b.Fatal(err)
		}
		out = doc.AppendTo(out[:0])
		doc.Release()
	}
}

// BenchmarkNormalize parses, normalizes and writes. The metric `times` compares it with parsing and writing alone.
func BenchmarkNormalize(b *testing.B) {
	p, in := benchPayload(b)
	n := New(Config{})
	var out []byte
	const rounds = 2000
	start := time.Now()
	for range rounds {
		doc, err := event.Parse(p)
		if err != nil {
			b.Fatal(err)
		}
		out = doc.AppendTo(out[:0])
		doc.Release()
	}
	alone := float64(time.Since(start)) / rounds
	b.ResetTimer()
	for b.Loop() {
		doc, err := event.Parse(p)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := n.Normalize(doc, in); err != nil {
			b.Fatal(err)
		}
		out = doc.AppendTo(out[:0])
		doc.Release()
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/alone, "times")
}
