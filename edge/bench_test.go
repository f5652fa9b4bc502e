package edge_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"weir/codecs/casefile"
	"weir/codecs/dsn"
	"weir/codecs/project"
	"weir/codecs/ratelimit"
	"weir/codecs/raw"
	"weir/edge"
	"weir/edge/admission"
	"weir/edge/body"
	"weir/edge/intake"
	"weir/edge/server"
)

// nodeError is an error of @sentry/node 11.12.0 in an Express application (8498 bytes), as captured, and its request.
func nodeError(t testing.TB) (target string, headers http.Header, payload []byte) {
	payload, err := os.ReadFile("testdata/node-error.bin")
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		Path, Query string
		Headers     [][2]string
	}
	casefile.JSON(t, "testdata/node-error.json", &m)
	headers = http.Header{}
	for _, h := range m.Headers {
		if k := http.CanonicalHeaderKey(h[0]); k != "Host" && k != "Content-Length" && k != "Connection" && k != "Transfer-Encoding" {
			headers.Add(k, h[1])
		}
	}
	return m.Path + "?" + m.Query, headers, payload
}

// constant is a neighbourhood without locks.
type constant struct{ state *project.State }

func (c constant) Lookup(dsn.PublicKey) (*project.State, project.Status) {
	return c.state, project.Enabled
}
func (c constant) Request(dsn.PublicKey)                        {}
func (c constant) For(dsn.Scoping, time.Time) []ratelimit.Limit { return nil }
func (c constant) Write(_ context.Context, r *raw.Record) error { raw.Encode(r); return nil }
func (c constant) Add(edge.Refusal)                             {}

func benchRouter(b *testing.B) http.Handler {
	state, err := project.Parse([]byte(`{"projectId":42,"organizationId":1,"publicKeys":[{"publicKey":"a94ae32be2584e0bbd7a4cbb95971fee","numericId":1}],"config":{}}`))
	if err != nil {
		b.Fatal(err)
	}
	c, s := constant{state}, defaults()
	budget := body.NewBudget(1 << 30)
	log := slog.New(slog.DiscardHandler)
	gate := &admission.Gate{Config: s.gate, Projects: c, Limits: c, Writer: c, Refusals: c, Memory: func() bool { return true }, Budget: budget, Now: time.Now, Log: log}
	in, err := intake.New(s.intake, gate, budget)
	if err != nil {
		b.Fatal(err)
	}
	rt, err := server.NewRouter(server.Config{Product: "weir/bench", Now: time.Now, Log: log}, in.Routes()...)
	if err != nil {
		b.Fatal(err)
	}
	return rt
}

// sink is a ResponseWriter that is used again.
type sink struct {
	header http.Header
	status int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }
func (s *sink) WriteHeader(status int)      { s.status = status }

// The edge's own work for one accepted gzip envelope, net/http not included.
func BenchmarkAcceptEnvelope(b *testing.B) {
	rt := benchRouter(b)
	target, headers, payload := nodeError(b)
	wire := compressed(b, "gzip", payload)
	src := bytes.NewReader(nil)
	w := &sink{header: http.Header{}}
	req := httptest.NewRequest("POST", target, nil)
	b.ReportAllocs()
	b.SetBytes(int64(len(payload)))
	for b.Loop() {
		src.Reset(wire)
		clear(w.header)
		clear(req.Header)
		for k, v := range headers {
			req.Header[k] = v
		}
		req.Header["Content-Encoding"] = gzipEncoding
		req.Body = io.NopCloser(src)
		rt.ServeHTTP(w, req)
		if w.status != http.StatusOK {
			b.Fatal(w.status)
		}
	}
}

var gzipEncoding = []string{"gzip"}

// The same over a real socket, client included.
func BenchmarkAcceptEnvelopeSocket(b *testing.B) {
	srv := httptest.NewServer(benchRouter(b))
	defer srv.Close()
	target, headers, payload := nodeError(b)
	wire := compressed(b, "gzip", payload)
	b.ReportAllocs()
	b.SetBytes(int64(len(payload)))
	for b.Loop() {
		req, err := http.NewRequest("POST", srv.URL+target, bytes.NewReader(wire))
		if err != nil {
			b.Fatal(err)
		}
		for k, v := range headers {
			req.Header[k] = v
		}
		req.Header["Content-Encoding"] = gzipEncoding
		resp, err := srv.Client().Do(req)
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			b.Fatal(resp.Status)
		}
	}
}
