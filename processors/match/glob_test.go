package match

import (
	"regexp"
	"strings"
	"testing"

	"weir/codecs/casefile"
	"weir/codecs/pattern"
)

func TestGlobVectors(t *testing.T) {
	var vectors []struct {
		Pattern         string `json:"pattern"`
		CaseInsensitive bool   `json:"case_insensitive"`
		Input           string `json:"input"`
		Match           bool   `json:"match"`
		Error           string `json:"error"`
	}
	casefile.JSON(t, "testdata/glob.json", &vectors)
	n := 0
	for _, v := range vectors {
		if v.Error != "" {
			continue
		}
		p, err := pattern.Parse(v.Pattern, v.CaseInsensitive)
		if err != nil {
			t.Errorf("%q: %v", v.Pattern, err)
			continue
		}
		n++
		if got := NewGlob(p).Match(v.Input); got != v.Match {
			t.Errorf("%q on %q: %v, want %v", v.Pattern, v.Input, got, v.Match)
		}
		if len(p.Tokens) > 0 { // the general way agrees with the short ones
			if got := newMachine(p).match(v.Input); got != v.Match {
				t.Errorf("machine of %q on %q: %v, want %v", v.Pattern, v.Input, got, v.Match)
			}
		}
	}
	if n < 170 {
		t.Fatalf("only %d vectors", n)
	}
}

func TestGlobs(t *testing.T) {
	g := CompileGlobs([]string{"]", "", "a*"})
	if g.Empty() || !g.Match("Abc") || g.Match("") || g.Match("]") {
		t.Error("broken and empty patterns must not take part")
	}
	if none := CompileGlobs([]string{"["}); !none.Empty() || none.Match("[") {
		t.Error("a list of broken patterns matches nothing")
	}
	if all := CompileGlobs([]string{"{x,*}"}); !all.Match("") {
		t.Error("* matches the empty text")
	}
}

// A pattern that backtracking would never finish.
func TestGlobLinear(t *testing.T) {
	text := strings.Repeat("a", 100_000)
	for _, p := range []string{
		strings.Repeat("*a", 50) + "b", strings.Repeat("{a,*a}", 20) + "b", "*{a,aa}*{a,aa}*{a,aa}b", strings.Repeat("*?", 30) + "b",
	} {
		g, err := CompileGlob(p)
		if err != nil {
			t.Fatal(err)
		}
		if g.Match(text) {
			t.Errorf("%q matches", p)
		}
	}
}

func TestGlobAllocs(t *testing.T) {
	text := "ChunkLoadError: Loading chunk 5 failed"
	for _, p := range []string{"*loading chunk *", "chunk*", "*[0-9]*failed", "*{loading,unloading} chunk {1,5}*"} {
		g, err := CompileGlob(p)
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(100, func() { g.Match(text) }); n != 0 {
			t.Errorf("%q: %v allocations", p, n)
		}
	}
}

// The translation of filters 6 to a regular expression, for ASCII without classes, decides as well.
func FuzzGlob(f *testing.F) {
	for _, s := range [][2]string{{"a*b", "axb"}, {"{a,b*,}c", "bxc"}, {"*x?y*", "axzy"}, {"*a*{b,}*", "ba"}, {"a?", "ab"}, {"{a,*}b", "xb"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, text, input string) {
		if !ascii(text) || !ascii(input) || strings.ContainsAny(text, `[]\`) || len(text) > 50 {
			return
		}
		p, err := pattern.Parse(text, true)
		if err != nil || len(p.Tokens) == 0 {
			return
		}
		expr := `(?s)\A(?:` + expression(p.Tokens) + `)\z`
		want := regexp.MustCompile(expr).MatchString(strings.ToLower(input))
		if got := NewGlob(p).Match(input); got != want {
			t.Fatalf("%q on %q: %v, %s says %v", text, input, got, expr, want)
		}
		if got := newMachine(p).match(input); got != want {
			t.Fatalf("machine of %q on %q: %v, %s says %v", text, input, got, expr, want)
		}
	})
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func expression(tokens []pattern.Token) string {
	var b strings.Builder
	for _, t := range tokens {
		switch t.Kind {
		case pattern.Literal:
			b.WriteString(regexp.QuoteMeta(t.Text))
		case pattern.Any:
			b.WriteString(strings.Repeat(".", t.N))
		case pattern.Wildcard:
			b.WriteString(".*")
		case pattern.Alternates, pattern.Optional:
			var list []string
			for _, c := range t.Choices {
				list = append(list, expression(c))
			}
			if t.Kind == pattern.Optional {
				list = append(list, "")
			}
			b.WriteString("(?:" + strings.Join(list, "|") + ")")
		}
	}
	return b.String()
}

func BenchmarkGlob(b *testing.B) {
	text := "TypeError: Cannot read properties of undefined (reading 'map') at ChunkLoadError: Loading chunk 5 failed"
	for _, p := range []string{"*loading chunk *", "*loading*{chunk,css}*failed", "typeerror*undefined*map?) *"} {
		g, err := CompileGlob(p)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(p, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				g.Match(text)
			}
		})
	}
}
