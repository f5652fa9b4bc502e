package edge_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// scriptedUpstream answers by the rules of a scenario, else as a friendly upstream, and remembers what it got.
type scriptedUpstream struct {
	*httptest.Server
	stop chan struct{}

	mu    sync.Mutex
	rules []map[string]any
	seen  []any
}

func newUpstream(t testing.TB) *scriptedUpstream {
	u := &scriptedUpstream{stop: make(chan struct{})}
	u.Server = httptest.NewServer(u)
	t.Cleanup(func() {
		close(u.stop)
		u.Close()
	})
	return u
}

func (u *scriptedUpstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	data, _ := io.ReadAll(r.Body)
	headers := map[string]any{"host": r.Host}
	for k, v := range r.Header {
		headers[strings.ToLower(k)] = strings.Join(v, ", ")
	}
	u.mu.Lock()
	u.seen = append(u.seen, map[string]any{"method": r.Method, "path": r.URL.RequestURI(), "headers": headers, "body": string(data)})
	rules := u.rules
	u.mu.Unlock()
	for _, rule := range rules {
		if !regexp.MustCompile(rule["path"].(string)).MatchString(r.URL.RequestURI()) {
			continue
		}
		if d, ok := rule["delay"].(json.Number); ok {
			seconds, _ := d.Float64()
			select {
			case <-time.After(time.Duration(seconds * float64(time.Second))):
			case <-u.stop:
			case <-r.Context().Done():
			}
		}
		for k, v := range asMap(rule["headers"]) {
			w.Header().Set(k, v.(string))
		}
		status := 200
		if n, ok := rule["status"].(json.Number); ok {
			k, _ := n.Int64()
			status = int(k)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text(rule["body"]))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if strings.HasSuffix(r.URL.Path, "/register/challenge/") {
		var m map[string]any
		_ = json.Unmarshal(data, &m)
		_ = json.NewEncoder(w).Encode(map[string]any{"relay_id": m["relay_id"], "token": "abc:def"})
		return
	}
	_, _ = io.WriteString(w, "{}")
}

// requests are all but those of the relay API itself.
func (u *scriptedUpstream) requests() []any {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.seen
}
