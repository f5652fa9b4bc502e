package upstream_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/project"
	"weir/codecs/signature"
	"weir/edge"
	"weir/edge/downstream"
	"weir/edge/server"
	"weir/edge/upstream"
)

const (
	patience = 20 * time.Second
	keyA     = dsn.PublicKey("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
	keyB     = dsn.PublicKey("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb")
	keyC     = dsn.PublicKey("cccccccccccccccccccccccccccccccc")
)

var selfID = envelope.EventID{0x8f, 15: 1}

func secret(t testing.TB, seed byte) signature.SecretKey {
	k, err := signature.NewSecretKey(bytes.NewReader(bytes.Repeat([]byte{seed}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func client(t testing.TB, url string, change func(*upstream.Config)) *upstream.Client {
	cfg := upstream.Config{Transport: upstream.Transport{URL: url}, ID: selfID, Secret: secret(t, 1), Version: "26.9.0", Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&cfg)
	}
	c, err := upstream.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// root is weir itself as the upstream: it verifies every signature.
type root struct {
	*httptest.Server
	states map[dsn.PublicKey]*project.State
	global *project.Global
	asked  []dsn.PublicKey
}

func (r *root) Lookup(key dsn.PublicKey) (*project.State, project.Status) {
	s, ok := r.states[key]
	switch {
	case !ok:
		return nil, project.Pending
	case s == nil:
		return nil, project.Disabled
	}
	return s, project.Enabled
}

func (r *root) Request(key dsn.PublicKey)       { r.asked = append(r.asked, key) }
func (r *root) Global() (*project.Global, bool) { return r.global, r.global != nil }

func newRoot(t testing.TB) *root {
	r := &root{states: map[dsn.PublicKey]*project.State{}}
	api := &downstream.API{Projects: r, Globals: r, Now: time.Now, Config: downstream.Config{SignatureMaxAge: time.Minute, Secret: []byte("secret"),
		Static: map[envelope.EventID]edge.Relay{selfID: {Key: secret(t, 1).Public(), Internal: true}}}}
	rt, err := server.NewRouter(server.Config{Now: time.Now, Log: slog.New(slog.DiscardHandler)}, api.Routes()...)
	if err != nil {
		t.Fatal(err)
	}
	r.Server = httptest.NewServer(rt)
	t.Cleanup(r.Close)
	return r
}

func TestAgainstWeir(t *testing.T) {
	r := newRoot(t)
	state, err := project.Parse([]byte(`{"projectId":42,"rev":"7","publicKeys":[{"publicKey":"` + string(keyA) + `"}],"config":{"quotas":[{"id":"q","categories":["error"],"limit":5,"window":60}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	r.states[keyA], r.states[keyB] = state, nil
	c := client(t, r.URL, nil)
	if c.Known(t.Context()) == nil {
		t.Error("known before registration")
	}
	if err := c.Register(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.Known(t.Context()); err != nil {
		t.Error(err)
	}
	rev, other := "7", "6"
	a, err := c.ProjectConfigs(t.Context(), []dsn.PublicKey{keyA, keyB, keyC}, []*string{&other, nil, nil}, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, known := a.Configs[keyB]; len(a.Configs) != 1 || known || len(a.Pending) != 1 || a.Pending[0] != keyC || len(a.Unchanged) != 0 || len(r.asked) != 1 {
		t.Errorf("%+v, asked %v", a, r.asked)
	}
	if got, err := project.Parse(a.Configs[keyA]); err != nil || got.Project != 42 || len(got.Config.Quotas) != 1 {
		t.Errorf("%s: %v", a.Configs[keyA], err)
	}
	a, err = c.ProjectConfigs(t.Context(), []dsn.PublicKey{keyA}, []*string{&rev}, true)
	if err != nil || len(a.Unchanged) != 1 || len(a.Configs) != 0 {
		t.Errorf("%+v %v", a, err)
	}
	if _, ok, err := c.Global(t.Context()); ok || err != nil {
		t.Errorf("global before it is known: %v %v", ok, err)
	}
	if r.global, err = project.ParseGlobal([]byte(`{"options":{"relay.x":1}}`)); err != nil {
		t.Fatal(err)
	}
	if g, ok, err := c.Global(t.Context()); !ok || err != nil || !strings.Contains(string(g), "relay.x") {
		t.Errorf("global: %s %v %v", g, ok, err)
	}
	keys, err := c.PublicKeys(t.Context(), []envelope.EventID{selfID, {1}})
	if err != nil || len(keys) != 1 || keys[selfID].Key != secret(t, 1).Public() || !keys[selfID].Internal {
		t.Errorf("%v %v", keys, err)
	}
}

// A relay that the operator has not listed, or with another key, is refused; that is a failure like any other.
func TestNotListed(t *testing.T) {
	r := newRoot(t)
	c := client(t, r.URL, func(cfg *upstream.Config) { cfg.Secret = secret(t, 2) })
	var status *upstream.StatusError
	if err := c.Register(t.Context()); !errors.As(err, &status) || status.Status != http.StatusForbidden || c.Known(t.Context()) == nil {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := c.ProjectConfigs(ctx, []dsn.PublicKey{keyA}, []*string{nil}, false); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a query does not wait for registration: %v", err)
	}
}

// script is an upstream that answers what it is told.
type script struct {
	*httptest.Server
	mu     sync.Mutex
	answer map[string]func(w http.ResponseWriter) // by a part of the path
	count  map[string]int
}

func newScript(t testing.TB) *script {
	s := &script{answer: map[string]func(http.ResponseWriter){}, count: map[string]int{}}
	s.on("challenge", 200, `{"relay_id":"x","token":"a:b"}`)
	s.on("response", 200, `{"relay_id":"x"}`)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		key := secret(t, 1).Public()
		if err := key.Verify(r.Header.Get("X-Sentry-Relay-Signature"), body, time.Now(), time.Minute); err != nil || r.Header.Get("X-Sentry-Relay-Id") != selfID.Hyphenated() {
			t.Errorf("%s: signature %v, id %q", r.URL, err, r.Header.Get("X-Sentry-Relay-Id"))
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		for part, f := range s.answer {
			if strings.Contains(r.URL.Path, part) {
				s.count[part]++
				f(w)
				return
			}
		}
		w.WriteHeader(404)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *script) on(part string, status int, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer[part] = func(w http.ResponseWriter) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func (s *script) counted(part string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count[part]
}

func TestAnswers(t *testing.T) {
	s := newScript(t)
	c := client(t, s.URL+"/", func(cfg *upstream.Config) { cfg.MaxAnswer = 1000 })
	if err := c.Register(t.Context()); err != nil {
		t.Fatal(err)
	}
	ask := func() (upstream.Answer, error) {
		return c.ProjectConfigs(t.Context(), []dsn.PublicKey{keyA}, []*string{nil}, false)
	}
	for _, tc := range []struct {
		status int
		body   string
		ok     bool
	}{
		{200, `{"configs":{"` + string(keyA) + `":null}}`, true},
		{200, `{}`, true},
		{200, `{"configs":{"short":{}}}`, false},
		{200, `{"pending":["short"]}`, false},
		{200, `{"unchanged":[1]}`, false},
		{200, `{`, false},
		{200, ``, false},
		{200, `{"configs":{"` + strings.Repeat("x", 2000) + `":{}}}`, false},
		{429, `{}`, false},
		{500, `{"detail":"oh"}`, false},
		{503, ``, false},
	} {
		s.on("projectconfigs", tc.status, tc.body)
		a, err := ask()
		if (err == nil) != tc.ok {
			t.Errorf("%d %.50s: %+v %v", tc.status, tc.body, a, err)
		}
		if state, known := a.Configs[keyA]; tc.ok && strings.Contains(tc.body, "null") && (!known || state != nil) {
			t.Errorf("null is a key without a state: %+v", a)
		}
		if errors.Is(err, upstream.ErrNetwork) != (tc.status == 503) {
			t.Errorf("%d: %v", tc.status, err)
		}
		if c.Known(t.Context()) != nil {
			t.Errorf("%d ends the registration", tc.status)
		}
	}
	for body, want := range map[string][2]bool{ // ok, error
		`{"global":{"a":1},"globalStatus":"ready"}`:   {true, false},
		`{"global":{"a":1}}`:                          {true, false},
		`{"global":{"a":1},"globalStatus":"pending"}`: {false, false},
		`{"globalStatus":"ready"}`:                    {false, true},
		`{"global":null}`:                             {false, true},
	} {
		s.on("projectconfigs", 200, body)
		if _, ok, err := c.Global(t.Context()); ok != want[0] || (err != nil) != want[1] {
			t.Errorf("%s: %v %v", body, ok, err)
		}
	}
	pub := secret(t, 3).Public().String()
	for body, internal := range map[string]bool{
		`{"relays":{"` + selfID.Hyphenated() + `":{"publicKey":"` + pub + `","internal":true}}}`: true,
		`{"public_keys":{"` + selfID.Hyphenated() + `":"` + pub + `","x":null}}`:                 false,
	} {
		s.on("publickeys", 200, body)
		if got, err := c.PublicKeys(t.Context(), []envelope.EventID{selfID}); err != nil || got[selfID].Internal != internal || got[selfID].Key.String() != pub {
			t.Errorf("%s: %+v %v", body, got, err)
		}
	}
}

func TestConfig(t *testing.T) {
	good := upstream.Config{Transport: upstream.Transport{URL: "https://sentry.io/"}, ID: selfID, Secret: secret(t, 1), Version: "1.2.3", Now: time.Now, Log: slog.Default()}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*upstream.Config){
		"path":       func(c *upstream.Config) { c.URL = "http://a/b" },
		"scheme":     func(c *upstream.Config) { c.URL = "ftp://a/" },
		"no host":    func(c *upstream.Config) { c.URL = "sentry.io" },
		"no id":      func(c *upstream.Config) { c.ID = envelope.EventID{} },
		"no key":     func(c *upstream.Config) { c.Secret = signature.SecretKey{} },
		"version":    func(c *upstream.Config) { c.Version = "1.2" },
		"no clock":   func(c *upstream.Config) { c.Now = nil },
		"negative":   func(c *upstream.Config) { c.Timeout = -1 },
		"with query": func(c *upstream.Config) { c.URL = "http://a/?x" },
	} {
		c := good
		change(&c)
		if c.Validate() == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestVersions(t *testing.T) {
	for text, want := range map[string]string{"": "0.0.0", "20.7.0": "20.7.0", "20.7.0-beta.0": "20.7.0", "26.10.0.5": "26.10.0"} {
		if v, err := upstream.ParseVersion(text); err != nil || v.String() != want {
			t.Errorf("%q: %v %v", text, v, err)
		}
	}
	for _, text := range []string{"20.7", "v20.7.0", "300.1.1", "a.b.c"} {
		if _, err := upstream.ParseVersion(text); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}
