package selector

import (
	"errors"
	"slices"
	"testing"
)

// document is the example of scrub 5.4: the path and type of every node of
// {"extra":{"a":"x","b":{"a":"y","c":{"a":"z"}},"l":["p",{"a":"q"}]}}.
var document = map[string][]Component{
	"extra":       {Root(0), Field("extra", Object)},
	"extra.a":     {Root(0), Field("extra", Object), Field("a", String)},
	"extra.b":     {Root(0), Field("extra", Object), Field("b", Object)},
	"extra.b.a":   {Root(0), Field("extra", Object), Field("b", Object), Field("a", String)},
	"extra.b.c":   {Root(0), Field("extra", Object), Field("b", Object), Field("c", Object)},
	"extra.b.c.a": {Root(0), Field("extra", Object), Field("b", Object), Field("c", Object), Field("a", String)},
	"extra.l":     {Root(0), Field("extra", Object), Field("l", Array)},
	"extra.l.0":   {Root(0), Field("extra", Object), Field("l", Array), Element(0, String)},
	"extra.l.1":   {Root(0), Field("extra", Object), Field("l", Array), Element(1, Object)},
	"extra.l.1.a": {Root(0), Field("extra", Object), Field("l", Array), Element(1, Object), Field("a", String)},
}

// selected returns what a selector matches in the document.
func selected(t *testing.T, text string, p Sensitivity) []string {
	t.Helper()
	e, err := Parse(text)
	if err != nil {
		t.Fatal(text, err)
	}
	set := NewSet([]*Expr{e})
	var out []string
	for name, path := range document {
		for _, c := range set.Candidates(p, &path[len(path)-1]) {
			if c.Matches(path) {
				out = append(out, name)
			}
		}
	}
	slices.Sort(out)
	return out
}

func TestMatching(t *testing.T) {
	deep := []string{"extra.b.a", "extra.b.c.a", "extra.l.1.a"}
	all := append([]string{"extra.a"}, deep...)
	for _, c := range []struct {
		selector string
		want     []string
	}{
		{"a", all},
		{"A", all},
		{"extra.*.a", []string{"extra.b.a"}},
		{"extra.**.a", deep},
		{"$object.**.a", deep},
		{"**.a", all},
		{"extra.b.**", []string{"extra.b.a", "extra.b.c", "extra.b.c.a"}},
		{"*.a.**", nil}, // * takes the root, and extra is no a
		{"*.extra.**", []string{"extra.b.a", "extra.b.c", "extra.b.c.a", "extra.l.0", "extra.l.1", "extra.l.1.a"}},
		{"*.**.c", []string{"extra.b.c"}},
		{"x.extra.a", nil},
		{"l.0", []string{"extra.l.0"}},
		{"'0'", nil},
		{"$array.*", []string{"extra.l.0", "extra.l.1"}},
		{"$array || l.1", []string{"extra.l", "extra.l.1"}},
		{"a && !b.a && !(l.*.a)", []string{"extra.a", "extra.b.c.a"}},
		{"$object && !**", nil},
		{"!nope && $array", []string{"extra.l"}},
	} {
		if got := selected(t, c.selector, True); !slices.Equal(got, c.want) {
			t.Errorf("%s selects %v, want %v", c.selector, got, c.want)
		}
	}
}

func TestMaybe(t *testing.T) {
	for selector, want := range map[string]int{
		"a": 4, "extra.*.a": 1, "*.*": 9, "$string": 0, "**": 0, "extra.**": 0, "$string && a": 0, "a || $string": 4, "!$string": 10, "!nope": 10,
		"b.$object.a": 0, "$object.a": 0, "$frame.a": 0,
	} {
		if got := selected(t, selector, Maybe); len(got) != want {
			t.Errorf("%s selects %v, want %d", selector, got, want)
		}
		if got := selected(t, selector, False); len(got) != 0 {
			t.Errorf("%s selects %v of insensitive values", selector, got)
		}
	}
}

func TestOriginalValuesStandBelow(t *testing.T) {
	key, element := Field("k", String), Element(3, String)
	if c := key.Below(String); c.Key != "k" || c.Index != -1 {
		t.Errorf("below a key: %+v", c)
	}
	c := element.Below(String)
	if _, ok := c.LastKey(); ok || c.Index == 3 {
		t.Errorf("below an element: %+v", c)
	}
}

func TestOrder(t *testing.T) {
	texts := []string{
		"a && b", "a && b && c", "$string && x || y", "$string || a", "!(!a)", "!a", "$string", "$number", "$user.a", "$stack_memory",
		"0", "1", "A", "a", "a.$string", "a.b", "a.b.c", "a.*", "a.**", "*.a", "**", "**.a",
	}
	var exprs []*Expr
	for _, s := range texts {
		e, err := Parse(s)
		if err != nil {
			t.Fatal(s, err)
		}
		exprs = append(exprs, e)
	}
	for i := range exprs {
		for j := range exprs {
			got := Compare(exprs[i], exprs[j])
			if (got < 0) != (i < j) {
				t.Errorf("Compare(%s, %s) = %d", texts[i], texts[j], got)
			}
		}
	}
}

func TestErrors(t *testing.T) {
	for s, want := range map[string]error{
		"*": ErrWildcard, "a || (*)": ErrWildcard, "**.a.**": ErrDeepWildcard, "$nope": ErrUnknownType, "18446744073709551616": ErrIndex,
	} {
		if _, err := Parse(s); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", s, err, want)
		}
	}
	var syntax *SyntaxError
	deep := ""
	for range 10000 {
		deep += "("
	}
	for _, s := range []string{"", " ", "a b", "'", "'a", "a.", "(a", deep, "!!a"} {
		if _, err := Parse(s); !errors.As(err, &syntax) {
			t.Errorf("%.20s: %v is no syntax error", s, err)
		}
	}
}

func TestPlainHasNoLegacyWords(t *testing.T) {
	if e, err := ParsePlain("email"); err != nil || e.String() != "email" {
		t.Error(e, err)
	}
	if e, err := Parse("email"); err != nil || e.String() != "$string" {
		t.Error(e, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"a", "$string && !(a.** || 'x''y'.0)", "~a|b&c", "**.a", "freeform", "((a))", "!(!a)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := ParsePlain(s)
		if err != nil {
			return
		}
		text := e.String()
		again, err := ParsePlain(text)
		if err != nil {
			t.Fatalf("canonical text %q of %q: %v", text, s, err)
		}
		if again.String() != text {
			t.Fatalf("%q becomes %q, then %q", s, text, again)
		}
		set := NewSet([]*Expr{e})
		for _, path := range document {
			for p := range True + 1 {
				for _, c := range set.Candidates(p, &path[len(path)-1]) {
					c.Matches(path)
				}
			}
		}
	})
}
