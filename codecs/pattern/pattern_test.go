package pattern

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"weir/codecs/casefile"
)

type vector struct {
	Pattern         string  `json:"pattern"`
	CaseInsensitive bool    `json:"case_insensitive"`
	Normalized      *string `json:"normalized"`
	Error           string  `json:"error"`
	MaxComplexity   int     `json:"max_complexity"`
}

func TestVectors(t *testing.T) {
	var vectors []vector
	casefile.JSON(t, "testdata/glob.json", &vectors)
	if len(vectors) < 190 {
		t.Fatalf("only %d vectors", len(vectors))
	}
	for _, v := range vectors {
		p, err := Parse(v.Pattern, v.CaseInsensitive)
		if v.MaxComplexity > 0 {
			want := fmt.Sprintf("Pattern complexity (%d) exceeds maximum allowed complexity (%d)", p.Complexity(), v.MaxComplexity)
			if v.Error != want {
				t.Errorf("%q: complexity %d, want %q", v.Pattern, p.Complexity(), v.Error)
			}
			continue
		}
		if v.Error != "" {
			if err == nil || err.Error() != v.Error {
				t.Errorf("%q: error %v, want %q", v.Pattern, err, v.Error)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", v.Pattern, err)
			continue
		}
		if v.Normalized != nil && p.String() != *v.Normalized {
			t.Errorf("%q: normalised %q, want %q", v.Pattern, p, *v.Normalized)
		}
	}
}

func TestComplexity(t *testing.T) {
	for text, want := range map[string]int{"": 0, "*": 0, "{a}": 0, "{a,}": 2, "{a,b,}": 3, "{a,b}{c,d,e}": 6, "{*,b}{c,d}": 2} {
		p, err := Parse(text, true)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Complexity(); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
	p, err := Parse(strings.Repeat("{a,b}", 100), true)
	if err != nil || p.Complexity() <= 0 {
		t.Errorf("complexity overflows: %v %v", p.Complexity(), err)
	}
}

func TestLower(t *testing.T) {
	for text, want := range map[string]string{
		"ABC é": "abc é", "İx": "i̇x", "ΟΔΟΣ": "οδος", "ΟΔΟΣ ΣΑΣ": "οδος σας", "Σ": "σ", "ΑΣ'": "ας'", "ΑΣ.Α": "ασ.α", "ǅ": "ǆ",
	} {
		if got := Lower(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// Whatever parses prints a text that parses to the same tokens.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "a*b", "[!a-z]", "{a,b,}x", `\{`, "[a-c-e]", "x{a", "{a}{b}", "ΟΔΟΣ", "{a,*}*", "[]a", `[\]-\-]`, "{[]b,}"} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, s string, fold bool) {
		p, err := Parse(s, fold)
		if err != nil {
			return
		}
		text := p.String()
		q, err := Parse(text, fold)
		if err != nil {
			t.Fatalf("%q printed as %q: %v", s, text, err)
		}
		if q.String() != text {
			t.Fatalf("%q printed as %q, then as %q", s, text, q)
		}
		if !fold && !reflect.DeepEqual(p, q) {
			t.Fatalf("%q: %+v, then %+v", s, p, q)
		}
	})
}
