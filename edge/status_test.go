package edge_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/outcome"
	"weir/codecs/ratelimit"
	"weir/edge"
)

const testKey = "e12d836b15bb49d7bbf99e64295d995b"

func post(t testing.TB, st *stack, path, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest("POST", st.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := st.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp, string(b)
}

const (
	eventEnvelope = "{}\n{\"type\":\"event\"}\n{\"message\":\"hi\"}\n"
	stateOf42     = `{"projectId":42,"organizationId":1,"publicKeys":[{"publicKey":"` + testKey + `","numericId":123}],"config":%s}`
)

// TestStatuses has every row of the status table of edge 9.2 that the envelope and store endpoints can give.
func TestStatuses(t *testing.T) {
	auth := "sentry_key=" + testKey
	quota := `{"quotas":[{"categories":["error"],"scope":"organization","limit":0,"reasonCode":"off"}]}`
	big := strings.Repeat("x", 2<<20)
	for _, c := range []struct {
		name          string
		config        string // empty: not known, "disabled"
		failure       error
		noMemory      bool
		path, body    string
		headers       []string
		status        int
		detail, cause string
		outcome       string // id reason category quantity, or ""
	}{
		{name: "accepted", config: "{}", path: "/api/42/envelope/?" + auth, body: eventEnvelope, status: 200},
		{name: "accepted, cold", path: "/api/42/store/?" + auth, body: `{"message":"hi"}`, status: 200},
		{name: "no authentication", config: "{}", path: "/api/42/store/", body: `{}`, status: 401, detail: "missing authorization information"},
		{name: "key", config: "{}", path: "/api/42/store/?sentry_key=x", body: `{}`, status: 400, detail: "bad sentry DSN public key", cause: "invalid project key"},
		{name: "content encoding", config: "{}", path: "/api/42/store/?" + auth, body: `{}`, headers: []string{"Content-Encoding", "x"}, status: 415},
		{name: "route body limit", config: "{}", path: "/api/42/store/?" + auth, body: big, status: 413},
		{name: "broken compression", config: "{}", path: "/api/42/envelope/?" + auth, body: "hello", headers: []string{"Content-Encoding", "gzip"}, status: 400},
		{name: "empty body", config: "{}", path: "/api/42/envelope/?" + auth, status: 400, detail: "empty request body"},
		{name: "empty event", config: "{}", path: "/api/42/store/?" + auth, status: 400, detail: "empty request body"},
		{name: "not base64", config: "{}", path: "/api/42/store/?" + auth, body: "!!", status: 400, detail: "invalid request body", cause: "invalid length at 0"},
		{name: "not zlib", config: "{}", path: "/api/42/store/?" + auth, body: "aGVsbG8=", status: 400, detail: "invalid request body", cause: "corrupt deflate stream"},
		{name: "event JSON", config: "{}", path: "/api/42/store/?" + auth, body: `{"a":`, status: 400, detail: `invalid JSON data: Error("EOF while parsing a value", line: 1, column: 5)`, cause: "EOF while parsing a value at line 1 column 5"},
		{name: "envelope", config: "{}", path: "/api/42/envelope/?" + auth, body: "[]", status: 400, detail: "invalid event envelope", cause: "invalid envelope header"},
		{name: "internal item", config: "{}", path: "/api/42/envelope/?" + auth, body: "{}\n{\"type\":\"integration\"}\nx\n", status: 400, detail: "envelope contains internal items"},
		{name: "memory", config: "{}", noMemory: true, path: "/api/42/envelope/?" + auth, body: eventEnvelope, status: 503, detail: "failed to queue envelope", cause: "the process is running out of memory", outcome: "3 internal 1 1"},
		{name: "buffer full", config: "{}", failure: edge.ErrFull, path: "/api/42/envelope/?" + auth, body: eventEnvelope, status: 503, detail: "failed to queue envelope", cause: "envelope buffer does not have capacity", outcome: "3 internal 1 1"},
		{name: "shutdown", config: "{}", failure: edge.ErrClosed, path: "/api/42/envelope/?" + auth, body: eventEnvelope, status: 503, detail: "failed to queue envelope", cause: "envelope buffer channel is closed", outcome: "3 internal 1 1"},
		{name: "no acknowledgement", config: "{}", failure: fmt.Errorf("raw: %w", edge.ErrTimeout), path: "/api/42/store/?" + auth, body: `{}`, status: 503, detail: "failed to queue envelope", cause: "raw: the broker did not acknowledge in time", outcome: "3 internal 1 1"},
		{name: "broker error", config: "{}", failure: errors.New("NOT_ENOUGH_REPLICAS"), path: "/api/42/store/?" + auth, body: `{}`, status: 503, detail: "failed to queue envelope", cause: "NOT_ENOUGH_REPLICAS", outcome: "3 internal 1 1"},
		{name: "disabled", config: "disabled", path: "/api/42/store/?" + auth, body: `{}`, status: 403, detail: "event submission rejected with_reason: ProjectId"},
		{name: "project id", config: "{}", path: "/api/99/store/?" + auth, body: `{}`, status: 403, detail: "event submission rejected with_reason: ProjectId", outcome: "3 project_id 1 1"},
		{name: "project 0", config: "{}", path: "/api/0/store/?" + auth, body: `{}`, status: 403, detail: "event submission rejected with_reason: ProjectId", outcome: "3 project_id 1 1"},
		{name: "any project", config: "{}", path: "/api/store/?" + auth, body: `{}`, status: 200},
		{name: "JSON with an empty parameter", config: `{"features":["organizations:relay-otel-logs-endpoint","organizations:ourlogs-ingestion"]}`, path: "/api/42/integration/otlp/v1/logs?" + auth, body: `{}`, headers: []string{"Content-Type", "application/json;;"}, status: 200},
		{name: "JSON with a parameter", config: `{"features":["organizations:relay-otel-logs-endpoint","organizations:ourlogs-ingestion"]}`, path: "/api/42/integration/otlp/v1/logs?" + auth, body: `{}`, headers: []string{"Content-Type", "application/json; a"}, status: 415},
		{name: "protobuf with an empty parameter", config: `{"features":["organizations:relay-otel-logs-endpoint","organizations:ourlogs-ingestion"]}`, path: "/api/42/integration/otlp/v1/logs?" + auth, body: `{}`, headers: []string{"Content-Type", "application/x-protobuf;"}, status: 415},
		{name: "origin", config: `{"allowedDomains":["a.com"]}`, path: "/api/42/store/?" + auth, body: `{}`, headers: []string{"Origin", "https://b.com"}, status: 403, detail: "event submission rejected with_reason: Cors", outcome: "3 cors 1 1"},
		{name: "signature", config: `{"trustedRelaySettings":{"verifySignature":"enabled"}}`, path: "/api/42/store/?" + auth, body: `{}`, status: 403, detail: "event submission rejected with_reason: MissingSignature", outcome: "3 missing_signature 1 1"},
		{name: "item count", config: "{}", path: "/api/42/envelope/?" + auth, body: "{}\n{\"type\":\"event\"}\n{}\n{\"type\":\"event\"}\n{}\n", status: 413, detail: "envelope exceeded size limits for type 'event' (https://develop.sentry.dev/sdk/envelopes/#size-limits)", outcome: "3 too_large:event 1 1"},
		{name: "rate limit", config: quota, path: "/api/42/store/?" + auth, body: `{}`, status: 429, detail: "Sentry dropped data due to a quota or internal rate limit being reached.", outcome: "2 off 1 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			st := newStack(t, defaults())
			st.failure = c.failure
			st.memory.Store(!c.noMemory)
			switch c.config {
			case "":
			case "disabled":
				st.know(t, testKey, "")
			default:
				st.know(t, testKey, fmt.Sprintf(stateOf42, c.config))
			}
			resp, text := post(t, st, c.path, c.body, c.headers...)
			if resp.StatusCode != c.status {
				t.Fatalf("%d %s, want %d", resp.StatusCode, text, c.status)
			}
			var problem struct {
				Detail string
				Causes []string
			}
			if c.detail != "" {
				if err := json.Unmarshal([]byte(text), &problem); err != nil || problem.Detail != c.detail {
					t.Errorf("%s", text)
				}
				if c.cause != "" && (len(problem.Causes) == 0 || problem.Causes[0] != c.cause) {
					t.Errorf("causes %q, want %q", problem.Causes, c.cause)
				}
			}
			if c.status != 415 && resp.Header.Get("Access-Control-Allow-Origin") != "*" {
				t.Error("no CORS headers")
			}
			if wait := resp.Header.Get("Retry-After"); (wait != "") != (c.status == 429 || c.status == 503) {
				t.Errorf("Retry-After %q", wait)
			}
			records, refusals := st.take()
			if (len(records) == 1) != (c.status == 200) {
				t.Errorf("%d records", len(records))
			}
			want := map[tally]uint64{}
			if c.outcome != "" {
				var id outcome.ID
				var reason outcome.Reason
				var category outcome.Category
				var n uint64
				if _, err := fmt.Sscan(c.outcome, &id, &reason, &category, &n); err != nil {
					t.Fatal(err)
				}
				want[tally{id, reason, category}] = n
			}
			if got := outcomes(records, refusals); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("outcomes %v, want %v", got, want)
			}
			if c.config == "disabled" && (len(refusals) != 1 || !refusals[0].Silent || refusals[0].Items != 1) {
				t.Errorf("a disabled key is accounted for silently: %+v", refusals)
			}
			if st.budget.Used() != 0 {
				t.Errorf("%d bytes stay in use", st.budget.Used())
			}
		})
	}
}

// TestBadInput sends what a client should not send: each gets an answer, and the next good request still works.
func TestBadInput(t *testing.T) {
	s := defaults()
	s.intake.MaxEnvelopeSize = 20 << 20
	st := newStack(t, s)
	st.know(t, testKey, fmt.Sprintf(stateOf42, "{}"))
	path := "/api/42/envelope/?sentry_key=" + testKey
	bomb := compressed(t, "gzip", bytes.Repeat([]byte("x"), 100<<20))
	many := "{}\n" + strings.Repeat("{\"type\":\"attachment\"}\nx\n", 10_000)
	for name, c := range map[string]struct {
		path, body string
		headers    []string
		status     int
	}{
		"truncated":              {path, "{}\n{\"type\":\"event\",\"length\":100}\n{}", nil, 400},
		"truncated gzip":         {path, string(bomb[:1000]), []string{"Content-Encoding", "gzip"}, 400},
		"zip bomb":               {path, string(bomb), []string{"Content-Encoding", "gzip"}, 413},
		"wrong length":           {path, "{}\n{\"type\":\"event\",\"length\":1}\n{}\n", nil, 400},
		"huge length":            {path, "{}\n{\"type\":\"event\",\"length\":18446744073709551615}\n{}\n", nil, 400},
		"header not UTF-8":       {path, "{\"a\":\"\xff\"}\n", nil, 400},
		"payload not UTF-8":      {path, "{}\n{\"type\":\"event\"}\n{\"message\":\"\xff\"}\n", nil, 200},
		"event not UTF-8":        {"/api/42/store/?sentry_key=" + testKey, "{\"message\":\"\xff\"}", nil, 200},
		"wrong JSON in payload":  {path, "{}\n{\"type\":\"event\"}\n{{{{\n", nil, 200},
		"wrong JSON":             {"/api/42/store/?sentry_key=" + testKey, "{{{{", nil, 400},
		"deep JSON":              {"/api/42/store/?sentry_key=" + testKey, strings.Repeat(`{"a":`, 100_000), nil, 400},
		"10,000 items":           {path, many, nil, 400},
		"unknown item type":      {path, "{}\n{\"type\":\"zebra\"}\nx\n", nil, 200},
		"empty body":             {path, "", nil, 400},
		"only line feeds":        {path, "\n\n\n", nil, 400},
		"null bytes":             {path, strings.Repeat("\x00", 1000), nil, 400},
		"not a multipart form":   {"/api/42/minidump/?sentry_key=" + testKey, "x", []string{"Content-Type", "multipart/form-data; boundary=b"}, 400},
		"long header value":      {path, eventEnvelope, []string{"User-Agent", strings.Repeat("a", 100_000)}, 200},
		"forwarded by everybody": {path, eventEnvelope, []string{"X-Forwarded-For", strings.Repeat("1.1.1.1, ", 5000)}, 200},
	} {
		resp, text := post(t, st, c.path, c.body, c.headers...)
		if resp.StatusCode != c.status {
			t.Errorf("%s: %d %.200s, want %d", name, resp.StatusCode, text, c.status)
		}
		if resp, text := post(t, st, path, eventEnvelope); resp.StatusCode != 200 {
			t.Fatalf("after %s: %d %s", name, resp.StatusCode, text)
		}
		if st.budget.Used() != 0 {
			t.Errorf("%s: %d bytes stay in use", name, st.budget.Used())
		}
	}
}

// A limit is told with one and the same number in both headers, and what is left of the envelope is written.
func TestPartlyLimited(t *testing.T) {
	st := newStack(t, defaults())
	st.know(t, testKey, fmt.Sprintf(stateOf42, "{}"))
	st.limits = []ratelimit.Limit{
		{Categories: []outcome.Category{outcome.Session}, Scope: ratelimit.Scope{Kind: ratelimit.ScopeKey, Key: testKey}, Expires: time.Now().Add(90 * time.Second)},
		{Categories: []outcome.Category{outcome.Monitor}, Scope: ratelimit.Scope{Kind: ratelimit.ScopeProject, Project: 42}, Reason: "r", Expires: time.Now().Add(30 * time.Second)},
	}
	resp, _ := post(t, st, "/api/42/envelope/?sentry_key="+testKey, "{}\n{\"type\":\"event\"}\n{}\n{\"type\":\"session\"}\n{}\n{\"type\":\"check_in\"}\n{}\n")
	if resp.StatusCode != 429 || resp.Header.Get("Retry-After") != "90" || resp.Header.Get("X-Sentry-Rate-Limits") != "90:session:key, 30:monitor:project:r" {
		t.Errorf("%d %v", resp.StatusCode, resp.Header)
	}
	records, refusals := st.take()
	if len(records) != 1 || records[0].Items != 1 || len(records[0].Discards) != 1 || records[0].Discards[0].Category != outcome.Monitor || len(refusals) != 0 {
		t.Errorf("records %+v, refusals %+v", records, refusals)
	}
}

// An endpoint that hides limits answers success; what was dropped travels with a record without items.
func TestHiddenLimits(t *testing.T) {
	st := newStack(t, defaults())
	st.know(t, testKey, fmt.Sprintf(stateOf42, `{"quotas":[{"categories":["monitor"],"limit":0,"reasonCode":"off"}]}`))
	if resp, text := post(t, st, "/api/42/cron/job/"+testKey+"?status=ok", ""); resp.StatusCode != 202 || resp.Header.Get("Retry-After") != "" {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
	records, refusals := st.take()
	if len(records) != 1 || records[0].Items != 0 || len(records[0].Discards) != 1 || records[0].Discards[0].Category != outcome.Monitor || len(refusals) != 0 {
		t.Errorf("records %+v, refusals %+v", records, refusals)
	}
}

// When there is no memory for a body, the answer is a 503 and nothing is lost from the budget.
func TestNoMemoryForBody(t *testing.T) {
	s := defaults()
	s.budget = 300 << 10
	st := newStack(t, s)
	if resp, text := post(t, st, "/api/42/envelope/?sentry_key="+testKey, "{}\n{\"type\":\"event\"}\n"+strings.Repeat("x", 1<<20)); resp.StatusCode != 503 || !strings.Contains(text, "failed to queue envelope") {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
	if resp, text := post(t, st, "/api/42/envelope/?sentry_key="+testKey, eventEnvelope); resp.StatusCode != 200 {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
}

// Every accepted request has a receipt of its own and the time when it came.
func TestReceipts(t *testing.T) {
	st := newStack(t, defaults())
	before := time.Now()
	for range 50 {
		post(t, st, "/api/42/envelope/?sentry_key="+testKey, eventEnvelope)
	}
	records, _ := st.take()
	seen := map[string]bool{}
	for _, r := range records {
		if r.ReceivedAt.Before(before) || r.Receipt.Time().Before(before.Truncate(time.Millisecond)) || r.Key != testKey || r.Project != 42 || r.EventID.IsNil() {
			t.Fatalf("%+v", r)
		}
		seen[r.Receipt.String()], seen[r.EventID.String()] = true, true
	}
	if len(seen) != 100 {
		t.Errorf("%d different ids of 100", len(seen))
	}
	if st.asked[dsn.PublicKey(testKey)] != 50 {
		t.Errorf("config asked for %d times", st.asked[testKey])
	}
}
