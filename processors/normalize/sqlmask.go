package normalize

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// sqlStatements are the words that a query can start with.
var sqlStatements = wordSet(`SELECT INSERT UPDATE DELETE WITH BEGIN COMMIT ROLLBACK SAVEPOINT RELEASE START SHOW SET USE EXPLAIN CREATE DROP ALTER TRUNCATE VACUUM ANALYZE GRANT
	FETCH CLOSE DECLARE MERGE REPLACE EXECUTE`)

// maskSQL writes a query without what differs from call to call: literals and parameters are %s, names stand without quotes and without what
// they belong to, long lists are two dots. The tables come sorted. A text that is no query keeps its words; known is false then.
func maskSQL(system, s string) (masked string, tables []string, known bool) {
	tokens, whole := sqlTokens(system, s)
	for len(tokens) > 0 && tokens[len(tokens)-1].is(";") {
		tokens = tokens[:len(tokens)-1]
	}
	if len(tokens) > 0 && strings.EqualFold(tokens[0].text, "exec") && tokens[0].kind == sqlWord {
		tokens[0] = sqlToken{text: "EXECUTE", kind: sqlKey, sent: "EXECUTE"}
	}
	if !whole || len(tokens) == 0 || tokens[0].kind != sqlKey || !sqlStatements[tokens[0].text] || endsOpen(tokens) || tokens[0].text == "SET" && len(tokens) < 4 {
		return unread(s, tokens), nil, false
	}
	q := sqlQuery{out: make([]sqlToken, 0, len(tokens)), tables: make(map[string]bool), left: lookAhead * len(tokens)}
	if q.rewrite(tokens); q.left < 0 {
		return unread(s, tokens), nil, false
	}
	return joinSQL(q.out), slices.Sorted(maps.Keys(q.tables)), true
}

// endsOpen reports whether something has to follow the last word.
func endsOpen(tokens []sqlToken) bool {
	switch last := tokens[len(tokens)-1]; last.text {
	case "SELECT", "FROM", "WHERE", "AND", "OR", "SET", "INTO", "JOIN", "ON", "IN", "BY", ",", "=":
		return last.kind <= sqlKey
	}
	return false
}

// unread writes a text that is no whole query as it was sent, but for white space: one placeholder for a list of them, two dots for one of names.
func unread(s string, tokens []sqlToken) string {
	var out []sqlToken
	names := false // behind each other
	for i := 0; i < len(tokens); i++ {
		tok := tokens[i]
		if tok.kind == sqlKey {
			tok.text = tok.sent
		}
		n := len(out)
		list := n >= 2 && out[n-1].is(",")
		switch {
		case tok.kind == sqlLiteral && list && out[n-2].kind == sqlLiteral:
			out = out[:n-1]
			continue
		case tok.identifier() && tok.text != "...":
			from := tok.from
			for i+2 < len(tokens) && tokens[i+1].is(".") && tokens[i+2].identifier() {
				i += 2
				tok = tokens[i]
			}
			tok.from = from
			called := i+1 < len(tokens) && tokens[i+1].is("(")
			if names && list && !called {
				out[n-2].text = ".."
				out = out[:n-1]
				continue
			}
			names = !called
		case !tok.is(","):
			names = false
		}
		out = append(out, tok)
	}
	var b strings.Builder
	for i, tok := range out {
		if i > 0 && tok.from > 0 && s[tok.from-1] <= ' ' {
			b.WriteByte(' ')
		}
		b.WriteString(tok.text)
	}
	return b.String()
}

// queryTable finds the first table of a text that need not be a query.
var queryTable = regexp.MustCompile(`(?i)(?:from|into|update)[\s"'(]+(\w+(?:\.\w+)*)[\s"'(]`)

// firstTable is the first table of a query that was not read, empty if there is none.
func firstTable(text string) string {
	m := queryTable.FindStringSubmatch(text)
	if m == nil || strings.EqualFold(m[1], "select") {
		return ""
	}
	return strings.ToLower(m[1])
}

// queryAction finds what a query does.
var queryAction = regexp.MustCompile(`(?i)\b(?:SELECT|INSERT|DELETE|UPDATE|SET|RELEASE SAVEPOINT|ROLLBACK TO SAVEPOINT|SAVEPOINT)\b`)

// sqlNumbers are parts of names that differ: hexadecimal ids, and numbers of two digits and more.
var sqlNumbers = regexp.MustCompile(`\b[0-9a-fA-F]{8,}\b|[0-9]{2,}`)

// maskName hides the numbers in the name of a table, column or collection.
func maskName(name string) string {
	for i := range len(name) {
		if c := name[i]; c >= '0' && c <= '9' {
			return sqlNumbers.ReplaceAllString(name, "{%s}")
		}
	}
	return name
}
