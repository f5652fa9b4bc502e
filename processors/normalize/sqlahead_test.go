package normalize

import (
	"strings"
	"testing"
)

// What would have to be looked over again and again is no query, and is not looked at more than it is long; nested and long queries are some.
func TestLookAhead(t *testing.T) {
	for _, c := range []struct {
		before, part, after string
		times               int
		known               bool
	}{
		{"SELECT 1 ", "FROM a SELECT 1 ", "", 4000, false},
		{"", "SELECT ", "1", 4000, false},
		{"BEGIN ", "END ", strings.Repeat("CASE ", 4000), 4000, false},
		{"SELECT 1 FROM a ", "EXCEPT SELECT 1 FROM a ", "", 4000, false},
		{"SELECT 1 FROM a ", "EXCEPT SELECT 1 FROM a ", "", 100, true},
		{"SELECT 1 FROM a ", "UNION ALL SELECT 1 FROM a ", "", 4000, true},
		{"SELECT ", "(SELECT ", "1" + strings.Repeat(")", maxBrackets), maxBrackets, true},
		{"SELECT ", "CAST(", "a" + strings.Repeat(" AS b)", maxBrackets), maxBrackets, true},
		{"SELECT * FROM a WHERE b IN (1", ",1", ")", 20000, true},
		{"INSERT INTO a VALUES (1)", ",(1)", "", 20000, true},
		{"SELECT a", ",b", " FROM c", 20000, true},
		{"SELECT a FROM b WHERE ", "c = 1 OR ", "c = 2", 20000, true},
	} {
		query := c.before + strings.Repeat(c.part, c.times) + c.after
		if _, _, known := maskSQL("", query); known != c.known {
			t.Errorf("%d times %q is known: %v", c.times, c.part, known)
		}
		tokens, _ := sqlTokens("", query)
		q := sqlQuery{tables: make(map[string]bool), left: lookAhead * len(tokens)}
		if q.rewrite(tokens); q.left < -2*len(tokens) {
			t.Errorf("%d times %q: %d of %d tokens too many", c.times, c.part, -q.left, len(tokens))
		}
	}
}

// A parameter with a name ends at the next bracket with an s; without one it is a text.
func TestNamedParameters(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT %(a)s, %(b)s":     "SELECT %s",
		"SELECT %(a)s FROM b %(c": "SELECT %s FROM bc",
	} {
		if got, _, known := maskSQL("", text); got != want || known {
			t.Errorf("%s becomes %s (known: %v), want %s", text, got, known, want)
		}
	}
}
