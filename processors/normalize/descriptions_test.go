package normalize

import (
	"encoding/json"
	"maps"
	"testing"
	"time"

	"weir/codecs/casefile"
	"weir/codecs/event"
)

// describedSpan is one line of testdata/descriptions.jsonl: a child span and the tags about its description that Relay 26.9 gave it. .ci/recordings.py
// makes the file anew.
type describedSpan struct {
	Op          *string           `json:"op,omitempty"`
	Description *string           `json:"description,omitempty"`
	Data        json.RawMessage   `json:"data"`
	Tags        map[string]string `json:"tags,omitempty"`
}

// descriptionTags are the tags that say what a description said.
var descriptionTags = [...]string{"description", "group", "domain", "raw_domain", "action", "category", "file_extension"}

func TestDescriptions(t *testing.T) {
	n := New(Config{})
	cases := 0
	for line := range casefile.Lines(t, "testdata/descriptions.jsonl") {
		var c describedSpan
		casefile.Decode(t, line, &c)
		cases++
		if got := describedBy(t, n, c); !maps.Equal(got, c.Tags) {
			t.Errorf("%s\n got %v\nwant %v", line, got, c.Tags)
		}
	}
	if cases < 100 {
		t.Errorf("%d cases", cases)
	}
}

func describedBy(t *testing.T, n *Normalizer, c describedSpan) map[string]string {
	t.Helper()
	c.Tags = nil
	span, err := json.Marshal(struct {
		describedSpan
		ID    string  `json:"span_id"`
		Trace string  `json:"trace_id"`
		Start float64 `json:"start_timestamp"`
		End   float64 `json:"timestamp"`
	}{c, "aaaaaaaaaaaaaaa1", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1700000001, 1700000002})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := event.Parse([]byte(`{"type":"transaction","transaction":"job","start_timestamp":1700000000,"timestamp":1700000003,
		"contexts":{"trace":{"trace_id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","span_id":"aaaaaaaaaaaaaaaa","op":"task"}},"spans":[` + string(span) + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	defer doc.Release()
	if _, err := n.Normalize(doc, Inputs{ReceivedAt: time.Unix(1700000005, 0), MaxPast: Within(time.Hour), MaxFuture: Within(time.Hour), Spans: true, SpanTags: true}); err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	tags := doc.Root.Get("spans").Index(0).Get("sentry_tags")
	for _, name := range descriptionTags {
		if s := tags.Get(name).Text(); s != "" {
			got[name] = s
		}
	}
	return got
}
