package dialect

import (
	"reflect"
	"strings"
	"testing"
)

// hostile are patterns and pieces of texts with which looking for one match after the other is quadratic.
var hostile = []struct{ pattern, piece string }{
	{"x.*y|x", "x"}, {"(?s)a.*b|a", "a\n"}, {`(\w+,)*;|\w`, "a,"}, {"(a+)+$|a", "ab"}, {`\bé.*y|é`, "é "}, {`(?:[a-z]+ )+\d|[a-z]`, "ab "}, {"a[ -~]{0,900}b|a", "a"}, {`(x+x+)+y|x`, "x"},
}

// TestLongTexts: time is linear in the text: half a megabyte is no matter of minutes. The matches are those that a short text of the same kind shows.
func TestLongTexts(t *testing.T) {
	for _, h := range hostile {
		re, err := Compile(h.pattern, Options{})
		if err != nil {
			t.Fatal(err)
		}
		count := func(s string) (n int) {
			re.All(s, func([]int) { n++ })
			return n
		}
		const few, many = 500, 20_000
		if a, b := count(strings.Repeat(h.piece, few)), count(strings.Repeat(h.piece, many)); a*many/few != b {
			t.Errorf("%s: %d matches in %d pieces, %d in %d", h.pattern, a, few, b, many)
		}
	}
}

// Blocks of a long text do not show in the matches.
func TestBlocks(t *testing.T) {
	for _, pattern := range []string{"é(b{3000,5000})y|(é)", `\b(\w+) x|y$`, `(?m)^(a+)(é*)$|\B`} {
		re, err := Compile(pattern, Options{})
		if err != nil {
			t.Fatal(err)
		}
		s := strings.Repeat("aé a x ", 900) + "\naaaé" + strings.Repeat("\naé\n", 700) + "é" + strings.Repeat("b", 4500) + "y"
		var a, b [][]int
		into := func(list *[][]int) func([]int) {
			return func(loc []int) { *list = append(*list, append([]int(nil), loc...)) }
		}
		m := re.linear().machine
		m.all(s, make([]int, 2*(re.groups+1)), into(&a))
		re.linear().all(s, make([]int, 2*(re.groups+1)), into(&b))
		if len(a) == 0 || !reflect.DeepEqual(a, b) {
			t.Errorf("%s: %d matches one by one, %d in both directions", pattern, len(a), len(b))
		}
	}
}

func TestRescans(t *testing.T) {
	for pattern, want := range map[string]bool{`\d+`: false, `\w+@\w+`: true, "abc|d": false, `user=(\w+)`: false, "x.*y|x": true, `a{2,50}b`: false, `a{2,500}b`: true, `a{500}|b+`: true, `\b\w+\b`: true} {
		re, err := Compile(pattern, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := re.linear().rescans; got != want {
			t.Errorf("%s: %v", pattern, got)
		}
	}
}

// BenchmarkHostile looks for all matches of a pattern in a text of 1 MB that is made to be expensive.
func BenchmarkHostile(b *testing.B) {
	for _, h := range hostile {
		b.Run(h.pattern, func(b *testing.B) {
			re, err := Compile(h.pattern, Options{})
			if err != nil {
				b.Fatal(err)
			}
			s := strings.Repeat(h.piece, 1<<20/len(h.piece))
			b.SetBytes(int64(len(s)))
			b.ReportAllocs()
			for b.Loop() {
				re.All(s, func([]int) {})
			}
		})
	}
}
