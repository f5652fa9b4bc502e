package chain

import (
	"os"
	"testing"
	"time"

	"weir/codecs/envelope"
	"weir/codecs/project"
	"weir/codecs/raw"
	"weir/processors/quota/memory"
)

const benchKey = "a94ae32be2584e0bbd7a4cbb95971fee"

// benchState scrubs with the default settings and counts errors.
const benchState = `{"projectId":42,"organizationId":1,"publicKeys":[{"publicKey":"` + benchKey + `","numericId":7}],"config":{
	"datascrubbingSettings":{"scrubData":true,"scrubDefaults":true,"scrubIpAddresses":true},
	"quotas":[{"id":"e","categories":["error"],"scope":"key","limit":1000000000,"window":3600,"reasonCode":"errors"}]}}`

// BenchmarkError takes an error of @sentry/node 10 behind Express (8.5 kB, captured from the SDK) from its bytes to messages: parse, all steps,
// serialise.
func BenchmarkError(b *testing.B) {
	body, err := os.ReadFile("testdata/node_error.envelope")
	if err != nil {
		b.Fatal(err)
	}
	st, err := project.Parse([]byte(benchState))
	if err != nil {
		b.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 7, 12, 0, 0, time.UTC)
	c := New(Config{Store: memory.New()})
	rec := &raw.Record{Receipt: raw.ReceiptID{1}, ReceivedAt: now, Key: benchKey, Project: 42, Body: body}
	global := project.DefaultGlobal()
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		e, err := envelope.Parse(body)
		if err != nil {
			b.Fatal(err)
		}
		res := c.Run(b.Context(), Input{Record: rec, Envelope: e, Status: project.Enabled, State: st, Global: global, Now: now})
		if len(res.Messages) != 1 || len(res.Dead) > 0 {
			b.Fatalf("%d messages, dead %+v, outcomes %+v", len(res.Messages), res.Dead, res.Tallies)
		}
	}
}
