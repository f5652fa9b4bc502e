package broker

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
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

// Chunks go when everything that could name them has been read, Age later.
func TestLinks(t *testing.T) {
	l := &links{Linked: Linked{Topic: "blobs", By: []string{"raw", "released"}, Age: 80 * time.Second}}
	now := time.Unix(0, 0)
	blobs, raw, read, released := int64(0), int64(0), int64(0), int64(0)
	step := func(seconds int) int64 {
		now = now.Add(time.Duration(seconds) * time.Second)
		parts := []part{{topic: "blobs", end: blobs, safe: blobs}, {topic: "raw", end: raw, safe: read}, {topic: "released", end: released, safe: released}}
		l.observe(now, parts)
		return l.settled(parts[0])
	}
	check := func(what string, got, want int64) {
		t.Helper()
		if got != want {
			t.Fatalf("%s: settled %d, want %d", what, got, want)
		}
	}
	check("start", step(0), 0)
	blobs, raw = 10, 5
	check("written", step(10), 0)
	read = 5
	check("read, too young", step(10), 0)
	check("nearly old enough", step(60), 0)
	check("old enough", step(10), 10)
	blobs, raw = 20, 9
	check("more, unread", step(10), 10)
	check("unread for long", step(1000), 10)
	raw = 12
	step(10)
	read = 9 // what came first is read, a later one is not
	check("read as of then", step(10), 20)
	if len(l.samples) > 20 {
		t.Fatalf("%d samples", len(l.samples))
	}
}
