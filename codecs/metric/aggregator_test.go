package metric

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestAggregate(t *testing.T) {
	const now = 1_700_000_007
	a := NewAggregator(Config{}, now)
	tags := func(kv ...string) (list []Tag) {
		for i := 0; i < len(kv); i += 2 {
			list = append(list, Tag{kv[i], kv[i+1]})
		}
		return list
	}
	a.Add(Bucket{Kind: Counter, Name: "c:sessions/session@none", Timestamp: now, Tags: tags("b", "1", "a", "x\u0085y\x7f"), Value: 1, ReceivedAt: 20})
	a.Add(Bucket{Kind: Counter, Name: "c:sessions/session@none", Timestamp: now - 6, Tags: tags("a", "xy", "b", "1"), Value: 2, ReceivedAt: 10})
	a.Add(Bucket{Kind: Set, Name: "s:sessions/user@none", Timestamp: now, Tags: tags("l", strings.Repeat("é", 201)), Members: []uint32{5, 1, 5}})
	a.Add(Bucket{Kind: Set, Name: "s:sessions/user@none", Timestamp: now, Members: []uint32{3}})
	a.Add(Bucket{Kind: Counter, Name: strings.Repeat("n", 201), Timestamp: now})
	a.Add(Bucket{Kind: Counter, Name: "past", Timestamp: now - 432011})
	a.Add(Bucket{Kind: Counter, Name: "future", Timestamp: now + 67})
	got := a.Buckets()
	want := []string{
		`{"org_id":1,"project_id":2,"name":"c:sessions/session@none","type":"c","value":3.0,"timestamp":1700000000,"tags":{"a":"xy","b":"1"},"retention_days":90,"received_at":10}`,
		`{"org_id":1,"project_id":2,"name":"s:sessions/user@none","type":"s","value":[1,3,5],"timestamp":1700000000,"tags":{},"retention_days":90}`,
	}
	if len(got) != len(want) {
		t.Fatalf("%d buckets, want %d", len(got), len(want))
	}
	for i := range want {
		if text := string(got[i].AppendMessage(nil, 1, 2, 90)); text != want[i] || !json.Valid([]byte(text)) {
			t.Errorf("got  %s\nwant %s", text, want[i])
		}
	}
	if ns := got[0].Namespace(); ns != "sessions" {
		t.Errorf("namespace %q", ns)
	}
}

// A set of many members, of which each comes in a bucket of its own.
func TestManyMembers(t *testing.T) {
	const n = 200_000
	a := NewAggregator(Config{}, 0)
	for i := range 2 * n {
		a.Add(Bucket{Kind: Set, Name: "s", Members: []uint32{uint32((2*n - i) * 7919 % n)}})
	}
	members := a.Buckets()[0].Members
	if len(members) != n || !slices.IsSorted(members) {
		t.Errorf("%d members", len(members))
	}
	a.Add(Bucket{Kind: Set, Name: "s", Members: []uint32{n, 0}})
	if members = a.Buckets()[0].Members; len(members) != n+1 || members[n] != n {
		t.Errorf("%d members after one more", len(members))
	}
}

func TestSplit(t *testing.T) {
	b := Bucket{Kind: Set, Name: "s", Members: make([]uint32, 1000)}
	for i := range b.Members {
		b.Members[i] = uint32(i)
	}
	parts := b.Split(1000)
	n := 0
	for i := range parts {
		if s := parts[i].size(); s > 1000 {
			t.Errorf("part of %d bytes", s)
		}
		n += len(parts[i].Members)
	}
	if n != 1000 || len(parts) < 8 {
		t.Errorf("%d members in %d parts", n, len(parts))
	}
	if one := b.Split(1 << 20); len(one) != 1 {
		t.Errorf("%d parts of a small bucket", len(one))
	}
}
