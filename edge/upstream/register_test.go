package upstream_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"weir/codecs/dsn"
	"weir/edge/upstream"
)

// A 401 to a query means that the upstream has forgotten us: Run registers anew and the next query goes through.
func TestForgotten(t *testing.T) {
	s := newScript(t)
	c := client(t, s.URL, nil)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	s.on("projectconfigs", 401, `{"detail":"unknown relay id"}`)
	var status *upstream.StatusError
	if _, err := c.ProjectConfigs(t.Context(), []dsn.PublicKey{keyA}, []*string{nil}, false); !errors.As(err, &status) || status.Detail != "unknown relay id" {
		t.Fatal(err)
	}
	s.on("projectconfigs", 200, `{}`)
	if _, err := c.ProjectConfigs(t.Context(), []dsn.PublicKey{keyA}, []*string{nil}, false); err != nil {
		t.Fatal(err)
	}
	if n := s.counted("challenge"); n != 2 {
		t.Errorf("registered %d times", n)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// 403 with relay stop ends everything, also for those who wait.
func TestStop(t *testing.T) {
	s := newScript(t)
	s.on("challenge", 403, `{"detail":"no","relay":"stop"}`)
	c := client(t, s.URL, nil)
	waiting := make(chan error, 1)
	go func() {
		_, err := c.ProjectConfigs(context.Background(), []dsn.PublicKey{keyA}, []*string{nil}, false)
		waiting <- err
	}()
	if err := c.Run(t.Context()); !errors.Is(err, upstream.ErrDenied) {
		t.Error(err)
	}
	if err := <-waiting; !errors.Is(err, upstream.ErrDenied) {
		t.Error(err)
	}
	s.on("challenge", 200, `{"token":"a:b"}`)
	if err := c.Register(t.Context()); !errors.Is(err, upstream.ErrDenied) || c.Known(t.Context()) == nil {
		t.Error(err)
	}
	if n := s.counted("challenge"); n != 1 {
		t.Errorf("%d requests after the end", n)
	}
}

// Network failures keep the registration; other failures end it.
func TestRegistrationState(t *testing.T) {
	s := newScript(t)
	c := client(t, s.URL, nil)
	if err := c.Register(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.on("challenge", 502, "")
	if err := c.Register(t.Context()); !errors.Is(err, upstream.ErrNetwork) || c.Known(t.Context()) != nil {
		t.Error(err)
	}
	s.on("challenge", 500, "")
	if err := c.Register(t.Context()); err == nil || c.Known(t.Context()) == nil {
		t.Error(err)
	}
	away := client(t, "http://127.0.0.1:1", nil)
	if err := away.Register(t.Context()); !errors.Is(err, upstream.ErrNetwork) {
		t.Error(err)
	}
}

// Run tries again after a failure, at once the first time.
func TestRunRetries(t *testing.T) {
	s := newScript(t)
	var failures atomic.Int32
	s.mu.Lock()
	s.answer["challenge"] = func(w http.ResponseWriter) {
		if failures.Add(1) == 1 {
			w.WriteHeader(500)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"token": "a:b"})
	}
	s.mu.Unlock()
	c := client(t, s.URL, func(cfg *upstream.Config) { cfg.AuthInterval = 10 * time.Millisecond })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for s.counted("response") < 3 { // registered, and again after the interval
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("never registered again")
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
