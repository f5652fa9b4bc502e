package upstream_test

import (
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"weir/codecs/dsn"
	"weir/edge"
	"weir/edge/upstream"
)

// TestMain lets this process trust the certificate of httptest's servers: the client of upstreams takes the system's.
func TestMain(m *testing.M) {
	srv := httptest.NewTLSServer(nil)
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	srv.Close()
	dir, err := os.MkdirTemp("", "weir")
	if err == nil {
		file := filepath.Join(dir, "cert.pem")
		if err = os.WriteFile(file, cert, 0o600); err == nil {
			err = os.Setenv("SSL_CERT_FILE", file)
		}
	}
	if err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// env is an environment as KEY=VALUE texts.
func env(vars ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for _, v := range vars {
			if value, ok := strings.CutPrefix(v, name+"="); ok {
				return value, true
			}
		}
		return "", false
	}
}

// What the reference does with the same environment was looked at, but for ports in NO_PROXY, which neither knows, and SOCKS, which it does not speak.
func TestReadProxies(t *testing.T) {
	for _, c := range []struct{ env, url, want string }{
		{"http_proxy=http://p:1", "http://up.test:99/", "http://p:1"},
		{"HTTP_PROXY=http://p:1", "http://127.0.0.1:9/", "http://p:1"},
		{"HTTP_PROXY=http://p:1", "http://localhost/", "http://p:1"},
		{"HTTP_PROXY=p:1", "http://up.test/", "http://p:1"},
		{"HTTP_PROXY=http://p:1", "https://up.test/", ""},
		{"HTTPS_PROXY=http://u:p%40ss@p:1", "https://up.test/", "http://u:p%40ss@p:1"},
		{"ALL_PROXY=http://p:1", "http://up.test/", "http://p:1"},
		{"ALL_PROXY=http://p:1", "https://up.test/", "http://p:1"},
		{"all_proxy=http://p:1 HTTP_PROXY=http://q:1", "http://up.test/", "http://q:1"},
		{"HTTP_PROXY=http://p:1 http_proxy=http://q:1", "http://up.test/", "http://p:1"},
		{"HTTP_PROXY= http_proxy=http://q:1", "http://up.test/", ""},
		{"HTTP_PROXY=http://p:1 REQUEST_METHOD=GET", "http://up.test/", ""},
		{"HTTP_PROXY=http://p:1 NO_PROXY=up.test", "http://up.test:9/", ""},
		{"HTTP_PROXY=http://p:1 NO_PROXY=UP.test", "http://a.up.TEST/", ""},
		{"HTTP_PROXY=http://p:1 no_proxy=.up.test", "http://up.test/", ""},
		{"HTTP_PROXY=http://p:1 NO_PROXY=p.test", "http://up.test/", "http://p:1"},
		{"HTTP_PROXY=http://p:1 NO_PROXY=*.test", "http://up.test/", "http://p:1"},
		{"HTTP_PROXY=http://p:1 NO_PROXY=up.test:81", "http://up.test:81/", "http://p:1"},
		{"HTTP_PROXY=http://p:1 NO_PROXY= no_proxy=up.test", "http://up.test/", "http://p:1"},
		{"HTTP_PROXY=http://p:1 NO_PROXY=a,*", "http://up.test/", ""},
		{"HTTP_PROXY=http://p:1 NO_PROXY=127.0.0.0/8", "http://127.0.0.1:9/", ""},
		{"HTTP_PROXY=http://p:1 NO_PROXY=10.0.0.1", "http://10.0.0.1/", ""},
		{"HTTP_PROXY=http://p:1 NO_PROXY=10.0.0.1", "http://10.0.0.2/", "http://p:1"},
		{"HTTP_PROXY=http://p:1 NO_PROXY=::1", "http://[::1]:9/", ""},
		{"HTTPS_PROXY=socks5://p:1", "https://up.test/", "socks5://p:1"},
		{"HTTP_PROXY=::bad", "http://up.test/", ""},
		{"HTTP_PROXY=ftp://p:1", "http://up.test/", ""},
	} {
		p, err := upstream.ReadProxies(env(strings.Fields(c.env)...))
		if bad := strings.Contains(c.env, "bad") || strings.Contains(c.env, "ftp"); (err != nil) != bad {
			t.Errorf("%s: %v", c.env, err)
		}
		u, _ := url.Parse(c.url)
		got := ""
		if to, err := p.For(&http.Request{URL: u}); err != nil {
			t.Error(err)
		} else if to != nil {
			got = to.String()
		}
		if got != c.want {
			t.Errorf("%s to %s: %q, want %q", c.env, c.url, got, c.want)
		}
	}
	if _, err := upstream.ReadProxies(env("HTTPS_PROXY=http://user:secret@%zz")); err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "HTTPS_PROXY") {
		t.Error(err)
	}
}

// httpProxy is a proxy that wants credentials. Whatever host it is asked for, it goes to the one of to.
type httpProxy struct {
	*httptest.Server
	to     string // host:port
	refuse int    // answers this to everything; 0: it works

	mu   sync.Mutex
	seen []string // method and target of every request
}

func newProxy(t *testing.T, to string) *httpProxy {
	p := &httpProxy{to: to}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *httpProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.seen = append(p.seen, r.Method+" "+r.RequestURI)
	p.mu.Unlock()
	switch {
	case p.refuse != 0:
		w.WriteHeader(p.refuse)
		return
	case r.Header.Get("Proxy-Authorization") != "Basic dXNlcjpwQHNz": // user:p@ss
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	case r.Method != http.MethodConnect:
		out := r.Clone(r.Context())
		out.RequestURI, out.URL.Host = "", p.to
		out.Header.Del("Proxy-Authorization")
		resp, err := http.DefaultTransport.RoundTrip(out)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer func() { _ = resp.Body.Close() }()
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
		return
	}
	far, err := net.Dial("tcp", p.to)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	w.WriteHeader(http.StatusOK)
	near, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = far.Close()
		return
	}
	go func() { _, _ = io.Copy(far, buffered); _ = far.Close() }()
	_, _ = io.Copy(near, far)
	_ = near.Close()
}

// through is the transport to an upstream behind a proxy.
func through(t *testing.T, at, proxy string) upstream.Transport {
	p, err := upstream.ReadProxies(env("ALL_PROXY=" + proxy))
	if err != nil {
		t.Fatal(err)
	}
	return upstream.Transport{URL: at, Proxies: p, Timeout: patience}
}

// Registration, configs, envelopes and what is passed on unseen go through a proxy: to an http upstream as whole URLs, to an https one in a
// tunnel. The proxy wants the credentials of its URL.
func TestThroughProxy(t *testing.T) {
	for _, c := range []struct{ name, at, seen string }{
		{"http", "http://example.com/", "POST http://example.com/api/0/relays/register/challenge/"},
		{"https", "https://example.com/", "CONNECT example.com:443"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScript(t)
			s.on("projectconfigs", 200, `{"configs":{"`+string(keyA)+`":{"rev":"1"}}}`)
			far := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.Contains(r.URL.Path, "/relays/") {
					s.Config.Handler.ServeHTTP(w, r)
					return
				}
				_, _ = io.WriteString(w, r.Method+" "+r.URL.Path)
			}))
			if c.name == "https" {
				far.StartTLS()
			} else {
				far.Start()
			}
			t.Cleanup(far.Close)
			p := newProxy(t, far.Listener.Addr().String())
			to := through(t, c.at, "http://user:p%40ss@"+p.Listener.Addr().String())
			l := link(t, c.at, func(cfg *upstream.LinkConfig) { cfg.Transport = to })
			cl := client(t, c.at, func(cfg *upstream.Config) { cfg.Transport, cfg.Link = to, l })
			if err := cl.Register(t.Context()); err != nil {
				t.Fatal(err)
			}
			if a, err := cl.ProjectConfigs(t.Context(), []dsn.PublicKey{keyA}, []*string{nil}, true); err != nil || a.Configs[keyA] == nil {
				t.Errorf("%+v %v", a, err)
			}
			if a, err := upstream.NewSender(l, cl, nil, upstream.Zstd).Send(t.Context(), envelopeOf("")); err != nil || a.Status != 200 {
				t.Errorf("%+v %v", a, err)
			}
			f, err := upstream.NewForwarder(upstream.ForwardConfig{Transport: to, MaxPayload: 100})
			if err != nil {
				t.Fatal(err)
			}
			w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/api/0/things/", nil)
			f.Pass(&edge.Exchange{R: r, W: w})
			if w.Code != 200 || w.Body.String() != "GET /api/0/things/" {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if len(p.seen) == 0 || p.seen[0] != c.seen {
				t.Errorf("the proxy has seen %q", p.seen)
			}
		})
	}
}

// A proxy that refuses is no upstream that answers: nothing counts as delivered, and the message says what to do.
func TestProxyRefuses(t *testing.T) {
	s := newScript(t)
	for _, c := range []struct {
		at, proxy string
		refuse    int
		want      string
	}{
		{"http://example.com/", "http://", 0, "407 Proxy Authentication Required; HTTP_PROXY takes"},
		{"https://example.com/", "http://user:wrong@", 0, "refuses: 407 Proxy Authentication Required; HTTPS_PROXY takes"},
		{"https://example.com/", "http://user:p%40ss@", 403, "does not connect to the upstream: 403 Forbidden"},
		{"http://example.com/", "http://user:p%40ss@", 502, "status 502"},
	} {
		p := newProxy(t, s.Listener.Addr().String())
		p.refuse = c.refuse
		to := through(t, c.at, c.proxy+p.Listener.Addr().String())
		l := link(t, c.at, func(cfg *upstream.LinkConfig) { cfg.Transport = to })
		cl := client(t, c.at, func(cfg *upstream.Config) { cfg.Transport, cfg.Link = to, l })
		err := cl.Register(t.Context())
		if _, sent := upstream.NewSender(l, nil, nil, upstream.Identity).Send(t.Context(), envelopeOf("")); err == nil || sent == nil ||
			!strings.Contains(err.Error(), c.want) || !strings.Contains(sent.Error(), c.want) || strings.Contains(err.Error()+sent.Error(), "wrong") {
			t.Errorf("%s through %s: %v; %v", c.at, c.proxy, err, sent)
		}
	}
	gone := httptest.NewServer(nil)
	gone.Close()
	to := through(t, "http://example.com/", "http://user:secret@"+gone.Listener.Addr().String())
	cl := client(t, "http://example.com/", func(cfg *upstream.Config) { cfg.Transport = to })
	if err := cl.Register(t.Context()); err == nil || !strings.Contains(err.Error(), "proxyconnect") || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
}
