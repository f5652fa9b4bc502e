package redis

import (
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"weir/processors/quota"
)

func TestBreaker(t *testing.T) {
	mini := miniredis.RunT(t)
	states := make(chan bool, 8)
	s, err := Open(Server{URL: "redis://" + mini.Addr()}, Config{
		RetryFor: 60 * time.Millisecond, Timeout: 200 * time.Millisecond, Probe: 10 * time.Millisecond,
		OnState: func(up bool) { states <- up },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if r := check(t, s, counter("k", 10)); r.Unchecked {
		t.Fatal("unchecked with a working store")
	}
	mini.SetError("LOADING weir is told to wait")
	start := time.Now()
	if r := check(t, s, counter("k", 10)); !r.Unchecked {
		t.Fatalf("result %+v of a store that does not serve", r)
	}
	if took := time.Since(start); took < 50*time.Millisecond {
		t.Errorf("gave up after %v, want retries first", took)
	}
	if up := <-states; up || s.Up() {
		t.Error("the breaker did not open")
	}
	for range 1000 { // answered at once
		if r := check(t, s, counter("k", 10)); !r.Unchecked {
			t.Fatal("checked although the breaker is open")
		}
	}
	mini.SetError("")
	if up := <-states; !up || !s.Up() {
		t.Error("the breaker did not close")
	}
	if r := check(t, s, counter("k", 10)); r.Unchecked || r.States[0].Consumed != 2 {
		t.Errorf("result %+v after the store came back, want the second count", r)
	}
}

// TestRetry holds that a short failure is survived without anybody noticing.
func TestRetry(t *testing.T) {
	mini := miniredis.RunT(t)
	s, err := Open(Server{URL: "redis://" + mini.Addr()}, Config{RetryFor: 20 * time.Second, Timeout: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	check(t, s, counter("k", 10))
	addr := mini.Addr()
	mini.Close()
	got := make(chan quota.Result)
	go func() { got <- check(t, s, counter("k", 10)) }()
	await(t, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.flying })
	if err := mini.StartAddr(addr); err != nil {
		t.Fatal(err)
	}
	if r := <-got; r.Unchecked {
		t.Error("unchecked although the store came back in time")
	}
}

func TestCloseAnswersEverybody(t *testing.T) {
	s, err := Open(Server{URL: "redis://127.0.0.1:1"}, Config{})
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan quota.Result, 4)
	for range 4 {
		go func() { got <- check(t, s, counter("k", 10)) }()
	}
	_ = s.Close()
	for range 4 {
		if r := <-got; !r.Unchecked {
			t.Errorf("result %+v without a store", r)
		}
	}
}

func TestServer(t *testing.T) {
	for _, srv := range []Server{
		{}, {URL: "http://x"}, {URL: "redis://a", Cluster: []string{"b:1"}}, {Sentinels: []string{"a:1"}},
	} {
		if _, err := Open(srv, Config{}); err == nil {
			t.Errorf("no error for %+v", srv)
		}
	}
	for _, srv := range []Server{
		{URL: "rediss://u:p@h:1/3"}, {Cluster: []string{"redis://a:1", "b:2"}}, {Sentinels: []string{"a:1"}, Master: "m"},
	} {
		s, err := Open(srv, Config{})
		if err != nil {
			t.Errorf("%+v: %v", srv, err)
			continue
		}
		_ = s.Close()
	}
	if _, err := Open(Server{URL: "redis://a"}, Config{Probe: -1, MaxBatch: -1}); err == nil {
		t.Error("no error for a negative configuration")
	}
}
