package match

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// The fast search finds what trying every character finds.
func TestFinder(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	letters := []string{"a", "A", "k", "K", "\u212a", "é", "É", "i", "İ", " ", "s", "ſ"}
	random := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(letters[rnd.IntN(len(letters))])
		}
		return b.String()
	}
	for range 20_000 {
		text, literal := random(rnd.IntN(12)), strings.ToLower(random(1+rnd.IntN(3)))
		f := newFinder(literal, true)
		if got, want := f.index(text), f.slowIndex(text); got != want {
			t.Fatalf("%q in %q: %d, want %d", literal, text, got, want)
		}
	}
	for text, want := range map[string]int{"": -1, "x": -1, "FOO": 0, "xFoO": 1, "fofoo": 2, "fo": -1} {
		f := newFinder("foo", true)
		if got := f.index(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
