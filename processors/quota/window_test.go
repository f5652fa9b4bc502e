package quota

import (
	"math"
	"testing"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/outcome"
	"weir/codecs/project"
)

// Windows of any length have a slot and an end that lies ahead and that a store can write: up to 2^53 seconds the end is that of the contract, for
// longer ones the keys are and the counter lives as long as a store allows.
func TestWindows(t *testing.T) {
	const now = 2_000_000_000
	for _, c := range []struct {
		org       dsn.OrgID
		w         uint64
		now       int64
		slot, end int64
	}{
		{42, 60, now, 33333332, 2000000022},
		{42, 1, now, 1999999999 + 1, now + 1},
		{now, 1 << 31, now, 0, now + 1<<31},
		{9_000_000, 1 << 52, now, 0, 1<<52 + 9_000_000},
		{9_000_000, 1 << 53, now, 0, 1<<53 + 9_000_000},
		{9_000_000, 1 << 54, now, 0, farFuture},
		{9_000_000, 1 << 61, now, 0, farFuture},
		{9_000_000, 1 << 62, now, 0, farFuture},
		{9_000_000, math.MaxInt64, now, 0, farFuture},
		{9_000_000, 1 << 63, now, 0, farFuture},
		{9_000_000, math.MaxUint64, now, 0, farFuture},
		{math.MaxUint64, math.MaxUint64, now, now / math.MaxInt64, farFuture},
		{math.MaxInt64, math.MaxUint64, now, -1, farFuture},
		{now + 5, 1 << 40, now, -1, now + 5},
	} {
		slot, end := window(c.org, c.w, c.now)
		if slot != c.slot || end != c.end || end <= c.now || end > math.MaxInt64/1000-keyGrace {
			t.Errorf("organization %d, window %d: slot %d, end %d", c.org, c.w, slot, end)
		}
		if wait := seconds(end - c.now); wait <= 0 {
			t.Errorf("window %d: wait %v", c.w, wait)
		}
	}
}

// A window of no length counts nothing and limits nothing; those beside it do. With a limit of 0 no window is needed.
func TestNoWindow(t *testing.T) {
	none, hour, zero, one := uint64(0), uint64(3600), uint64(0), uint64(1)
	quota := func(id string, limit, window *uint64) project.Quota {
		return project.Quota{ID: id, HasID: true, Categories: []outcome.Category{outcome.Error}, Limit: limit, Window: window}
	}
	l := NewLimiter(nil, 0, nil)
	for _, c := range []struct {
		quotas  []project.Quota
		known   int
		counted []string
	}{
		{[]project.Quota{quota("a", &one, &none)}, 0, nil},
		{[]project.Quota{quota("a", nil, &none)}, 0, nil},
		{[]project.Quota{quota("a", &one, nil)}, 0, nil},
		{[]project.Quota{quota("a", &zero, &none)}, 1, nil},
		{[]project.Quota{quota("a", &one, &none), quota("b", &one, &hour)}, 0, []string{"quota:b{1}:555555"}},
	} {
		st := &project.State{Org: 1, Project: 42, HasProject: true, Config: project.Config{Quotas: c.quotas}}
		r := &Request{Item: Item{Category: outcome.Error, Scope: dsn.Scoping{Org: 1, Project: 42}}, Quantity: 1, Now: time.Unix(2_000_000_000, 0), State: st}
		check, _ := l.collect(r)
		var keys []string
		for _, k := range check.Counters {
			keys = append(keys, k.Key)
		}
		if n := len(l.known(r)); n != c.known || len(keys) != len(c.counted) || len(keys) > 0 && keys[0] != c.counted[0] {
			t.Errorf("%+v: %d known, counters %q", c.quotas, n, keys)
		}
	}
}
