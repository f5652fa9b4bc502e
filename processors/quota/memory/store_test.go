package memory

import (
	"strconv"
	"strings"
	"sync"
	"testing"

	"weir/processors/quota"
	"weir/processors/quota/quotatest"
)

// backend opens a Store to the cases. All keys of a case share shard of org 42 or 0, whatever: it looks at all of them.
type backend struct {
	*Store
	now int64
}

func (b *backend) SetNow(now int64) { b.now = now }

// Do understands just what the cases use. The key goes where the check of its organization will look.
func (b *backend) Do(t *testing.T, command string) {
	t.Helper()
	f := strings.Fields(command)
	sh := &b.shards[orgOf(f[1])%shards]
	switch f[0] {
	case "SET":
		n, err := strconv.ParseInt(f[2], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		sh.entries[f[1]] = &entry{value: n}
	case "HSET":
		e := &entry{fields: map[string]int64{}}
		for i := 2; i < len(f); i += 2 {
			n, err := strconv.ParseInt(f[i+1], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			e.fields[f[i]] = n
		}
		sh.entries[f[1]] = e
	case "PERSIST":
		sh.entries[f[1]].expireAt = 0
	default:
		t.Fatalf("unknown command %s", command)
	}
}

func orgOf(key string) uint64 {
	_, rest, _ := strings.Cut(key, "{")
	id, _, _ := strings.Cut(rest, "}")
	n, _ := strconv.ParseUint(id, 10, 64)
	return n
}

func (b *backend) Dump(*testing.T) quotatest.Dump {
	d := quotatest.Dump{}
	for i := range b.shards {
		for key := range b.shards[i].entries {
			e := b.shards[i].live(key, b.now)
			if e == nil {
				continue
			}
			if e.fields == nil {
				d[key] = quotatest.Entry{Type: "string", Value: strconv.FormatInt(e.value, 10), ExpireAt: e.expireAt}
				continue
			}
			fields := map[string]any{}
			for k, v := range e.fields {
				fields[k] = strconv.FormatInt(v, 10)
			}
			d[key] = quotatest.Entry{Type: "hash", Value: fields, ExpireAt: e.expireAt}
		}
	}
	return d
}

func TestCases(t *testing.T) {
	quotatest.Run(t, func(*testing.T) quotatest.Backend { return &backend{Store: New()} })
}

// TestSweep holds that dead counters go away although nobody asks for their key again.
func TestSweep(t *testing.T) {
	s := New()
	for i := range int64(100) {
		now := 1000 + i*60
		c := quota.Counter{Key: "k" + strconv.FormatInt(i, 10), Refund: "r", Limit: 5, Quantity: 1, ExpireAt: now + 120, MaxFields: 1}
		if _, err := s.Check(t.Context(), []quota.Check{{Now: now, Counters: []quota.Counter{c}}}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(s.shards[0].entries); n > 3 {
		t.Errorf("%d counters are left", n)
	}
}

// TestExact counts concurrently: exactly the limit is accepted.
func TestExact(t *testing.T) {
	s := New()
	const workers, each, limit = 8, 500, 1000
	var mu sync.Mutex
	accepted := 0
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			n := 0
			for range each {
				c := quota.Counter{Key: "k", Refund: "r", Limit: limit, Quantity: 1, ExpireAt: 2000, MaxFields: 1}
				r, err := s.Check(t.Context(), []quota.Check{{Now: 1000, Counters: []quota.Counter{c}}})
				if err == nil && !r[0].Limited() {
					n++
				}
			}
			mu.Lock()
			accepted += n
			mu.Unlock()
		})
	}
	wg.Wait()
	if accepted != limit {
		t.Errorf("accepted %d, want %d", accepted, limit)
	}
}

func BenchmarkCheck(b *testing.B) {
	s := New()
	checks := []quota.Check{{Org: 1, Now: 1000, Counters: []quota.Counter{
		{Key: "quota:a{1}2:3", Refund: "r:quota:a{1}2:3", Limit: -1, Quantity: 1, ExpireAt: 2000, MaxFields: 1},
	}}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Check(b.Context(), checks); err != nil {
			b.Fatal(err)
		}
	}
}
