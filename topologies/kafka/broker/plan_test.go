package broker

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func TestPlan(t *testing.T) {
	p := func(topic string, start, end, safe, bytes int64) part {
		return part{topic: topic, start: start, end: end, safe: safe, bytes: bytes}
	}
	for _, c := range []struct {
		name   string
		window int64
		parts  []part
		want   string
	}{
		{"fits", 1000, []part{p("raw", 0, 100, 100, 1000)}, "[]"},
		{"nothing read", 10, []part{p("raw", 0, 100, 0, 1000)}, "[]"},
		{"half read", 100, []part{p("raw", 0, 100, 50, 1000)}, "[{raw 0 40}]"},
		{"all read, the last record stays", 0, []part{p("raw", 10, 110, 110, 1000)}, "[{raw 0 109}]"},
		{"one record", 0, []part{p("raw", 10, 11, 11, 1000)}, "[]"},
		{"empty", 0, []part{p("raw", 10, 10, 10, 0)}, "[]"},
		{"a reader behind the start", 0, []part{p("raw", 10, 110, 3, 1000)}, "[]"},
		{"a small one gives to the others", 1000, []part{p("raw", 0, 101, 101, 10100), p("dead", 0, 10, 10, 100)}, "[{raw 0 90}]"},
		{"equal shares", 200, []part{p("a", 0, 101, 101, 1010), p("b", 0, 101, 101, 1010)}, "[{a 0 90} {b 0 90}]"},
	} {
		if got := fmt.Sprint(plan(c.parts, c.window)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// Whatever the sizes: only finished records go, the last one stays, and what is left fits.
func TestPlanHoldsItsPromises(t *testing.T) {
	for range 2000 {
		var parts []part
		for i := range 1 + rand.IntN(12) {
			start := rand.Int64N(1000)
			end := start + rand.Int64N(1000)
			q := part{topic: "t", part: int32(i), start: start, end: end, safe: rand.Int64N(2200)}
			if end > start {
				q.bytes = rand.Int64N(1 << 20)
			}
			parts = append(parts, q)
		}
		window := rand.Int64N(4 << 20)
		before := map[int32]int64{}
		for _, c := range plan(parts, window) {
			q := parts[c.part]
			if c.before > q.safe || c.before > q.end-1 || c.before <= q.start {
				t.Fatalf("cut %+v of %+v", c, q)
			}
			before[c.part] = c.before
		}
		var left int64
		for _, q := range parts {
			if at, ok := before[q.part]; ok {
				q.bytes = q.bytes * (q.end - at) / (q.end - q.start)
				q.start = at
			}
			left += q.finished()
		}
		if slack := int64(12 * (1 << 20) / 10); left > window+slack { // a record is the smallest unit
			t.Fatalf("%d finished bytes left, window %d", left, window)
		}
	}
}

// Chunks go when every record that names them has been read: not the one that was read first, but the one that was written in its place.
func TestLinks(t *testing.T) {
	named := map[string]int64{}
	l := &links{every: time.Second, Linked: Linked{Topic: "blobs", By: []string{"raw", "parked"}, Age: 3 * time.Second,
		Named: func(r *kgo.Record) (int32, int64, bool) { first, ok := named[string(r.Value)]; return 0, first, ok }}}
	blobs := part{topic: "blobs", start: 1, end: 10}
	raw, parked := part{topic: "raw", end: 5}, part{topic: "parked"}
	rounds := func(n int) int64 {
		for range n {
			l.observe([]part{blobs, raw, parked})
		}
		return l.settled(blobs)
	}
	write := func(p *part, value string) {
		l.OnProduceRecordUnbuffered(&kgo.Record{Topic: p.topic, Offset: p.end, Value: []byte(value)}, nil)
		p.end++
	}
	check := func(what string, got, want int64) {
		t.Helper()
		if got != want {
			t.Fatalf("%s: settled %d, want %d", what, got, want)
		}
	}
	check("what was there at the start is unread", rounds(10), 1)
	raw.safe = 5
	check("and read", rounds(1), 10)
	blobs.end = 20
	check("too young", rounds(3), 10)
	named["a"] = 12
	write(&raw, "a")
	write(&raw, "small")
	check("named", rounds(10), 12)
	write(&parked, "a") // in its place
	raw.safe = 7
	check("named by another", rounds(10), 12)
	write(&parked, "a")
	parked.safe = 1
	check("and another", rounds(10), 12)
	parked.safe = 2
	check("by nobody", rounds(1), 20)
	l.OnProduceRecordUnbuffered(&kgo.Record{Topic: "raw", Offset: 7, Value: []byte("a")}, errors.New("refused"))
	l.OnProduceRecordUnbuffered(&kgo.Record{Topic: "other", Value: []byte("a")}, nil)
	check("not written", rounds(1), 20)
	if len(l.named) != 0 || len(l.recent) > 4 {
		t.Fatalf("%d named, %d rounds", len(l.named), len(l.recent))
	}
}
