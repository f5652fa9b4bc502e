package normalize

import (
	"testing"
	"time"

	"weir/codecs/envelope"
	"weir/codecs/event"
)

// A report tells the user agent and the hints that there are, also empty ones.
func TestReportHeaders(t *testing.T) {
	n := New(Config{})
	for _, c := range []struct {
		in   Inputs
		want string
	}{
		{Inputs{}, `null`},
		{Inputs{UserAgent: "x", Hints: envelope.ClientHints{UA: "h"}}, `[["User-Agent","x"],["SEC-CH-UA","h"]]`},
		{Inputs{Empty: envelope.EmptyUserAgent}, `[["User-Agent",""]]`},
		{Inputs{UserAgent: "x", Empty: envelope.EmptyHintUA | envelope.EmptyHintPlatform}, `[["User-Agent","x"],["SEC-CH-UA-Platform",""],["SEC-CH-UA",""]]`},
		{Inputs{Empty: envelope.EmptyHintModel | envelope.EmptyHintPlatformVersion}, `[["SEC-CH-UA-Platform-Version",""],["SEC-CH-UA-Model",""]]`},
	} {
		doc, err := event.Parse([]byte(`{"csp":{"effective_directive":"img-src"}}`))
		if err != nil {
			t.Fatal(err)
		}
		c.in.ReceivedAt = time.Unix(1_800_000_000, 0)
		if _, err := n.Normalize(doc, c.in); err != nil {
			t.Fatal(err)
		}
		got := "null"
		if v := doc.Root.At("request", "headers"); !v.IsNull() {
			got = string(v.AppendTo(nil))
		}
		if got != c.want {
			t.Errorf("%+v: %s, want %s", c.in.Empty, got, c.want)
		}
		doc.Release()
	}
}
