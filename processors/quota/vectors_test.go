package quota_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/codecs/ratelimit"
	"weir/processors/quota"
	"weir/processors/quota/memory"
	"weir/processors/quota/quotatest"
)

// recorder notes the checks that reach a store.
type recorder struct {
	quota.Store
	checks []quota.Check
}

func (r *recorder) Check(ctx context.Context, checks []quota.Check) ([]quota.Result, error) {
	r.checks = append(r.checks, checks...)
	return r.Store.Check(ctx, checks)
}

// TestVectors runs the whole list checks: which quotas match, what is sent to the store, which limits come back.
func TestVectors(t *testing.T) {
	for _, c := range quotatest.Cases(t) {
		t.Run(c.ID, func(t *testing.T) {
			if c.NeedsRedisCommands() {
				t.Log("counters preset by other programs: covered by the tests of the stores")
				return
			}
			st := c.State(t)
			rec := &recorder{Store: memory.New()}
			l := quota.NewLimiter(rec, c.MaxRateLimit(), nil)
			for i, s := range c.Steps {
				rec.checks = nil
				a, err := l.Check(t.Context(), c.Request(st, s))
				if err != nil {
					t.Fatal(err)
				}
				wantCall(t, i, s, rec.checks)
				now := time.Unix(s.Now, 0)
				if got := ratelimit.Header(a.Limits, now); got != s.Header {
					t.Errorf("step %d: header %q, want %q", i, got, s.Header)
				}
				longest, limited := ratelimit.Longest(a.Limits)
				if limited != (s.Decision == "reject") {
					t.Errorf("step %d: limited %v, want %s", i, limited, s.Decision)
				}
				if reason := string(longest.Reason); s.Reason != nil && reason != *s.Reason || s.Reason == nil && reason != "" {
					t.Errorf("step %d: reason %q, want %v", i, reason, s.Reason)
				}
				for k, want := range s.Limits {
					if k >= len(a.Limits) || a.Limits[k].Dimensional != want.Dimensional {
						t.Errorf("step %d: limit %d is not dimensional=%v", i, k, want.Dimensional)
					}
				}
			}
		})
	}
}

func wantCall(t *testing.T, step int, s quotatest.Step, got []quota.Check) {
	t.Helper()
	if s.Call == nil {
		if len(got) > 0 {
			t.Errorf("step %d: unexpected store call %+v", step, got)
		}
		return
	}
	if len(got) != 1 {
		t.Fatalf("step %d: %d store calls, want 1", step, len(got))
	}
	if want := s.Call.Counters(t); !slices.Equal(got[0].Counters, want) {
		t.Errorf("step %d: store call\n got %+v\nwant %+v", step, got[0].Counters, want)
	}
}

// TestKnownFirst holds that a cached limit answers without the store.
func TestKnownFirst(t *testing.T) {
	state := map[string]any{
		"projectId": 42, "organizationId": 1, "publicKeys": []any{map[string]any{"publicKey": testKey, "numericId": 7}},
		"config": map[string]any{"quotas": []any{map[string]any{"id": "e", "categories": []string{"error"}, "limit": 10, "window": 60}}},
	}
	b, err := json.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	st, err := project.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	scope := st.Scoping(testKey, 0)
	now := time.Unix(2_000_000_000, 0)
	limit := ratelimit.Limit{
		Categories: []outcome.Category{outcome.Error}, Scope: ratelimit.ScopeOf(ratelimit.ScopeKey, scope),
		Reason: "get_lost", Expires: now.Add(time.Second),
	}
	rec := &recorder{Store: memory.New()}
	l := quota.NewLimiter(rec, 0, nil)
	r := quota.Request{Item: quota.Item{Category: outcome.Error, Scope: scope}, Quantity: 1, Now: now, State: st, Cached: []ratelimit.Limit{limit}}
	a, err := l.Check(t.Context(), &r)
	if err != nil || len(a.Limits) != 1 || a.Learned || len(rec.checks) > 0 {
		t.Fatalf("answer %+v, error %v, %d store calls", a, err, len(rec.checks))
	}
	r.Now = now.Add(time.Second) // expired
	if a, err = l.Check(t.Context(), &r); err != nil || len(a.Limits) > 0 || len(rec.checks) != 1 {
		t.Fatalf("answer %+v, error %v, %d store calls", a, err, len(rec.checks))
	}
}

const testKey dsn.PublicKey = "a94ae32be2584e0bbd7a4cbb95971fee"
