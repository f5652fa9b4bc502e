package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"weir/cmd/weir/corpus"
	"weir/codecs/envelope"
)

// corpusLines are cases of all events of the corpus that travel in plain envelopes.
func corpusLines(tb testing.TB) []byte {
	tb.Helper()
	var out []byte
	for _, r := range corpus.All() {
		e, err := envelope.Parse(r.Body)
		if err != nil {
			continue // compressed, or no envelope
		}
		for i := range e.Items {
			if it := &e.Items[i]; it.Type == envelope.TypeEvent || it.Type == envelope.TypeTransaction {
				out = fmt.Appendf(out, `{"project":{"config":{"datascrubbingSettings":{"scrubData":true,"scrubDefaults":true}}},"event":%s,"meta":{"received_at":%q}}`+"\n",
					bytes.ReplaceAll(it.Payload, []byte("\n"), nil), corpus.Captured.Format("2006-01-02T15:04:05Z"))
			}
		}
	}
	if len(out) == 0 {
		tb.Fatal("no events")
	}
	return out
}

func newTestTryer(tb testing.TB) *tryer {
	tb.Helper()
	t, err := newTryer(&world{})
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

// TestTryCorpus holds that every event of real SDKs gets an answer, the same in every run, that is JSON.
func TestTryCorpus(t *testing.T) {
	cases := corpusLines(t)
	var first, second bytes.Buffer
	for _, out := range []*bytes.Buffer{&first, &second} {
		if err := newTestTryer(t).lines(t.Context(), bytes.NewReader(cases), out, trial{}); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the second run gave other answers")
	}
	answers := strings.Split(strings.TrimSpace(first.String()), "\n")
	if n := bytes.Count(cases, []byte("\n")); len(answers) != n {
		t.Fatalf("%d answers to %d lines", len(answers), n)
	}
	for i, line := range answers {
		var a struct {
			Event   map[string]any
			Verdict verdict
			Error   string
		}
		if err := json.Unmarshal([]byte(line), &a); err != nil || a.Error != "" || a.Verdict.Outcome != "accepted" || a.Event["event_id"] == nil {
			t.Errorf("line %d: %v %s", i+1, err, line)
		}
	}
}

func TestChanges(t *testing.T) {
	for _, c := range []struct{ before, after, want string }{
		{`{"a":1}`, `{"a":1}`, ""},
		{`{"a":1,"b":[1,2]}`, `{"a":2,"b":[1,3]}`, ".a 1 2; .b[1] 2 3"},
		{`{"a":{"b c":1}}`, `{"a":{"d":null}}`, `.a["b c"] 1 ; .a.d  null`},
		{`{"a":[1]}`, `{"a":[1,2]}`, ".a [1] [1,2]"},
		{`{"":1}`, `{}`, `[""] 1 `},
		{`1`, `{}`, ". 1 {}"},
		{`{`, `{}`, ""},
	} {
		var got []string
		for _, x := range changesOf([]byte(c.before), []byte(c.after)) {
			got = append(got, fmt.Sprintf("%s %s %s", x.Path, x.Before, x.After))
		}
		if s := strings.Join(got, "; "); s != c.want {
			t.Errorf("%s -> %s: %s, want %s", c.before, c.after, s, c.want)
		}
	}
}

// FuzzTryLine holds that every line gets one answer that is one line of JSON.
func FuzzTryLine(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"event":{}}`, `{"event":{"a":1},"steps":["normalize"],"meta":{"received_at":"2026-11-23T10:00:00Z","max_secs_in_past":1e30}}`,
		`{"envelope_b64":"e30K"}`, `{"event":[],"project":{"config":{"piiConfig":{}}},"global":{}}`, `{"event":{},"steps":[]}`, "\x00",
	} {
		f.Add([]byte(s))
	}
	t := newTestTryer(f)
	f.Fuzz(func(tb *testing.T, line []byte) {
		answer := t.line(tb.Context(), nil, line, trial{})
		if !json.Valid(answer) || bytes.IndexByte(answer, '\n') >= 0 {
			tb.Errorf("%q: %q", line, answer)
		}
	})
}

// BenchmarkTryLines measures `weir try --jsonl` over the events that real SDKs sent (cmd/weir/corpus).
func BenchmarkTryLines(b *testing.B) {
	cases := corpusLines(b)
	t := newTestTryer(b)
	b.SetBytes(int64(len(cases)))
	b.ReportAllocs()
	for b.Loop() {
		if err := t.lines(b.Context(), bytes.NewReader(cases), io.Discard, trial{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*bytes.Count(cases, []byte("\n")))/b.Elapsed().Seconds(), "lines/s")
}
