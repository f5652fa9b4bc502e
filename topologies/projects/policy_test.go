package projects

import (
	"testing"
	"time"

	"weir/codecs/project"
)

func TestPolicy(t *testing.T) {
	p := DefaultPolicy()
	t0 := time.UnixMilli(1_790_000_000_000)
	e := p.Completed(nil, Entry{Status: project.Enabled}, false, t0)
	for _, c := range []struct {
		age  time.Duration
		want Use
	}{{0, Fresh}, {299 * time.Second, Fresh}, {300 * time.Second, Stale}, {419 * time.Second, Stale}, {420 * time.Second, Absent}} {
		if got := p.Use(&e, t0.Add(c.age)); got != c.want {
			t.Errorf("age %v: %v, want %v", c.age, got, c.want)
		}
	}
	held := e
	held.Asked = t0.Add(400 * time.Second)
	if got := p.Use(&held, t0.Add(time.Hour)); got != Stale {
		t.Errorf("a fetch is running: %v", got)
	}
	next := p.Completed(&held, Entry{Status: project.Enabled}, false, t0.Add(time.Hour))
	if got := p.Use(&next, t0.Add(time.Hour)); got != Fresh || !next.Asked.IsZero() {
		t.Errorf("after the fetch: %v %+v", got, next)
	}
	if pushed := (Entry{Updated: t0}); p.Use(&pushed, t0.Add(1000*time.Hour)) != Fresh {
		t.Error("pushed rows never expire")
	}
}

// A refresh that nobody asked for does not move the time of eviction (pipeline 3.4).
func TestRefreshDoesNotProlong(t *testing.T) {
	p := DefaultPolicy()
	p.Refresh = 350 * time.Second
	t0 := time.UnixMilli(1_790_000_000_000)
	e := p.Completed(nil, Entry{}, false, t0)
	for age, want := range map[time.Duration]bool{349 * time.Second: false, 350 * time.Second: true, 420 * time.Second: false} {
		if p.WantsRefresh(&e, t0.Add(age)) != want {
			t.Errorf("age %v: not %v", age, want)
		}
	}
	r := p.Completed(&e, Entry{}, true, t0.Add(350*time.Second))
	if !r.Evict.Equal(e.Evict) || p.Use(&r, t0.Add(420*time.Second)) != Absent || p.Use(&r, t0.Add(419*time.Second)) != Fresh {
		t.Errorf("after a refresh: %+v", r)
	}
	if p.Refresh = 100 * time.Second; p.WantsRefresh(&e, t0.Add(350*time.Second)) {
		t.Error("an interval below the expiry has no effect")
	}
}

func TestEntryRoundTrip(t *testing.T) {
	t0 := time.UnixMilli(1_790_000_000_123)
	in := Entry{Status: project.Enabled, State: []byte(`{"slug":"<a>"}`), Source: "files", Updated: t0, Evict: t0.Add(time.Hour), Asked: t0.Add(time.Minute)}
	b, err := in.Encode()
	if err != nil {
		t.Fatal(err)
	}
	out, err := DecodeEntry(b)
	if err != nil || out.Status != in.Status || string(out.State) != string(in.State) || out.Source != in.Source ||
		!out.Updated.Equal(in.Updated) || !out.Evict.Equal(in.Evict) || !out.Asked.Equal(in.Asked) {
		t.Errorf("%+v %v\n%s", out, err, b)
	}
	for _, bad := range []string{``, `null`, `{}`, `{"status":"pending"}`, `[1]`} {
		if _, err := DecodeEntry([]byte(bad)); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

func FuzzDecodeEntry(f *testing.F) {
	f.Add([]byte(`{"status":"enabled","source":"files","updated":1,"state":{}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := DecodeEntry(b)
		if err != nil {
			return
		}
		if _, err := e.Encode(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAsking(t *testing.T) {
	a := newAsking()
	t0 := time.UnixMilli(1_790_000_000_000)
	if b := newAsking(); !b.allow(key(1), t0, t0) || b.allow(key(1), t0, t0) || !b.allow(key(1), t0.Add(1), t0) { // what is known now is not what was asked for
		t.Error("a question about a newer row is not asked")
	}
	if !a.allow(key(1), time.Time{}, t0) || a.allow(key(1), time.Time{}, t0.Add(9*time.Second)) || !a.allow(key(1), time.Time{}, t0.Add(10*time.Second)) {
		t.Error("one key is asked for every ten seconds")
	}
	a.forget(key(1))
	if !a.allow(key(1), time.Time{}, t0.Add(10*time.Second)) {
		t.Error("forgotten keys are asked for at once")
	}
	n := 0
	for i := range 10_000 {
		if a.allow(key(i+2), time.Time{}, t0.Add(10*time.Second)) {
			n++
		}
	}
	if n > a.burst || n < a.burst/2 {
		t.Errorf("%d keys in a second", n)
	}
}

// A key that a client makes up is bounded like all unknown ones, also where it begins like the row of a relay.
func TestRelayRows(t *testing.T) {
	for key, want := range map[string]bool{"@relay/67e55044-10b1-426f-9247-bb680e5fe0c8": true, "@relay/aaaaaaaaaaaaaaaaaaaaaaaaa": false, "@global": false, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": false} {
		if isRelay(key) != want || isRelay(key) && IsProject(key) {
			t.Errorf("%s: not %v", key, want)
		}
	}
}
