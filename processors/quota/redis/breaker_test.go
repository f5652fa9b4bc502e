package redis

import (
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"

	"weir/processors/quota"
)

func TestBreaker(t *testing.T) {
	mini := miniredis.RunT(t)
	states := make(chan bool, 8)
	s, err := Open(Server{URL: "redis://" + mini.Addr()}, Config{
		RetryFor: 60 * time.Millisecond, Timeout: time.Minute, Probe: 10 * time.Millisecond,
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

// TestRefusedWrites holds that a server that answers but takes no writes opens the breaker once and keeps it open.
func TestRefusedWrites(t *testing.T) {
	for _, refusal := range []string{
		"OOM command not allowed when used memory > 'maxmemory'. script: f00, on @user_script:37.",
		"READONLY You can't write against a read only replica. script: f00, on @user_script:37.",
		"ERR Error running script (call to f_f00): @user_script:37: -READONLY You can't write against a read only replica.",
		"MISCONF Errors writing to the AOF file: No space left on device",
		"ERR max number of clients reached",
	} {
		t.Run(refusal[:12], func(t *testing.T) {
			mini := miniredis.RunT(t)
			states := make(chan bool, 64)
			s, err := Open(Server{URL: "redis://" + mini.Addr()}, Config{
				RetryFor: 30 * time.Millisecond, Timeout: time.Minute, Probe: time.Millisecond, OnState: func(up bool) { states <- up },
			})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			var refuse atomic.Bool
			probes := make(chan string, 1024)
			refuse.Store(true)
			mini.Server().SetPreHook(func(c *server.Peer, cmd string, args ...string) bool {
				if cmd = strings.ToUpper(cmd); !refuse.Load() || cmd != "EVAL" && cmd != "EVALSHA" {
					return false
				}
				if cmd == "EVAL" && len(args) > 2 {
					select {
					case probes <- args[2]:
					default:
					}
				}
				c.WriteError(refusal)
				return true
			})
			now := time.Now().Unix()
			c := counter("quota:a{42}:7", 10)
			c.Org, c.Now = 42, now
			if r := check(t, s, c); !r.Unchecked {
				t.Fatalf("result %+v of a store that takes no writes", r)
			}
			if up := <-states; up {
				t.Fatal("the breaker did not open")
			}
			for range 5 {
				if key := <-probes; key != "quota:{42}:weir-probe" {
					t.Fatalf("probed with %q", key)
				}
			}
			if s.Up() || len(states) > 0 {
				t.Fatal("the breaker closed although no write is taken")
			}
			refuse.Store(false)
			if up := <-states; !up {
				t.Fatal("the breaker did not close")
			}
			if r := check(t, s, c); r.Unchecked || r.States[0].Consumed != 1 {
				t.Errorf("result %+v after the store came back", r)
			}
			if ttl := mini.TTL("quota:{42}:weir-probe"); mini.Exists("quota:{42}:weir-probe") && (ttl <= 0 || ttl > time.Minute+time.Second) {
				t.Errorf("the key of the probe lives for %v", ttl)
			}
		})
	}
}

// reply is an error as a server gives it.
type reply string

func (r reply) Error() string { return string(r) }
func (reply) RedisError()     {}

func TestOwnFault(t *testing.T) {
	for text, want := range map[string]bool{
		"WRONGTYPE Operation against a key holding the wrong kind of value":                                    true,
		"ERR Error running script (call to f_f00): @user_script:12: WRONGTYPE Operation against a key holding": true,
		"ERR value is not an integer or out of range script: f00, on @user_script:37.":                         true,
		"ERR hash value is not an integer":                                                                     true,
		"ERR increment or decrement would overflow":                                                            true,
		"ERR user_script:15: attempt to perform arithmetic on a nil value script: f00, on @user_script:15.":    true,
		"ERR invalid expire time in 'expireat' command":                                                        true,
		"CROSSSLOT Keys in request don't hash to the same slot":                                                true,
		"ERR max number of clients reached":                                                                    false,
		"ERR unknown command 'EVALSHA'":                                                                        false,
		"ERR Error running script (call to f_f00): @user_script:37: -OOM command not allowed when used memory": false,
		"OOM command not allowed when used memory > 'maxmemory'.":                                              false,
		"READONLY You can't write against a read only replica.":                                                false,
		"LOADING Redis is loading the dataset in memory":                                                       false,
		"NOPERM this user has no permissions to run the 'eval' command":                                        false,
	} {
		if got := ownFault(reply(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	if ownFault(io.EOF) || !ownFault(errReply) {
		t.Error("a lost connection is the server's fault, a strange reply the key's")
	}
}

// TestRetry holds that a short failure is survived without anybody noticing.
func TestRetry(t *testing.T) {
	mini := miniredis.RunT(t)
	s, err := Open(Server{URL: "redis://" + mini.Addr()}, Config{RetryFor: time.Minute, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	check(t, s, counter("k", 10))
	var cut atomic.Int32
	mini.Server().SetPreHook(func(c *server.Peer, _ string, _ ...string) bool {
		if cut.Add(1) > 3 {
			return false
		}
		c.Close()
		return true
	})
	if r := check(t, s, counter("k", 10)); r.Unchecked || cut.Load() <= 3 {
		t.Errorf("%+v after %d commands, although the store came back in time", r, cut.Load())
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
		{}, {URL: "http://x"}, {URL: "redis://a", Cluster: []string{"b:1"}}, {Sentinels: []string{"a:1"}}, {URL: "redis://m", Sentinels: []string{"x://"}},
		{Cluster: []string{"http://a"}}, {URL: "redis://m", Cluster: []string{"b:1"}, Sentinels: []string{"a:1"}},
	} {
		if _, err := Open(srv, Config{}); err == nil {
			t.Errorf("no error for %+v", srv)
		}
	}
	for _, srv := range []Server{
		{URL: "rediss://u:p@h:1/3"}, {Cluster: []string{"redis://a:1", "b:2"}}, {URL: "rediss://u:p@m/3", Sentinels: []string{"redis://s:q@a:1", "b:2"}},
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
