package server

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"weir/edge"
	"weir/edge/body"
)

func testRouter(t testing.TB) *Router {
	echo := func(x *edge.Exchange) edge.Reply {
		b, err := body.Read(x.R, 1000, nil)
		if err != nil {
			return edge.Problem(400, err.Error())
		}
		defer b.Free()
		return edge.Text(200, strings.Join(x.Params[:], "|")+string(b.B))
	}
	rt, err := NewRouter(Config{Product: "weir/test", Now: time.Now, Log: slog.New(slog.DiscardHandler)},
		edge.Route{Path: "/api/relay/healthcheck/{}/", Methods: []string{"GET"}, Handle: echo},
		edge.Route{Path: "/api/relay/*", Handle: func(*edge.Exchange) edge.Reply { return edge.Empty(404) }},
		edge.Route{Path: "/api/{}/store/", Methods: []string{"POST", "GET"}, CORS: true, Handle: echo},
		edge.Route{Path: "/api/store/", Methods: []string{"POST", "GET"}, CORS: true, Handle: echo},
		edge.Route{Path: "/api/{}/cron/{}/{}", Methods: []string{"POST"}, CORS: true, Handle: echo},
		edge.Route{Path: "/panic", Handle: func(*edge.Exchange) edge.Reply { panic("test") }},
	)
	if err != nil {
		t.Fatal(err)
	}
	return rt
}

func TestRouting(t *testing.T) {
	rt := testRouter(t)
	for _, c := range []struct {
		method, target string
		status         int
		text           string
	}{
		{"POST", "/api/42/store/", 200, "42||"},
		{"POST", "//api//42///store//?x=//", 200, "42||"},
		{"POST", "/api/42/store", 404, ""},
		{"POST", "/api//store/", 200, "||"}, // collapses to /api/store/
		{"POST", "/api/./store/", 200, ".||"},
		{"POST", "/api/store/", 200, "||"},
		{"PUT", "/api/store/", 405, ""},
		{"POST", "/api/relay/store/", 404, ""},
		{"POST", "/api/relay/healthcheck/live/", 405, ""},
		{"GET", "/api/relay/healthcheck/live/", 200, "live||"},
		{"GET", "/api/relay/healthcheck/live", 404, ""},
		{"GET", "/api/relay", 404, ""},
		{"POST", "/api/1/cron/my%20job/k", 200, "1|my job|k"},
		{"POST", "/api/1/cron/a%2Fb/k", 200, "1|a/b|k"},
		{"POST", "/%61pi/1/cron/a/k", 404, ""},
		{"GET", "/", 404, ""},
		{"GET", "/" + strings.Repeat("a/", 40), 404, ""},
		{"GET", "/a/b/c/d/e/f/g/h/i/j/k/l/", 404, ""},
		{"GET", "/panic", 500, `{"detail":"internal error"}`},
	} {
		w := httptest.NewRecorder()
		rt.ServeHTTP(w, httptest.NewRequest(c.method, c.target, nil))
		if w.Code != c.status || w.Body.String() != c.text {
			t.Errorf("%s %s: %d %q, want %d %q", c.method, c.target, w.Code, w.Body, c.status, c.text)
		}
		if w.Header().Get("Server") != "weir/test" || w.Header().Get("Cross-Origin-Resource-Policy") != "cross-origin" {
			t.Errorf("%s %s: headers %v", c.method, c.target, w.Header())
		}
	}
}

func TestCORS(t *testing.T) {
	rt := testRouter(t)
	w := httptest.NewRecorder()
	rt.ServeHTTP(w, httptest.NewRequest("OPTIONS", "/api/42/store/", nil))
	if w.Code != 200 || w.Body.Len() != 0 || w.Header().Get("Access-Control-Allow-Methods") != "POST" || w.Header().Get("Access-Control-Expose-Headers") != "" {
		t.Errorf("preflight: %d %v", w.Code, w.Header())
	}
	w = httptest.NewRecorder()
	rt.ServeHTTP(w, httptest.NewRequest("PATCH", "/api/42/store/", nil))
	if w.Code != 405 || w.Header().Get("Allow") != "POST, GET, HEAD" || w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("405: %d %v", w.Code, w.Header())
	}
	w = httptest.NewRecorder()
	rt.ServeHTTP(w, httptest.NewRequest("OPTIONS", "/api/relay/healthcheck/live/", nil))
	if w.Code != 405 || w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("a route without CORS: %d %v", w.Code, w.Header())
	}
}

func TestContentEncoding(t *testing.T) {
	rt := testRouter(t)
	var zipped bytes.Buffer
	zw := gzip.NewWriter(&zipped)
	_, _ = io.WriteString(zw, "hello")
	_ = zw.Close()
	for _, c := range []struct {
		value  string
		body   []byte
		status int
	}{
		{"gzip", zipped.Bytes(), 200},
		{"gzip", nil, 400},
		{"gzip", []byte("hello"), 400},
		{"", []byte("hello"), 200},
		{"UTF-8", []byte("hello"), 200},
		{"identity", []byte("hello"), 200},
		{"GZIP", zipped.Bytes(), 415},
		{"x-gzip", zipped.Bytes(), 415},
		{"gzip, br", zipped.Bytes(), 415},
	} {
		req := httptest.NewRequest("POST", "/api/42/store/", bytes.NewReader(c.body))
		req.Header["Content-Encoding"] = []string{c.value}
		w := httptest.NewRecorder()
		rt.ServeHTTP(w, req)
		if w.Code != c.status || c.status == 200 && !strings.HasSuffix(w.Body.String(), "hello") {
			t.Errorf("%q: %d %q, want %d", c.value, w.Code, w.Body, c.status)
		}
		if c.status == 415 && (w.Body.Len() != 0 || w.Header().Get("Accept-Encoding") != body.Accepted || w.Header().Get("Access-Control-Allow-Origin") != "") {
			t.Errorf("%q: %v", c.value, w.Header())
		}
	}
}

func TestResponseCompression(t *testing.T) {
	long := strings.Repeat("long ", 100)
	rt, err := NewRouter(Config{Now: time.Now, Log: slog.New(slog.DiscardHandler)},
		edge.Route{Path: "/long", Handle: func(*edge.Exchange) edge.Reply { return edge.Text(200, long) }},
		edge.Route{Path: "/short", Handle: func(*edge.Exchange) edge.Reply { return edge.Text(200, long[:compressAbove]) }})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][3]string{
		{"/long", "gzip", "gzip"}, {"/long", "br;q=0.5, gzip", "gzip"}, {"/long", "*", "zstd"}, {"/long", "deflate", "deflate"},
		{"/long", "x, y", ""}, {"/long", "gzip;q=0", ""}, {"/long", "gzip;q=x", ""}, {"/long", "", ""}, {"/short", "gzip", ""},
	} {
		req := httptest.NewRequest("GET", c[0], nil)
		req.Header.Set("Accept-Encoding", c[1])
		w := httptest.NewRecorder()
		rt.ServeHTTP(w, req)
		if got := w.Header().Get("Content-Encoding"); got != c[2] {
			t.Errorf("%s with %q: %q, want %q", c[0], c[1], got, c[2])
		}
		// Decode with the request decoder.
		enc, _ := body.ParseEncoding(w.Header().Get("Content-Encoding"))
		back := httptest.NewRequest("POST", "/", w.Body)
		rd := body.Wrap(back, enc)
		b, err := body.Read(back, 1000, nil)
		if err != nil || !strings.HasPrefix(long, string(b.B)) || len(b.B) < compressAbove {
			t.Errorf("%s with %q: %v", c[0], c[1], err)
		}
		rd.Finish()
	}
}

func TestMetricsAndLog(t *testing.T) {
	var log bytes.Buffer
	reg := prometheus.NewRegistry()
	metrics := NewMetrics(reg)
	rt, err := NewRouter(Config{Metrics: metrics, Now: time.Now, Log: slog.New(slog.NewTextHandler(&log, nil))},
		edge.Route{Path: "/a/{}", Handle: func(x *edge.Exchange) edge.Reply { return edge.Problem(len(x.Params[0]), "detail of "+x.Params[0]) }})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/a/" + strings.Repeat("x", 200), "/a/" + strings.Repeat("x", 503), "/a/" + strings.Repeat("y", 503), "/a/" + strings.Repeat("x", 299), "/b"} {
		rt.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", path, nil))
	}
	for labels, want := range map[[2]string]float64{{"/a/{}", "200"}: 1, {"/a/{}", "503"}: 2, {"/a/{}", "other"}: 1, {"none", "404"}: 1, {"/a/{}", "404"}: 0} {
		if got := counted(metrics.requests.WithLabelValues(labels[0], labels[1])); got != want {
			t.Errorf("%v: %v, want %v", labels, got, want)
		}
	}
	if n := strings.Count(log.String(), "level=WARN"); n < 1 || n > 2 || strings.Contains(log.String(), "404") {
		t.Errorf("log: %s", log.String())
	}
	if NewMetrics(nil) != nil {
		t.Error("metrics without a registry")
	}
}

func TestBadTable(t *testing.T) {
	ok := func(*edge.Exchange) edge.Reply { return edge.Empty(200) }
	for _, r := range []edge.Route{{Path: "api", Handle: ok}, {Path: "/api"}, {Path: "/{}/{}/{}/{}", Handle: ok}, {Path: strings.Repeat("/a", 20), Handle: ok}} {
		if _, err := NewRouter(Config{}, r); err == nil {
			t.Errorf("%q is accepted", r.Path)
		}
	}
}

func FuzzRouter(f *testing.F) {
	rt := testRouter(f)
	f.Add("POST", "/api/42/store/?x=1", "gzip")
	f.Fuzz(func(t *testing.T, method, target, encoding string) {
		req, err := http.NewRequest(method, "http://h"+target, strings.NewReader("x"))
		if err != nil {
			return
		}
		req.Header.Set("Content-Encoding", encoding)
		rt.ServeHTTP(httptest.NewRecorder(), req)
	})
}

func counted(c prometheus.Counter) float64 {
	var m dto.Metric
	_ = c.Write(&m) // cannot fail
	return m.GetCounter().GetValue()
}
