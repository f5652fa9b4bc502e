package dialect

import (
	"slices"
	"testing"
	"unicode"
)

// Characters that Unicode 16 brought, and pairs of cases that stand side by side.
func TestNewCharacters(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		match         bool
	}{
		{`^\w\d$`, "\U00010d50\U00010d40", true}, {`\p{Garay}`, "\U00010d50", true}, {`\p{Lu}`, "\u1c89", true}, {`\p{Ll}`, "\u1c89", false}, {`\p{Cn}`, "\U00010d50", false}, {`\p{Mn}`, "\U0001171e", false}, {`\p{Mc}`, "\U0001171e", true},
		{`(?i)^\x{1c89}$`, "\u1c8a", true}, {`(?i)^\x{390}$`, "\u1fd3", true}, {`(?i)^č$`, "Č", true}, {`(?i)^ǆ$`, "ǅ", true}, {`(?i)^Ā$`, "ā", true}, {`(?i)^é$`, "É", true}, {`\p{Alphabetic}`, "\u0363", true},
	} {
		re, err := Compile(c.pattern, Options{})
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
		} else if re.Match(c.text) != c.match {
			t.Errorf("%s in %q: %v", c.pattern, c.text, !c.match)
		}
	}
}

func TestFoldable(t *testing.T) {
	var want []rune
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if otherCase(r) != r {
			want = append(want, r)
		}
	}
	if got := foldable(); !slices.Equal(got, want) {
		t.Errorf("%d code points, want %d", len(got), len(want))
	}
}
