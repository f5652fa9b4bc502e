package normalize

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"weir/codecs/casefile"
	"weir/codecs/event"
)

// spanCase is one line of testdata/spans.jsonl.gz: a transaction, and what Relay 26.9 made of each of its spans. .ci/recordings.py makes the
// file anew.
type spanCase struct {
	Event json.RawMessage
	Spans []struct {
		Tags         map[string]string
		Measurements json.RawMessage
		AI           map[string]json.RawMessage
	}
}

// sharedTags are tags that the cases leave out: they say the same on every span and have tests of their own.
var sharedTags = map[string]bool{"sdk.name": true, "sdk.version": true, "platform": true, "trace.status": true, "browser.name": true, "status": true, "device.class": true}

// TestSpansAsRecorded holds the tags, the measurements and the attributes of model calls of some thousand spans.
func TestSpansAsRecorded(t *testing.T) {
	spans, n := 0, New(Config{})
	for line := range casefile.Lines(t, "testdata/spans.jsonl.gz") {
		var c spanCase
		casefile.Decode(t, line, &c)
		doc, err := event.Parse(c.Event)
		if err != nil {
			t.Fatal(err)
		}
		sent, _ := event.Parse(c.Event)
		if _, err := n.Normalize(doc, Inputs{ReceivedAt: time.Unix(1700000100, 0), Spans: true, SpanTags: true}); err != nil {
			t.Fatal(err)
		}
		for i, want := range c.Spans {
			compareSpan(t, sent.Root.Get("spans").Index(i), doc.Root.Get("spans").Index(i), want.Tags, want.Measurements, want.AI)
			spans++
		}
		doc.Release()
		sent.Release()
	}
	if spans < 3000 {
		t.Errorf("%d spans", spans)
	}
}

func compareSpan(t *testing.T, sent, span *event.Value, tags map[string]string, measurements json.RawMessage, ai map[string]json.RawMessage) {
	t.Helper()
	got := make(map[string]string)
	for _, m := range span.Get("sentry_tags").Members() {
		if !sharedTags[m.Key] {
			got[m.Key] = m.Value.Text()
		}
	}
	if !maps.Equal(got, tags) {
		t.Errorf("%s\n got %v\nwant %v", sent.AppendTo(nil), got, tags)
	}
	if want := string(measurements); want != "" && want != string(span.Get("measurements").AppendTo(nil)) {
		t.Errorf("%s\n got %s\nwant %s", sent.AppendTo(nil), span.Get("measurements").AppendTo(nil), want)
	} else if want == "" && span.Get("measurements").Len() > 0 {
		t.Errorf("%s: measurements %s", sent.AppendTo(nil), span.Get("measurements").AppendTo(nil))
	}
	calls := make(map[string]string)
	for _, m := range span.Get("data").Members() {
		if strings.HasPrefix(m.Key, "gen_ai.") && !m.Value.IsNull() {
			calls[m.Key] = string(m.Value.AppendTo(nil))
		}
	}
	if !maps.EqualFunc(calls, ai, func(got string, want json.RawMessage) bool { return got == string(want) }) {
		t.Errorf("%s\n got %v\nwant %s", sent.AppendTo(nil), calls, ai)
	}
}
