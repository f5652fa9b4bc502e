package edge_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/codecs/envelope"
)

// FuzzIntake sends arbitrary bodies and headers to every endpoint: there is always one answer that the contract
// knows, every record is a readable envelope, and no memory stays in use.
func FuzzIntake(f *testing.F) {
	paths := []string{
		"/api/42/envelope/", "/api/42/store/", "/api/store/", "/api/42/security/", "/api/42/minidump/", "/api/42/events/9ec79c33ec9942ab8353589fcb2e04dc/attachments/",
		"/api/42/cron/job/" + testKey, "/api/42/nel/", "/api/42/integration/otlp/v1/logs", "/api/42/integration/otlp/v1/traces/", "/api/42/unreal/" + testKey + "/",
		"/api/42/integration/vercel/logs", "/api/42/csp-report/", "/api/42/cron/job/", "/api/42/upload/x/",
	}
	files, _ := filepath.Glob("testdata/scenarios/*.json")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for line := range bytes.Lines(text) {
			if _, body, ok := bytes.Cut(line, []byte(`"body": "`)); ok && len(body) < 500 {
				f.Add(uint8(0), "", "", body)
			}
		}
	}
	multi := "--b\r\nContent-Disposition: form-data; name=\"upload_file_minidump\"; filename=\"x\"\r\n\r\nMDMP\r\n--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--b--\r\n"
	f.Add(uint8(4), "Content-Type: multipart/form-data; boundary=b", "sentry_key="+testKey, []byte(multi))
	f.Add(uint8(1), "Authorization: Basic "+testKey, "sentry_data=e30=", []byte(`{"a":NaN}`))
	f.Add(uint8(0), "X-Sentry-Auth: Sentry sentry_key="+testKey+"\nContent-Encoding: zstd\nOrigin: http://a\nX-Forwarded-For: x", "", []byte(eventEnvelope))
	st := newStack(f, defaults())
	st.know(f, testKey, fmt.Sprintf(stateOf42, `{"allowedDomains":["a"],"quotas":[{"categories":["attachment"],"limit":0}]}`))
	f.Fuzz(func(t *testing.T, where uint8, headers, query string, body []byte) {
		for _, method := range []string{"POST", "GET"} {
			target := paths[int(where)%len(paths)]
			req := httptest.NewRequest(method, target, bytes.NewReader(body))
			req.URL.RawQuery = query
			for line := range strings.SplitSeq(headers, "\n") {
				if k, v, ok := strings.Cut(line, ": "); ok {
					req.Header.Add(k, v)
				}
			}
			if !strings.Contains(query, "sentry_") && len(req.Header["X-Sentry-Auth"]) == 0 && where < 200 {
				req.Header.Set("X-Sentry-Auth", "Sentry sentry_key="+testKey)
			}
			w := httptest.NewRecorder()
			st.Config.Handler.ServeHTTP(w, req)
			switch w.Code {
			case 200, 201, 202, 400, 401, 403, 405, 413, 414, 415, 422, 429, 431:
			default:
				t.Fatalf("%s %s: %d %s", method, target, w.Code, w.Body)
			}
			records, refusals := st.take()
			for _, r := range records {
				e, err := envelope.Parse(r.Body)
				if err != nil || len(e.Items) != r.Items || e.Header.EventID != r.EventID || e.Header.DSN == nil || e.Header.DSN.Key != r.Key {
					t.Fatalf("record %q: %v", r.Body, err)
				}
			}
			if w.Code >= 400 && w.Code != 429 && len(records) > 0 && !strings.Contains(target, "security") {
				t.Fatalf("%d with %d records", w.Code, len(records))
			}
			if w.Code == http.StatusForbidden && len(refusals) == 0 {
				t.Fatal("a refusal that nobody counts")
			}
			if st.budget.Used() != 0 {
				t.Fatalf("%d bytes stay in use", st.budget.Used())
			}
		}
	})
}
