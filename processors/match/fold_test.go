package match

import (
	"math/rand/v2"
	"strings"
	"testing"

	"weir/codecs/pattern"
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
		text, literal := random(rnd.IntN(12)), pattern.Lower(random(1+rnd.IntN(3)))
		f := newFinder(literal, true)
		from, to := f.find(text)
		if strings.Contains(text, "İ") {
			if want := strings.Contains(pattern.Lower(text), literal); want != (from >= 0) || from > to {
				t.Fatalf("%q in %q: %d to %d, want %v", literal, text, from, to, want)
			}
		} else if wantFrom, wantTo := f.findSlowly(text); from != wantFrom || to != wantTo {
			t.Fatalf("%q in %q: %d to %d, want %d to %d", literal, text, from, to, wantFrom, wantTo)
		}
	}
	for text, want := range map[string]int{"": -1, "x": -1, "FOO": 0, "xFoO": 1, "fofoo": 2, "fo": -1} {
		f := newFinder("foo", true)
		if got, _ := f.find(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

// What a search for a text in lower case finds, with the two capitals that are not one letter each.
func TestFoldingInSearches(t *testing.T) {
	for _, c := range []struct {
		pattern string
		hits    []string
		misses  []string
	}{
		{"*ΟΔΟΣ*", []string{"ΟΔΟΣ", "a ΟΔΟΣ b", "οδος"}, []string{"οδοσ", "ΟΔΟΣb"}},
		{"*οδοσ*", []string{"οδοσ", "aΟΔΟΣb"}, []string{"ΟΔΟΣ", "a ΟΔΟΣ b"}},
		{"*ΟΔΟΣ", []string{"οδος"}, []string{"ΟΔΟΣ"}},
		{"a*ΟΔΟΣ*b", []string{"a ΟΔΟΣ b"}, []string{"a οδοσ b"}},
		{"*i*", []string{"İ", "aİb", "I"}, []string{"ı"}},
		{"*ai*x", []string{"aİx"}, []string{"aİ"}},
		{"i?", []string{"İ", "ia"}, []string{"İx"}},
		{"i*", []string{"İ", "İİ"}, []string{"aİ"}},
		{"i", []string{"I"}, []string{"İ"}},
		{"*\u0307*", []string{"İ", "aİb"}, []string{"i"}},
		{"[i]*", []string{"I"}, []string{"İ"}},
		{"[!i]", []string{"İ"}, []string{"I"}},
		{"[ᾼ]", []string{"ᾼ"}, []string{"ᾳ"}},
		{"[K]{É,x}σ", []string{"KÉΣ", "kxσ"}, []string{"kxς"}},
		{"[ᾳ]", []string{"ᾼ", "ᾳ"}, nil},
		{"[ǅ]", nil, []string{"ǅ"}}, // neither its lower nor its upper form
	} {
		g, err := CompileGlob(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range c.hits {
			if !g.Match(text) {
				t.Errorf("%q does not match %q", c.pattern, text)
			}
		}
		for _, text := range c.misses {
			if g.Match(text) {
				t.Errorf("%q matches %q", c.pattern, text)
			}
		}
	}
}
