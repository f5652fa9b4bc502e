package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"weir/cmd/weir/config"
	"weir/cmd/weir/corpus"
	"weir/codecs/dsn"
	"weir/codecs/project"
	"weir/topologies/outcomes"
)

// patience bounds every wait of the end-to-end tests: generous, because nothing that works ever uses it up.
const patience = 90 * time.Second

// eventually polls until ok.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	end := time.NewTimer(patience)
	defer end.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-end.C:
			t.Fatalf("waited %v in vain: %s", patience, what)
		}
	}
}

// devSettings are what a test wants of `weir dev`.
type devSettings struct {
	data     string // directory; empty: memory
	projects string // directory; empty: the bundled project
	demo     bool
	flags    map[string]string // key path -> value
	prepare  func(*dev)
	quiet    bool // errors are expected: they are not logged
}

// startTestDev runs `weir dev` in this process until the end of the test.
func startTestDev(t *testing.T, s devSettings) *dev {
	t.Helper()
	flags := map[string]string{"relay.port": "0"}
	maps.Copy(flags, s.flags)
	cfg, err := config.Load(config.Source{Flags: flags})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Weir.DataDir = s.data
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	if s.quiet {
		log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var prepare []func(*dev)
	if s.prepare != nil {
		prepare = append(prepare, s.prepare)
	}
	d, err := startDev(ctx, cfg, log, s.projects, s.demo, prepare...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.stop(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// known waits until the project of a key is known everywhere.
func (d *dev) known(t *testing.T, key string) {
	t.Helper()
	eventually(t, "the project of "+key+" is known", func() bool {
		_, status := d.projects.Lookup(dsn.PublicKey(key))
		return status != project.Pending
	})
}

// settled waits until everything that was accepted is accounted for, with nothing under way.
func (d *dev) settled(t *testing.T) outcomes.Summary {
	t.Helper()
	var s outcomes.Summary
	eventually(t, "the conservation equation settles", func() bool {
		var err error
		s, err = d.summary(t.Context())
		return err == nil && s.Settled && s.LedgerLag == 0 && s.Envelopes.Waiting == 0 && s.Envelopes.Difference == 0
	})
	if s.Items.Difference != 0 || s.Envelopes.Lost != 0 {
		t.Errorf("not everything is accounted for: %+v %+v", s.Envelopes, s.Items)
	}
	return s
}

// answer is what a sender is told.
type answer struct {
	status int
	header http.Header
	body   string
}

var answerID = regexp.MustCompile(`^(?:\{"id":")?([0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12})(?:"\})?$`)

// id is the event id of the answer, 32 digits; empty when it has none.
func (a answer) id() string {
	if m := answerID.FindStringSubmatch(strings.TrimSpace(a.body)); m != nil {
		return strings.ReplaceAll(m[1], "-", "")
	}
	return ""
}

// requests keeps connections for a shorter time than weir does: a request on one that weir closes just then would fail.
var requests = &http.Transport{IdleConnTimeout: 2 * time.Second, MaxIdleConnsPerHost: 4}

// post sends one request. The connection may be cut by what the test does: then the status is 0.
func post(t testing.TB, method, url string, headers [][2]string, body []byte) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		req.Header.Add(h[0], h[1])
	}
	resp, err := (&http.Client{Timeout: patience, Transport: requests}).Do(req)
	if err != nil {
		return answer{body: err.Error()}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{body: err.Error()}
	}
	return answer{resp.StatusCode, resp.Header, string(b)}
}

// sendCaptured sends a captured request as of now.
func sendCaptured(t testing.TB, base string, r corpus.Request, key string, projectID uint64) answer {
	t.Helper()
	r = r.At(time.Now(), projectID, key)
	return post(t, r.Method, base+r.Target(), r.Headers, r.Body)
}
