package quotatest

import (
	"context"
	"reflect"
	"testing"

	"weir/processors/quota"
)

// Backend is a store that a test can look into.
type Backend interface {
	quota.Store
	// SetNow moves the store's clock, if it has one, to Unix seconds.
	SetNow(now int64)
	// Do runs a Redis command that another program would run: SET, HSET, PERSIST.
	Do(t *testing.T, command string)
	// Dump returns the whole content.
	Dump(t *testing.T) Dump
}

// Run takes a store through all cases: decisions, replies, and the content before and after each step.
func Run(t *testing.T, open func(t *testing.T) Backend) {
	for _, c := range Cases(t) {
		t.Run(c.ID, func(t *testing.T) { runCase(t, open(t), c) })
	}
	for _, c := range RawCases(t) {
		t.Run(c.ID, func(t *testing.T) {
			b := open(t)
			b.SetNow(RawNow)
			for _, cmd := range c.Preset {
				b.Do(t, cmd)
			}
			same(t, "before", b.Dump(t), c.Before)
			check := quota.Check{Now: RawNow, Counters: c.Counters(t)}
			results, err := b.Check(t.Context(), []quota.Check{check})
			if err != nil || len(results) != 1 {
				t.Fatalf("%d results, error %v", len(results), err)
			}
			reply(t, results[0], c.Reply)
			same(t, "after", b.Dump(t), c.After)
		})
	}
}

func runCase(t *testing.T, b Backend, c Case) {
	st := c.State(t)
	if len(c.Steps) > 0 {
		b.SetNow(c.Steps[0].Now)
	}
	for _, cmd := range c.Preset {
		b.Do(t, cmd)
	}
	rec := &recorder{Store: b}
	l := quota.NewLimiter(rec, c.MaxRateLimit(), nil)
	for i, s := range c.Steps {
		b.SetNow(s.Now)
		for _, cmd := range s.First {
			b.Do(t, cmd)
		}
		same(t, "before", b.Dump(t), s.Before)
		rec.results = nil
		a, err := l.Check(t.Context(), c.Request(st, s))
		if err != nil || a.Unchecked {
			t.Fatalf("step %d: unchecked %v, error %v", i, a.Unchecked, err)
		}
		if limited := len(a.Limits) > 0; limited != (s.Decision == "reject") {
			t.Errorf("step %d: limited %v, want %s", i, limited, s.Decision)
		}
		switch {
		case s.Call == nil && len(rec.results) > 0:
			t.Errorf("step %d: the store was asked", i)
		case s.Call != nil && len(rec.results) != 1:
			t.Errorf("step %d: the store was asked %d times", i, len(rec.results))
		case s.Call != nil:
			reply(t, rec.results[0], s.Reply)
		}
		same(t, "after", b.Dump(t), s.After)
	}
}

// recorder keeps the results of a store.
type recorder struct {
	quota.Store
	results []quota.Result
}

func (r *recorder) Check(ctx context.Context, checks []quota.Check) ([]quota.Result, error) {
	results, err := r.Store.Check(ctx, checks)
	r.results = append(r.results, results...)
	return results, err
}

func reply(t *testing.T, got quota.Result, want []*int64) {
	t.Helper()
	if got.Unchecked || 2*len(got.States) != len(want) {
		t.Fatalf("result %+v, want %d states", got, len(want)/2)
	}
	for i, s := range got.States {
		if s.Rejected != (want[2*i] != nil) || s.Consumed != *want[2*i+1] {
			t.Errorf("counter %d: got %+v, want rejected %v, consumed %d", i, s, want[2*i] != nil, *want[2*i+1])
		}
	}
}

func same(t *testing.T, when string, got, want Dump) {
	t.Helper()
	if len(got) == 0 && len(want) == 0 {
		return
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("content %s\n got %+v\nwant %+v", when, got, want)
	}
}
