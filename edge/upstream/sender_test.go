package upstream_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"

	"weir/codecs/delivery"
	"weir/codecs/envelope"
	"weir/edge/upstream"
)

const sample = `{"client":"sdk/1"}` + "\n{\"type\":\"event\"}\n{\"message\":\"hi\"}\n"

func link(t *testing.T, url string, change func(*upstream.LinkConfig)) *upstream.Link {
	cfg := upstream.LinkConfig{Transport: upstream.Transport{URL: url, Product: "weir/1", Timeout: patience}, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&cfg)
	}
	l, err := upstream.NewLink(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = l.Run(ctx) })
	t.Cleanup(func() { cancel(); wg.Wait() })
	return l
}

func envelopeOf(key string) delivery.Envelope {
	return delivery.Envelope{Key: keyA, Project: 42, Body: []byte(sample), Header: &envelope.Header{Client: "sdk/1", Version: 7, ForwardedFor: "1.1.1.1, 2.2.2.2", Origin: "https://a.com/", UserAgent: key}}
}

// What an envelope looks like on the wire (edge 12.9), in every encoding.
func TestSend(t *testing.T) {
	var got *http.Request
	var body []byte
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.Header().Add("X-Sentry-Rate-Limits", "1:error:key")
		w.Header().Add("X-Sentry-Rate-Limits", "2::organization")
		w.Header().Set("Retry-After", "2")
		w.WriteHeader(429)
	}))
	defer srv.Close()
	for name, read := range map[string]func(io.Reader) (io.Reader, error){
		"zstd":     func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
		"identity": func(r io.Reader) (io.Reader, error) { return r, nil },
		"gzip":     func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"deflate":  func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) },
		"br":       func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
	} {
		encoding, err := upstream.ParseEncoding(name)
		if err != nil {
			t.Fatal(err)
		}
		s := upstream.NewSender(link(t, srv.URL, nil), nil, nil, encoding)
		a, err := s.Send(t.Context(), envelopeOf("agent"))
		if err != nil || a.Status != 429 || a.RateLimits != "1:error:key, 2::organization" || a.RetryAfter != "2" {
			t.Errorf("%+v %v", a, err)
		}
		plain, err := read(strings.NewReader(string(body)))
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(plain); err != nil || string(text) != sample {
			t.Errorf("%s: %q %v", name, text, err)
		}
		for header, want := range map[string]string{"X-Sentry-Auth": "Sentry sentry_key=" + string(keyA) + ", sentry_version=7, sentry_client=sdk/1", "Content-Type": "application/x-sentry-envelope",
			"X-Forwarded-For": "1.1.1.1, 2.2.2.2", "Origin": "https://a.com/", "User-Agent": "agent", "X-Sentry-Relay-Signature": "", "Content-Encoding": strings.TrimPrefix(name, "identity")} {
			if got.Header.Get(header) != want {
				t.Errorf("%s: %s %q, want %q", name, header, got.Header.Get(header), want)
			}
		}
		if got.URL.Path != "/api/42/envelope/" || got.Method != "POST" {
			t.Errorf("%s %s", got.Method, got.URL)
		}
	}
	if _, err := upstream.ParseEncoding("lz4"); err == nil {
		t.Error("lz4 is accepted")
	}
}

// What a header cannot carry does not keep an envelope from its end: it is left out, and a key like that is answered as nobody's.
func TestSendInvisible(t *testing.T) {
	var got []http.Header
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = append(got, r.Header) }))
	defer srv.Close()
	l := link(t, srv.URL, nil)
	s := upstream.NewSender(l, nil, nil, upstream.Identity)
	e := envelopeOf("agent\n")
	e.Header.Client, e.Header.Origin, e.Header.ForwardedFor = "sdk\n1", "https://a.com/\x00", "1.1.1.1\x7F"
	if a, err := s.Send(t.Context(), e); err != nil || a.Status != http.StatusOK {
		t.Fatalf("%+v %v", a, err)
	}
	for header, want := range map[string]string{"X-Sentry-Auth": "Sentry sentry_key=" + string(keyA) + ", sentry_version=7", "X-Forwarded-For": "", "Origin": "", "User-Agent": ""} {
		if have := got[0].Get(header); have != want {
			t.Errorf("%s %q, want %q", header, have, want)
		}
	}
	e.Key = keyA[:31] + "\n"
	if a, err := s.Send(t.Context(), e); err != nil || a.Status != http.StatusUnauthorized || len(got) != 1 {
		t.Errorf("%+v %v, %d requests", a, err, len(got))
	}
}

// An upstream that takes an envelope and says nothing does not hold up who stops, although a request may take long.
func TestSendStopped(t *testing.T) {
	asked, done := make(chan struct{}), make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { close(asked); <-done }))
	defer srv.Close()
	defer close(done)
	s := upstream.NewSender(link(t, srv.URL, func(c *upstream.LinkConfig) { c.Timeout = time.Hour }), nil, nil, upstream.Identity)
	ctx, stop := context.WithCancel(t.Context())
	go func() { <-asked; stop() }()
	if _, err := s.Send(ctx, envelopeOf("")); !errors.Is(err, upstream.ErrNetwork) {
		t.Error(err)
	}
}

// A redirect that keeps the method is followed, another one is no success.
func TestSendRedirected(t *testing.T) {
	var to int
	var got atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/there" {
			http.Redirect(w, r, "/there", to)
			return
		}
		if b, _ := io.ReadAll(r.Body); r.Method == http.MethodPost && string(b) == sample {
			got.Add(1)
		}
	}))
	defer srv.Close()
	s := upstream.NewSender(link(t, srv.URL, nil), nil, nil, upstream.Identity)
	for to = range map[int]bool{302: true, 307: true, 308: true} {
		before := got.Load()
		a, err := s.Send(t.Context(), envelopeOf(""))
		if kept := to > 303; err != nil || (a.Status == 200) != kept || (got.Load() > before) != kept {
			t.Errorf("%d: %+v %v", to, a, err)
		}
	}
}

// A managed relay waits until it is known, and signs no data.
func TestSendSigned(t *testing.T) {
	s := newScript(t)
	signed := make(chan error, 1)
	s.mu.Lock()
	s.answer["envelope"] = func(w http.ResponseWriter) {}
	s.mu.Unlock()
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := secret(t, 1).Public()
		signed <- key.Verify(r.Header.Get("X-Sentry-Relay-Signature"), nil, time.Now(), time.Minute)
		if r.Header["User-Agent"] != nil || r.Header.Get("X-Sentry-Relay-Id") != selfID.Hyphenated() {
			t.Errorf("%v", r.Header)
		}
	}))
	defer other.Close()
	l := link(t, s.URL, nil)
	c := client(t, s.URL, func(cfg *upstream.Config) { cfg.Link = l })
	sender := upstream.NewSender(l, c, nil, upstream.Zstd)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := sender.Send(ctx, envelopeOf("")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("sent before it is known: %v", err)
	}
	if err := c.Register(t.Context()); err != nil {
		t.Fatal(err)
	}
	e := envelopeOf("")
	e.Upstream = other.URL + "/" // the project's own
	if a, err := sender.Send(t.Context(), e); err != nil || a.Status != 200 {
		t.Errorf("%+v %v", a, err)
	}
	if err := <-signed; err != nil {
		t.Error(err)
	}
	// A proxy waits for nobody, and signs when it has something to sign with.
	proxy := upstream.NewSender(l, nil, &upstream.Signer{ID: selfID, Secret: secret(t, 1), Now: time.Now}, upstream.Zstd)
	if a, err := proxy.Send(t.Context(), e); err != nil || a.Status != 200 {
		t.Errorf("%+v %v", a, err)
	}
	if err := <-signed; err != nil {
		t.Error(err)
	}
	// Told to stop, it keeps the envelope instead of throwing it away.
	s.mu.Lock()
	s.answer = map[string]func(http.ResponseWriter){"challenge": func(w http.ResponseWriter) { w.WriteHeader(403); _, _ = io.WriteString(w, `{"relay":"stop"}`) }}
	s.mu.Unlock()
	if err := c.Register(t.Context()); !errors.Is(err, upstream.ErrDenied) {
		t.Fatal(err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := sender.Send(ctx, envelopeOf("")); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// After a grace period of nothing but network errors nothing is sent until the upstream gives any answer; that releases all that wait.
func TestOutage(t *testing.T) {
	var away atomic.Bool
	var envelopes, probes atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/relays/live/") {
			probes.Add(1)
		} else {
			envelopes.Add(1)
		}
		if away.Load() {
			w.WriteHeader(503)
			return
		}
		w.WriteHeader(404) // any answer will do
	}))
	defer srv.Close()
	var mu sync.Mutex
	now := time.Now()
	l := link(t, srv.URL, func(c *upstream.LinkConfig) {
		c.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
		c.MaxRetryInterval, c.RetryDelay = 5*time.Millisecond, time.Hour
	})
	s := upstream.NewSender(l, nil, nil, upstream.Identity)
	away.Store(true)
	if _, err := s.Send(t.Context(), envelopeOf("")); !errors.Is(err, upstream.ErrNetwork) || !l.Outage().IsZero() {
		t.Errorf("%v, outage since %v", err, l.Outage())
	}
	paused := make(chan error, 1)
	go func() {
		err := s.Pause(t.Context())
		if !s.Signs().Answers {
			err = errors.Join(err, errors.New("nobody was answered"))
		}
		paused <- err
	}()
	mu.Lock()
	now = now.Add(11 * time.Second)
	mu.Unlock()
	if _, err := s.Send(t.Context(), envelopeOf("")); !errors.Is(err, upstream.ErrNetwork) || l.Outage().IsZero() {
		t.Errorf("%v, outage since %v", err, l.Outage())
	}
	sent := make(chan error, 3)
	for range 3 {
		go func() { _, err := s.Send(t.Context(), envelopeOf("")); sent <- err }()
	}
	for probes.Load() < 3 {
		if err := s.Pause(shortly(t)); err == nil || s.Signs().Answers {
			t.Fatal("a retry goes during an outage")
		}
	}
	if n := envelopes.Load(); n != 2 {
		t.Errorf("%d envelopes were sent", n)
	}
	away.Store(false)
	for range 3 {
		if err := <-sent; err != nil {
			t.Error(err)
		}
	}
	if err := <-paused; err != nil || !l.Outage().IsZero() {
		t.Errorf("%v, outage since %v", err, l.Outage())
	}
	for name, change := range map[string]func(*upstream.LinkConfig){
		"path": func(c *upstream.LinkConfig) { c.URL = "http://a/b" }, "clock": func(c *upstream.LinkConfig) { c.Now = nil }, "negative": func(c *upstream.LinkConfig) { c.RetryDelay = -1 },
	} {
		cfg := upstream.LinkConfig{Transport: upstream.Transport{URL: srv.URL}, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
		change(&cfg)
		if _, err := upstream.NewLink(cfg); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

// What fails for a reason of its own is no outage: an envelope that failed before although others passed, and one for an upstream of its project's
// own. Nor is an upstream away that answers, though not to envelopes; that is not said either.
func TestNoOutage(t *testing.T) {
	var passes atomic.Bool
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !passes.Load() && strings.HasSuffix(r.URL.Path, "/envelope/") {
			w.WriteHeader(502)
		}
	}))
	defer srv.Close()
	gone := httptest.NewServer(nil)
	gone.Close()
	var mu sync.Mutex
	var log strings.Builder
	now := time.Now()
	l := link(t, srv.URL, func(c *upstream.LinkConfig) {
		c.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); now = now.Add(time.Minute); return now }
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
	})
	s := upstream.NewSender(l, nil, nil, upstream.Identity)
	suspect, elsewhere := envelopeOf(""), envelopeOf("")
	suspect.Suspect, elsewhere.Upstream = true, gone.URL
	for range 3 {
		for _, e := range []delivery.Envelope{suspect, elsewhere} {
			if _, err := s.Send(t.Context(), e); !errors.Is(err, upstream.ErrNetwork) || !l.Outage().IsZero() || !s.Signs().Answers {
				t.Errorf("%v, outage since %v, %+v", err, l.Outage(), s.Signs())
			}
		}
	}
	for range 3 { // each waits until the sign of life has ended what may be an outage
		if _, err := s.Send(t.Context(), envelopeOf("")); !errors.Is(err, upstream.ErrNetwork) {
			t.Error(err)
		}
	}
	passes.Store(true)
	if _, err := s.Send(t.Context(), envelopeOf("")); err != nil || s.Signs().Passed != 1 {
		t.Errorf("%v %+v", err, s.Signs())
	}
	if log.Len() > 0 {
		t.Error(log.String())
	}
}

// An outage is noticed, too, when everything that is sent has failed before.
func TestOutageAmongSuspects(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	l := link(t, gone.URL, func(c *upstream.LinkConfig) { c.OutageGrace = time.Nanosecond })
	s := upstream.NewSender(l, nil, nil, upstream.Identity)
	e := envelopeOf("")
	e.Suspect = true
	for deadline := time.Now().Add(30 * time.Second); l.Outage().IsZero() && time.Now().Before(deadline); {
		if _, err := s.Send(t.Context(), e); !errors.Is(err, upstream.ErrNetwork) {
			t.Fatal(err)
		}
	}
	if l.Outage().IsZero() || s.Signs().Answers {
		t.Error("nobody has noticed")
	}
}

// An upstream that is away does not keep envelopes from one of a project's own, and that one tells nobody to stop.
func TestElsewhereInAnOutage(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(403)
		_, _ = io.WriteString(w, `{"relay":"stop"}`)
	}))
	defer other.Close()
	l := link(t, gone.URL, func(c *upstream.LinkConfig) { c.OutageGrace = time.Nanosecond })
	s := upstream.NewSender(l, nil, nil, upstream.Identity)
	for l.Outage().IsZero() {
		if _, err := s.Send(t.Context(), envelopeOf("")); !errors.Is(err, upstream.ErrNetwork) {
			t.Fatal(err)
		}
	}
	e := envelopeOf("")
	e.Upstream = other.URL + "/"
	if a, err := s.Send(t.Context(), e); err != nil || a.Status != 403 || s.Signs().Passed != 0 {
		t.Errorf("%+v %v %+v", a, err, s.Signs())
	}
}

func shortly(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}
