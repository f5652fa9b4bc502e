package health

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"weir/edge"
)

func TestMemory(t *testing.T) {
	meminfo := &fstest.MapFile{Data: []byte("MemTotal:       1000 kB\nMemFree:         1 kB\nMemAvailable:    400 kB\n")}
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s + "\n")} }
	for name, c := range map[string]struct {
		root fstest.MapFS
		want Usage
	}{
		"host": {fstest.MapFS{"proc/meminfo": meminfo}, Usage{600 << 10, 1000 << 10}},
		"cgroup 2": {fstest.MapFS{"proc/meminfo": meminfo, "sys/fs/cgroup/memory.max": file("512000"), "sys/fs/cgroup/memory.current": file("300000"),
			"sys/fs/cgroup/memory.stat": file("anon 5\ninactive_file 100000")}, Usage{200000, 512000}},
		"cgroup 2 without limit": {fstest.MapFS{"proc/meminfo": meminfo, "sys/fs/cgroup/memory.max": file("max"), "sys/fs/cgroup/memory.current": file("300000")},
			Usage{600 << 10, 1000 << 10}},
		"cgroup 1": {fstest.MapFS{"proc/meminfo": meminfo, "sys/fs/cgroup/memory/memory.limit_in_bytes": file("512000"),
			"sys/fs/cgroup/memory/memory.usage_in_bytes": file("300000")}, Usage{300000, 512000}},
		"cgroup 1 without limit": {fstest.MapFS{"proc/meminfo": meminfo, "sys/fs/cgroup/memory/memory.limit_in_bytes": file("9223372036854771712"),
			"sys/fs/cgroup/memory/memory.usage_in_bytes": file("300000")}, Usage{600 << 10, 1000 << 10}},
		"nothing": {fstest.MapFS{}, Usage{}},
	} {
		if got, _ := readUsage(c.root); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	root := fstest.MapFS{"proc/meminfo": meminfo}
	for _, c := range []struct {
		cfg MemoryConfig
		ok  bool
	}{
		{MemoryConfig{}, true}, {MemoryConfig{MaxPercent: 0.6}, false}, {MemoryConfig{MaxPercent: 0.61}, true},
		{MemoryConfig{HasBytes: true}, false}, {MemoryConfig{HasBytes: true, MaxBytes: 700 << 10}, true},
	} {
		c.cfg.Root, c.cfg.Now = root, time.Now
		if m := NewMemory(c.cfg); m.OK() != c.ok {
			t.Errorf("%+v: %v", c.cfg, m.OK())
		}
	}
}

// A number is read anew when it is old; a limit that appears counts soon.
func TestMemoryLooksAgain(t *testing.T) {
	root := fstest.MapFS{"proc/meminfo": {Data: []byte("MemTotal: 1000 kB\nMemAvailable: 400 kB\n")}}
	var now time.Time
	m := NewMemory(MemoryConfig{Root: root, Now: func() time.Time { return now }, Refresh: time.Second})
	root["proc/meminfo"] = &fstest.MapFile{Data: []byte("MemTotal: 1000 kB\nMemAvailable: 300 kB\n")}
	now = now.Add(time.Second - 1)
	if got := m.Usage().Used; got != 600<<10 {
		t.Errorf("%d bytes in use, looked too early", got)
	}
	now = now.Add(1)
	if got := m.Usage().Used; got != 700<<10 {
		t.Errorf("%d bytes in use", got)
	}
	root["sys/fs/cgroup/memory.max"], root["sys/fs/cgroup/memory.current"] = &fstest.MapFile{Data: []byte("512000")}, &fstest.MapFile{Data: []byte("300000")}
	for range rechoose {
		now = now.Add(time.Second)
		m.Usage()
	}
	if got := m.Usage(); got != (Usage{300000, 512000}) {
		t.Errorf("%+v", got)
	}
	delete(root, "sys/fs/cgroup/memory.current")
	now = now.Add(time.Second)
	if got := m.Usage(); got != (Usage{700 << 10, 1000 << 10}) {
		t.Errorf("%+v", got)
	}
}

func get(c *Checker, kind string) (int, string) {
	x := &edge.Exchange{R: httptest.NewRequest("GET", "/", nil)}
	x.Params[0] = kind
	r := c.healthcheck(x)
	return r.Status, string(r.Body)
}

func TestReady(t *testing.T) {
	now := time.Unix(1000, 0)
	var broken atomic.Bool
	var log bytes.Buffer
	c := New(Config{Now: func() time.Time { return now }, Timeout: time.Minute, Log: slog.New(slog.NewTextHandler(&log, nil))},
		Probe{"fine", func(context.Context) error { return nil }},
		Probe{"shaky", func(context.Context) error {
			if broken.Load() {
				return errors.New("oh no")
			}
			return nil
		}})
	expect := func(what string, want int) {
		t.Helper()
		if got, _ := get(c, "ready"); got != want {
			t.Errorf("%s: %d, want %d", what, got, want)
		}
	}
	expect("before the first round", 503)
	c.round(t.Context())
	expect("healthy", 200)
	now = now.Add(68 * time.Second) // a round may take the time-out of the probes
	expect("not too old", 200)
	now = now.Add(2 * time.Second)
	expect("too old", 503)
	broken.Store(true)
	c.round(t.Context())
	c.round(t.Context())
	expect("a probe fails", 503)
	if n := strings.Count(log.String(), "Health check probe 'shaky' failed"); n != 1 {
		t.Errorf("logged %d times: %s", n, log.String())
	}
	broken.Store(false)
	c.round(t.Context())
	expect("recovered", 200)
	c.Stop()
	expect("shutting down", 503)
	if status, text := get(c, "live"); status != 200 || text != `{"is_healthy":true}` {
		t.Errorf("live: %d %s", status, text)
	}
	if status, _ := get(c, "foo"); status != 400 {
		t.Errorf("unknown kind: %d", status)
	}
}

// A probe that hangs fails, and does not hold up the answer.
func TestHangingProbe(t *testing.T) {
	stuck := make(chan struct{})
	defer close(stuck)
	c := New(Config{Now: time.Now, Timeout: 20 * time.Millisecond, Log: slog.New(slog.DiscardHandler)},
		Probe{"stuck", func(context.Context) error { <-stuck; return nil }})
	c.round(t.Context())
	if c.Ready() {
		t.Error("ready with a hanging probe")
	}
}

func TestAutoscaling(t *testing.T) {
	r := autoscaling(func() []Gauge {
		return []Gauge{{Name: "spool_item_count", Value: 7}, {Name: "service_utilization", Labels: [][2]string{{"relay_service", "a"}, {"instance_id", "0"}}, Value: 12.5}}
	})
	want := "relay_up 1\nrelay_spool_item_count 7\nrelay_service_utilization{relay_service=\"a\", instance_id=\"0\"} 12.5\n"
	if string(r.Body) != want {
		t.Errorf("%s", r.Body)
	}
}

// With too little room the probe fails and envelopes are refused, until there is room again.
func TestDisk(t *testing.T) {
	var free atomic.Uint64
	var broken atomic.Bool
	d := NewDisk(100, func() (uint64, error) {
		if broken.Load() {
			return 0, errors.New("no such directory")
		}
		return free.Load(), nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go d.Run(ctx, time.Millisecond)
	for _, step := range []struct {
		free   uint64
		broken bool
		ok     bool
	}{{100, false, true}, {99, false, false}, {1 << 40, false, true}, {1 << 40, true, false}, {1 << 40, false, true}} {
		free.Store(step.free)
		broken.Store(step.broken)
		for deadline := time.Now().Add(10 * time.Second); d.OK() != step.ok; {
			if time.Now().After(deadline) {
				t.Fatalf("%+v: %v", step, d.check())
			}
			runtime.Gosched()
		}
		if err := d.Probe().Check(ctx); (err == nil) != step.ok {
			t.Errorf("%+v: %v", step, err)
		}
	}
}
