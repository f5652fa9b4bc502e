package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// A relay whose network has only an HTTP proxy: registration, configs and envelopes go through it to a name that only the proxy knows. While the
// proxy wants other credentials, `weir status` says so and nothing is lost.
func TestHTTPProxy(t *testing.T) {
	s := newStub(t)
	s.project(chainKey, 42, `{}`)
	var credentials atomic.Value
	credentials.Store("other")
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, password, ok := (&http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}).BasicAuth()
		if !ok || password != credentials.Load() {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		if r.URL.Host != "upstream.example" {
			t.Errorf("asked for %s", r.URL)
		}
		out := r.Clone(r.Context())
		out.RequestURI, out.URL.Host = "", s.addr
		resp, err := http.DefaultTransport.RoundTrip(out)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer func() { _ = resp.Body.Close() }()
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	}))
	defer proxy.Close()
	dir, _, _ := relayDir(t, map[string]any{"relay": map[string]any{"upstream": "http://upstream.example/"}, "auth": map[string]any{"ready": "always"}, "cache": map[string]any{"batch_interval": 0},
		"http": map[string]any{"max_retry_interval": 1, "retry_delay": 1}, "weir": map[string]any{"data_dir": t.TempDir()}})
	r := startRelay(t, "proxied", dir, "HTTP_PROXY=http://weir:secret@"+proxy.Listener.Addr().String())
	if got := post(t, http.MethodPost, r.base+"/api/42/store/?sentry_key="+chainKey, nil, []byte(`{"message":"hi"}`)); got.status != 200 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	eventually(t, "weir status says why", func() bool {
		got := statusOf(t, dir)
		return got.Upstream != nil && strings.Contains(got.Upstream.Error, "the HTTP proxy refuses: 407")
	})
	credentials.Store("secret")
	eventually(t, "it arrives", func() bool { _, n := s.count(); return n == 1 })
	eventually(t, "weir status says so", func() bool {
		got := statusOf(t, dir)
		return got.Upstream != nil && got.Upstream.State == "registered"
	})
	if strings.Contains(r.output(), "weir:secret") {
		t.Error("the log has the password")
	}
}
