package normalize

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
	"time"

	"weir/codecs/event"
)

// TestURLs: testdata/urls.jsonl has a request's URL in each line and what becomes of it, its query and its fragment (9.17).
func TestURLs(t *testing.T) {
	b, err := os.ReadFile("testdata/urls.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	n := New(Config{})
	for line := range bytes.Lines(b) {
		var c struct {
			In  json.RawMessage
			Out struct {
				URL      string          `json:"url"`
				Query    json.RawMessage `json:"query_string"`
				Fragment string          `json:"fragment"`
			}
		}
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		doc, err := event.Parse([]byte(`{"request":{"url":` + string(c.In) + `}}`))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := n.Normalize(doc, Inputs{ReceivedAt: time.Now()}); err != nil {
			t.Fatal(err)
		}
		req := doc.Root.Get("request")
		if got := req.Get("url").Text(); got != c.Out.URL {
			t.Errorf("%s becomes %q, want %q", c.In, got, c.Out.URL)
		}
		if got := req.Get("fragment").Text(); got != c.Out.Fragment {
			t.Errorf("fragment of %s is %q, want %q", c.In, got, c.Out.Fragment)
		}
		want, err := event.New().ParseText(string(c.Out.Query))
		if q := req.Get("query_string"); err == nil && !q.Equal(want) || err != nil && !q.IsNull() {
			t.Errorf("query of %s is %s, want %s", c.In, q.AppendTo(nil), c.Out.Query)
		}
		doc.Release()
	}
}
