package normalize

import (
	"encoding/json"
	"testing"
	"time"

	"weir/codecs/casefile"
	"weir/codecs/event"
)

// FuzzPlainURL: what the short way reads is what the long way reads.
func FuzzPlainURL(f *testing.F) {
	for _, s := range []string{"http://a.b/c", "https://a-1.b:8080/c/d.js?x=1#y", "http://a:80/", "http://a.b:59999/", "http://1.2/", "http://a/.x", "http://a//b", "http://a.1/", "http://a./x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		before, path, rest, ok := plainURL(s)
		if !ok {
			return
		}
		u, parsed := parseURL(s)
		if !parsed || u.path != path || u.bare() != before+path || before+path+rest != s || u.hasQuery != (rest != "" && rest[0] == '?') {
			t.Errorf("%q: %q %q %q, not %+v", s, before, path, rest, u)
		}
	})
}

// TestURLs: testdata/urls.jsonl has a request's URL in each line and what becomes of it, its query and its fragment (9.17).
func TestURLs(t *testing.T) {
	n := New(Config{})
	for line := range casefile.Lines(t, "testdata/urls.jsonl") {
		var c struct {
			In  json.RawMessage
			Out struct {
				URL      string          `json:"url"`
				Query    json.RawMessage `json:"query_string"`
				Fragment string          `json:"fragment"`
			}
		}
		casefile.Decode(t, line, &c)
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
