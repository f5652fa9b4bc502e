package event

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// keysOf makes n keys of which many begin alike and some are equal.
func keysOf(n int) []string {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	out := make([]string, n)
	for i := range out {
		out[i] = []string{"", "a", "a\x00", "@sentry/", "@sentry/node", "é", "\xff"}[r.IntN(7)] + strings.Repeat("x", r.IntN(3))
		if r.IntN(2) == 0 {
			out[i] += fmt.Sprint(r.IntN(n))
		}
	}
	return out
}

func TestSortMembers(t *testing.T) {
	d := New()
	for _, n := range []int{0, 1, 2, 3, 10, 128, 129, 1000} {
		var kids []Member
		for _, k := range keysOf(n) {
			kids = append(kids, Member{k, d.NewNull()})
		}
		want := slices.Clone(kids)
		slices.SortStableFunc(want, func(a, b Member) int { return strings.Compare(a.Key, b.Key) })
		if SortMembers(kids); !slices.Equal(kids, want) {
			t.Errorf("%d keys: %v, want %v", n, kids, want)
		}
	}
}

// The last value of equal keys counts, at the place of the first.
func TestManyEqualKeys(t *testing.T) {
	for _, n := range []int{17, 100, 5000} {
		keys := keysOf(n)
		var text strings.Builder
		var order []string
		last := map[string]int{}
		for i, k := range keys {
			k = strings.Map(func(r rune) rune { return max(r, ' ') }, strings.ToValidUTF8(k, "?"))
			if _, ok := last[k]; !ok {
				order = append(order, k)
			}
			last[k] = i
			fmt.Fprintf(&text, ",%q:%d", k, i)
		}
		d, err := Parse([]byte("{" + text.String()[1:] + "}"))
		if err != nil {
			t.Fatal(err)
		}
		if d.Root.Len() != len(order) {
			t.Fatalf("%d entries, want %d", d.Root.Len(), len(order))
		}
		for i, m := range d.Root.Members() {
			if got, _ := m.Value.NumberText(); m.Key != order[i] || got != fmt.Sprint(last[m.Key]) {
				t.Errorf("entry %d is %q: %s, want %q: %d", i, m.Key, got, order[i], last[order[i]])
			}
		}
		d.Release()
	}
}

// Many keys that begin alike, as the packages of a Node process have.
func BenchmarkSortMembers(b *testing.B) {
	d := New()
	var kids []Member
	for _, k := range keysOf(80) {
		kids = append(kids, Member{k, d.NewNull()})
	}
	work := make([]Member, len(kids))
	b.ReportAllocs()
	for b.Loop() {
		copy(work, kids)
		SortMembers(work)
	}
}
