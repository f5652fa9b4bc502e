package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"weir/cmd/weir/corpus"
	"weir/codecs/deadletter"
	"weir/processors"
	"weir/processors/chain"
	"weir/topologies/kafkatest"
)

// bomb is gzip of a body that is n MiB long.
func bomb(t *testing.T, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	mib := bytes.Repeat([]byte("x"), 1<<20)
	if _, err := io.WriteString(z, "{}\n{\"type\":\"attachment\"}\n"); err != nil {
		t.Fatal(err)
	}
	for range n {
		if _, err := z.Write(mib); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Bad input has the status and the error JSON of edge 5.2, 7.2 and 9.2, or an outcome; the process lives on and loses nothing.
func TestBadInput(t *testing.T) {
	const id = `{"event_id":"%032x"}` + "\n"
	const event = "{\"type\":\"event\"}\n"
	gzipped := [2]string{"Content-Encoding", "gzip"}
	good := "{\"type\":\"event\"}\n{\"message\":\"hello\"}\n"
	var flags map[string]string
	large := 201 // MiB, just above the default of limits.max_envelope_size
	if testing.Short() {
		flags, large = map[string]string{"limits.max_envelope_size": "16MiB"}, 17
	}
	d := startTestDev(t, devSettings{flags: flags})
	d.known(t, corpus.Key)
	for i, c := range []struct {
		name, path string // path: envelope, unless it is store
		body       []byte
		header     [2]string
		status     int
		detail     string // of the error JSON, the whole text or its beginning
		cause      string // the first
		text       string // in a plain text answer
		fate       string // of the item, where the answer is 200: outcome and reason
	}{
		{name: "truncated payload", body: []byte("{}\n{\"type\":\"event\",\"length\":1000}\n{\"message\":\"hel"), status: 400, detail: "invalid event envelope", cause: "unexpected end of file"},
		{name: "truncated item header", body: []byte("{}\n{\"type\":\"ev"), status: 400, detail: "invalid event envelope", cause: "invalid item header"},
		{name: "truncated header", body: []byte(`{"event_id":"9ec79c33`), status: 400, detail: "invalid event envelope", cause: "invalid envelope header"},
		{name: "truncated gzip", body: bomb(t, 1)[:100], header: gzipped, status: 400},
		{name: "truncated event", body: fmt.Appendf(nil, id+event+`{"message":"hel`, 1), status: 200, fate: "invalid invalid_json"},
		{name: "zip bomb on store", path: "store", body: bomb(t, 64), header: gzipped, status: 413, text: "length limit exceeded"},
		{name: "zip bomb", body: bomb(t, large), header: gzipped, status: 413, text: "length limit exceeded"},
		{name: "length too short", body: []byte("{}\n{\"type\":\"event\",\"length\":2}\n{\"message\":1}\n"), status: 400, detail: "invalid event envelope", cause: "missing newline after header or payload"},
		{name: "length of 2^64", body: []byte("{}\n{\"type\":\"event\",\"length\":18446744073709551616}\n{}\n"), status: 400, detail: "invalid event envelope", cause: "invalid item header"},
		{name: "length overflows", body: []byte("{}\n{\"type\":\"event\",\"length\":18446744073709551615}\n{}\n"), status: 400, detail: "invalid event envelope", cause: "unexpected end of file"},
		{name: "negative length", body: []byte("{}\n{\"type\":\"event\",\"length\":-1}\n{}\n"), status: 400, detail: "invalid event envelope", cause: "invalid item header"},
		{name: "header is not UTF-8", body: []byte("{\"sdk\":\"\xff\xfe\"}\n" + good), status: 400, detail: "invalid event envelope", cause: "invalid envelope header"},
		{name: "event is not UTF-8", body: fmt.Appendf(nil, id+event+"{\"message\":\"\xff\xfe\"}\n", 2), status: 200, fate: "invalid invalid_json"},
		{name: "store is not UTF-8", path: "store", body: []byte("{\"message\":\"\xff\xfe\"}"), status: 200, fate: "invalid invalid_json"}, // the edge reads no messages
		{name: "id is not UTF-8", path: "store", body: []byte("{\"event_id\":\"\xff\xfe\"}"), status: 400, detail: "invalid JSON data"},
		{name: "wrong JSON", path: "store", body: []byte(`{"message":}`), status: 400, detail: "invalid JSON data"},
		{name: "event is a list", body: fmt.Appendf(nil, id+event+"[1,2]\n", 3), status: 200, fate: "invalid no_event_payload"},
		{name: "deep nesting", body: fmt.Appendf(nil, id+event+"%s\n", 4, strings.Repeat("[", 100_000)), status: 200, fate: "invalid invalid_json"},
		{name: "10,000 items", body: []byte("{}\n" + strings.Repeat("{\"type\":\"attachment\"}\nx\n", 10_000)), status: 400, detail: "invalid event envelope", cause: "too many individual items"},
		{name: "unknown item type", body: fmt.Appendf(nil, id+"{\"type\":\"zebra\"}\nstripes\n", 5), status: 200},
		{name: "internal item type", body: []byte("{}\n{\"type\":\"integration\"}\nx\n"), status: 400, detail: "envelope contains internal items"},
		{name: "two events", body: []byte("{}\n" + good + good), status: 413, detail: "envelope exceeded size limits for type 'event' (https://develop.sentry.dev/sdk/envelopes/#size-limits)"},
		{name: "empty body", status: 400, detail: "empty request body"},
		{name: "empty store", path: "store", status: 400, detail: "empty request body"},
		{name: "empty gzip", header: gzipped, status: 400},
		{name: "white space", body: []byte(" \n \n"), status: 400, detail: "invalid event envelope", cause: "missing envelope header"},
		{name: "null bytes", body: make([]byte, 1000), status: 400, detail: "invalid event envelope", cause: "invalid envelope header"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := c.path
			if path == "" {
				path = "envelope"
			}
			url := fmt.Sprintf("%s/api/%d/%s/?sentry_key=%s", d.base, corpus.Project, path, corpus.Key)
			var headers [][2]string
			if c.header[0] != "" {
				headers = append(headers, c.header)
			}
			got := post(t, http.MethodPost, url, headers, c.body)
			if got.status != c.status {
				t.Fatalf("status %d %s, want %d", got.status, got.body, c.status)
			}
			var problem struct {
				Detail string
				Causes []string
			}
			if c.detail != "" {
				if err := json.Unmarshal([]byte(got.body), &problem); err != nil || !strings.HasPrefix(problem.Detail, c.detail) || got.header.Get("Content-Type") != "application/json" {
					t.Errorf("%s %s, want detail %q", got.header.Get("Content-Type"), got.body, c.detail)
				}
			}
			if c.cause != "" && (len(problem.Causes) == 0 || problem.Causes[0] != c.cause) {
				t.Errorf("causes %q, want %q first", problem.Causes, c.cause)
			}
			if !strings.Contains(got.body, c.text) {
				t.Errorf("answer %q, want %q in it", got.body, c.text)
			}
			if c.fate != "" {
				eventually(t, "the item ends as "+c.fate, func() bool {
					return slices.ContainsFunc(d.record.rowsSince(0), func(r recorded) bool {
						return r.EventID == got.id() && r.Outcome+" "+r.Reason == c.fate
					})
				})
			}
			after := fmt.Sprintf(`{"event_id":"%032x"}`+"\n%s", 1000+i, good)
			if got := post(t, http.MethodPost, fmt.Sprintf("%s/api/%d/envelope/?sentry_key=%s", d.base, corpus.Project, corpus.Key), nil, []byte(after)); got.status != 200 {
				t.Errorf("a good event afterwards: %d %s", got.status, got.body)
			}
		})
	}
	s := d.settled(t)
	t.Logf("%+v %+v", s.Envelopes, s.Items)
}

// A step that panics makes a dead letter with the original bytes; what comes before and after is processed.
func TestPanickingStep(t *testing.T) {
	explode := func(_ context.Context, u *processors.Unit) processors.Verdict {
		if bytes.Contains(u.Main.Payload, []byte("explode")) {
			panic("a bug in a step")
		}
		return processors.Verdict{}
	}
	d := startTestDev(t, devSettings{quiet: true, prepare: func(d *dev) { d.extra = []chain.NamedStep{{Name: "faulty", Step: explode}} }})
	d.known(t, corpus.Key)
	out := readIngested(t, d.cluster, true, eventTopics("")...)
	url := fmt.Sprintf("%s/api/%d/envelope/?sentry_key=%s", d.base, corpus.Project, corpus.Key)
	const n = 20
	for i := range n {
		message := "fine"
		if i%2 == 1 {
			message = "explode"
		}
		body := fmt.Sprintf("{\"event_id\":\"%032x\"}\n{\"type\":\"event\"}\n{\"message\":%q}\n", i+1, message)
		if got := post(t, http.MethodPost, url, nil, []byte(body)); got.status != 200 {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	letters := map[string]int{}
	kafkatest.Consume(t, d.cluster, d.names.DeadLetters, func(r *kgo.Record) bool {
		l, err := deadletter.Decode(r.Value)
		if err != nil {
			t.Fatal(err)
		}
		if l.Reason != "step_panic" || l.Step != "faulty" || l.Topic != d.names.Raw || !bytes.Contains(l.Value, []byte("explode")) || !strings.Contains(l.Detail, "a bug in a step") {
			t.Errorf("%+v", l)
		}
		letters[string(l.Key)]++
		return len(letters) == n/2
	})
	s := d.settled(t)
	if s.Items.Received != n || s.Items.Accepted != n/2 || s.Items.Dead != n/2 {
		t.Errorf("%+v", s.Items)
	}
	eventually(t, "the other events arrive", func() bool { return out.distinct() == n/2 })
}
