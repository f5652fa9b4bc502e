package normalize

import (
	"fmt"
	"os"
	"testing"
	"time"

	"weir/codecs/envelope"
	"weir/codecs/event"
)

// benchPayloads are real events of the project's test shops, two of them grown by repeating what they have: the error with a cause that
// @sentry/node 11.12 sent, a browser's with many breadcrumbs and frames, and a page load with many spans.
func benchPayloads(tb testing.TB) map[string][]byte {
	read := func(name string) *event.Doc {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			tb.Fatal(err)
		}
		doc, err := event.Parse(b)
		if err != nil {
			tb.Fatal(err)
		}
		return doc
	}
	node := read("node_error.json")
	browser := read("browser_error.json")
	for _, m := range browser.Root.At("exception", "values").Members() {
		grow(browser, m.Value.At("stacktrace", "frames"), 50)
	}
	grow(browser, browser.Root.At("breadcrumbs"), 250)
	page := read("pageload.json")
	grow(page, page.Root.Get("spans"), 200)
	for i, m := range page.Root.Get("spans").Members() {
		m.Value.Set("span_id", page.NewString(fmt.Sprintf("%016x", i+1)))
	}
	return map[string][]byte{"node error": node.AppendTo(nil), "browser error": browser.AppendTo(nil), "page load": page.AppendTo(nil)}
}

// grow repeats the members of a list until it has n.
func grow(d *event.Doc, list *event.Value, n int) {
	for i := 0; list.Len() > 0 && list.Len() < n; i++ {
		list.Append(d.Clone(list.Index(i)))
	}
}

func benchInputs(payload []byte) Inputs {
	received := time.Date(2026, 11, 23, 7, 10, 0, 0, time.UTC)
	return Inputs{
		ReceivedAt: received, SentAt: received, MaxPast: Within(90 * 24 * time.Hour), MaxFuture: Within(time.Minute), Project: 42, KeyID: "7", Version: "7", Client: "sentry.javascript.node/11.12.0",
		ClientIP: "203.0.113.7", InferIP: true, Trim: true, UserAgents: true, Spans: true, SpanTags: true, Rules: &Rules{},
		Server: &ServerInputs{EventID: envelope.EventID{1}, Counters: Counters{Event: Counter{uint64(len(payload)), true}}},
	}
}

// BenchmarkNormalize parses, normalizes and writes. `alone-ns` is what parsing and writing alone take, the shortest of many rounds, and
// `times` the shortest round of all three against it.
func BenchmarkNormalize(b *testing.B) {
	n := New(Config{})
	for name, payload := range benchPayloads(b) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(payload)))
			in := benchInputs(payload)
			var out []byte
			once := func(normalize bool) {
				doc, err := event.Parse(payload)
				if err != nil {
					b.Fatal(err)
				}
				if normalize {
					if _, err := n.Normalize(doc, in); err != nil {
						b.Fatal(err)
					}
				}
				out = doc.AppendTo(out[:0])
				doc.Release()
			}
			shortest := func(normalize bool) time.Duration {
				least := time.Hour
				for range 3000 {
					start := time.Now()
					once(normalize)
					least = min(least, time.Since(start))
				}
				return least
			}
			once(true)
			alone, all := shortest(false), shortest(true)
			b.ResetTimer()
			for b.Loop() {
				once(true)
			}
			b.ReportMetric(float64(alone), "alone-ns")
			b.ReportMetric(float64(all), "least-ns")
			b.ReportMetric(float64(all)/float64(alone), "times")
		})
	}
}
