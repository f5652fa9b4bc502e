package dialect

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"weir/codecs/casefile"
)

// replaceGroup replaces one group of every match, which is how rules use patterns.
func replaceGroup(re *Regexp, s string, group int) string {
	var b strings.Builder
	at := 0
	re.All(s, func(loc []int) {
		if i := 2 * group; i+1 < len(loc) && loc[i] >= 0 {
			b.WriteString(s[at:loc[i]] + "<>")
			at = loc[i+1]
		}
	})
	return b.String() + s[at:]
}

// Each case is pattern, text, group, and the text with <> in place of the group of every match.
func TestMatches(t *testing.T) {
	var cases [][4]any
	casefile.JSON(t, "testdata/matches.json", &cases)
	for _, c := range cases {
		pattern, text, group, want := c[0].(string), c[1].(string), int(c[2].(float64)), c[3].(string)
		re, err := Compile(pattern, Options{})
		if err != nil {
			t.Errorf("%q: %v", pattern, err)
			continue
		}
		if got := replaceGroup(re, text, group); got != want {
			t.Errorf("%q group %d in %q: got %q, want %q", pattern, group, text, got, want)
		}
		found := false
		re.All(text, func([]int) { found = true })
		if found != re.Match(text) {
			t.Errorf("%q in %q: Match is not %v", pattern, text, found)
		}
	}
}

func TestSyntax(t *testing.T) {
	var cases struct{ Valid, Invalid []string }
	casefile.JSON(t, "testdata/syntax.json", &cases)
	for _, p := range cases.Valid {
		if _, err := Compile(p, Options{}); err != nil {
			t.Errorf("%q: %v", p, err)
		}
	}
	for _, p := range cases.Invalid {
		if _, err := Compile(p, Options{}); err == nil {
			t.Errorf("%q compiles", p)
		} else if !errors.Is(err, ErrSyntax) && !errors.Is(err, ErrTooLarge) {
			t.Errorf("%q: error %v is neither syntax nor size", p, err)
		}
	}
}

func TestCaseInsensitiveFromOutside(t *testing.T) {
	re, err := Compile(`key\.ß`, Options{CaseInsensitive: true})
	if err != nil {
		t.Fatal(err)
	}
	for s, want := range map[string]bool{"KEY.ẞ": true, "\u212aey.ß": true, "key.ss": false, "keyxß": false} {
		if re.Match(s) != want {
			t.Errorf("Match(%q) is not %v", s, want)
		}
	}
}

func TestCapturesOfUnrolledRepetitions(t *testing.T) {
	re, err := Compile(`(?:(a)|b){1001}c`, Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := strings.Repeat("b", 400) + "a" + strings.Repeat("b", 600) + "c"
	var got []int
	re.All(s, func(loc []int) { got = append(got, loc...) })
	if want := []int{0, 1002, 400, 401}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if re.Groups() != 1 {
		t.Errorf("%d groups", re.Groups())
	}
}

func TestSizeLimit(t *testing.T) {
	for pattern, ok := range map[string]bool{
		"a{8000}": true, "a{9000}": false, "x{1000000}": false, "(a{1000}){1000}": false, "((((a{99}){99}){99}){99}){99}": false,
		`\w{5}`: true, `\w{6}`: false,
	} {
		if _, err := Compile(pattern, Options{}); (err == nil) != ok || err != nil && !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", pattern, err)
		}
	}
}

// FuzzCompile checks that no pattern makes trouble, and that both engines agree where both can run.
func FuzzCompile(f *testing.F) {
	var cases [][4]any
	casefile.JSON(f, "testdata/matches.json", &cases)
	for _, c := range cases {
		f.Add(c[0].(string), c[1].(string))
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if !utf8.ValidString(text) || len(text) > 200 || len(pattern) > 200 {
			return
		}
		re, err := Compile(pattern, Options{})
		if err != nil {
			return
		}
		end := -1
		re.All(text, func(loc []int) {
			if loc[0] < end || loc[1] < loc[0] || loc[1] > len(text) {
				t.Fatalf("%q in %q: match %v after %d", pattern, text, loc, end)
			}
			end = loc[1]
		})
		var a, b [][]int
		clone := func(into *[][]int) func([]int) {
			return func(loc []int) { *into = append(*into, append([]int{}, loc...)) }
		}
		re.All(text, clone(&a))
		re.linear().all(text, make([]int, 2*(re.groups+1)), clone(&b))
		if !reflect.DeepEqual(a, b) {
			t.Fatalf("%q in %q: %v natively, %v in both directions", pattern, text, a, b)
		}
		if re.native == nil || re.vm == nil || !isASCII(text) {
			return
		}
		b = nil
		re.vm.all(text, make([]int, 2*(re.groups+1)), clone(&b))
		if !reflect.DeepEqual(a, b) {
			t.Fatalf("%q in %q: %v natively, %v by machine", pattern, text, a, b)
		}
	})
}
