package scrub

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/codecs/event"
	"weir/codecs/project"
)

// defaults are the data scrubbing settings of a new Sentry project.
var defaults = project.Scrubbing{ScrubData: true, ScrubDefaults: true, ScrubIPAddresses: true}

// BenchmarkDefault scrubs whole events with the default settings. The payloads are what SDKs sent, in parsed form: an error
// of Node (few values that may hold personal data), an error of Flask with local variables and a request (many), a page
// load of a browser with its spans.
func BenchmarkDefault(b *testing.B) {
	for _, name := range []string{"node_error", "flask_error", "browser_transaction"} {
		b.Run(name, func(b *testing.B) {
			payload, err := os.ReadFile(filepath.Join("testdata", name+".json"))
			if err != nil {
				b.Fatal(err)
			}
			c, err := Compile(nil, defaults)
			if err != nil {
				b.Fatal(err)
			}
			docs := make([]*event.Doc, 16)
			b.SetBytes(int64(len(payload)))
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				for i := range docs {
					if docs[i], err = event.Parse(payload); err != nil {
						b.Fatal(err)
					}
				}
				b.StartTimer()
				for i := range docs {
					c.Event(docs[i])
				}
				b.StopTimer()
				for i := range docs {
					docs[i].Release()
				}
				b.StartTimer()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(docs)), "ns/event")
		})
	}
}

// BenchmarkCompile compiles settings that no other project shares.
func BenchmarkCompile(b *testing.B) {
	settings := defaults
	settings.SensitiveFields = []string{"customer_no"}
	settings.ExcludeFields = []string{"order.*"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Compile(nil, settings); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAttachment scrubs 1 MB of log lines with the rules of @common.
func BenchmarkAttachment(b *testing.B) {
	c, err := Compile([]byte(`{"applications":{"$attachments.'app.log'":["@common"]}}`), project.Scrubbing{})
	if err != nil {
		b.Fatal(err)
	}
	line := "2026-11-23T07:06:56.245Z INFO  shop.checkout request 4711 of user 815 took 13 ms, cache miss, path /srv/app/orders\n"
	content := []byte(strings.Repeat(line, 1<<20/len(line)))
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	for b.Loop() {
		c.Attachment("app.log", content)
	}
}
