package normalize

import (
	"strings"
	"unicode/utf8"
)

// sqlKind is what a token of a query is.
type sqlKind uint8

const (
	sqlMark    sqlKind = iota // an operator, a bracket, a comma
	sqlWord                   // a name without quotes or a key word
	sqlKey                    // a key word
	sqlName                   // a name in quotes
	sqlLiteral                // a literal or a parameter: %s
)

type sqlToken struct {
	text string
	kind sqlKind
	sent string // of key words: as it was sent
	from int    // its place in the query
}

func (t sqlToken) is(text string) bool { return t.kind <= sqlKey && t.text == text }

func (t sqlToken) identifier() bool { return t.kind == sqlWord || t.kind == sqlName }

const sqlPlaceholder = "%s"

// sqlKeys are the words that are written in upper case.
var sqlKeys = wordSet(`SELECT FROM WHERE AND OR NOT IN IS NULL LIKE ILIKE BETWEEN EXISTS CASE WHEN THEN ELSE END AS ON USING JOIN INNER LEFT RIGHT FULL OUTER CROSS NATURAL LATERAL
	GROUP BY HAVING ORDER ASC DESC NULLS LIMIT OFFSET FETCH UNION ALL INTERSECT EXCEPT DISTINCT INSERT INTO VALUES DEFAULT RETURNING CONFLICT UPDATE SET DELETE BEGIN COMMIT ROLLBACK
	SAVEPOINT RELEASE TRANSACTION START WITH RECURSIVE FOR OVER PARTITION ESCAPE ANY ARRAY INTERVAL CREATE TABLE DROP ALTER TRUNCATE EXPLAIN ANALYZE MERGE REPLACE MATCHED DUPLICATE
	SHOW USE CAST IF TO DO NOTHING TRUE FALSE VACUUM GRANT CLOSE DECLARE CURSOR COPY EXECUTE`)

func wordSet(words string) map[string]bool {
	set := make(map[string]bool)
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// sqlTokens splits a query; comments vanish, literals and parameters become placeholders. whole is false when the query cannot be one: a
// text, a CASE or a bracket that does not end, an ellipsis, a parameter of Python with a name, brackets too deep.
func sqlTokens(system, s string) (tokens []sqlToken, whole bool) {
	whole = true
	depth, cases, named := 0, 0, strings.LastIndex(s, ")s")
	add := func(text string, kind sqlKind) { tokens = append(tokens, sqlToken{text: text, kind: kind}) }
	literal := func() { add(sqlPlaceholder, sqlLiteral) }
	last := func() sqlToken {
		if len(tokens) == 0 {
			return sqlToken{}
		}
		return tokens[len(tokens)-1]
	}
	for i := 0; i < len(s); {
		c, from, known := s[i], i, len(tokens)
		switch {
		case c <= ' ':
			i++
		case strings.HasPrefix(s[i:], "--"):
			for i < len(s) && s[i] != '\n' {
				i++
			}
		case strings.HasPrefix(s[i:], "/*"):
			end := strings.Index(s[i+2:], "*/")
			if end < 0 {
				return tokens, false
			}
			i += end + 4
		case c == '\'', c == '"', c == '`', c == '[' && (system == "sqlite" || system == "mssql"):
			end, closed := endOfQuote(s, i)
			whole = whole && closed
			quoted := strings.Trim(s[i:end], "\"`[]")
			i = end
			if c == '\'' || c == '"' && system == "mysql" && !tableWords[last().text] {
				literal()
			} else if quoted != "" {
				add(quoted, sqlName)
			}
		case c >= '0' && c <= '9':
			for i < len(s) && (isWordByte(s[i]) || s[i] == '.') {
				i++
			}
			if strings.EqualFold(last().text, "TOP") { // how many is kept
				add(s[from:i], sqlLiteral)
			} else {
				literal()
			}
		case strings.HasPrefix(s[i:], "..."):
			add("...", sqlWord)
			whole = false
			i += 3
		case strings.HasPrefix(s[i:], "%("):
			whole = false
			if i > named { // what lies before the last one has an end
				i += 2
			} else {
				literal()
				i += strings.Index(s[i:], ")s") + 2
			}
		case c == '?', c == '$' && system != "mysql", c == '@' && system == "sqlite" && i+1 < len(s) && isWordByte(s[i+1]), c == ':' && i+1 < len(s) && isWordByte(s[i+1]), c == '%' && i+1 < len(s) && isWordByte(s[i+1]):
			for i++; i < len(s) && isWordByte(s[i]); i++ {
			}
			literal()
		case isWordByte(c) || c == '$' || c == '@' && i+1 < len(s) && isWordByte(s[i+1]):
			for i++; i < len(s) && isWordByte(s[i]); i++ {
			}
			word := s[from:i]
			if i < len(s) && s[i] == '\'' && len(word) == 1 { // a prefix of a literal
				continue
			}
			if upper := strings.ToUpper(word); upper == "TRUE" || upper == "FALSE" {
				literal()
			} else if sqlKeys[upper] && !(i < len(s) && s[i] == '.') && !last().is(".") {
				tokens = append(tokens, sqlToken{text: upper, kind: sqlKey, sent: word})
				if upper == "CASE" {
					cases++
				} else if upper == "END" {
					cases--
				}
			} else {
				add(word, sqlWord)
			}
		default:
			_, size := utf8.DecodeRuneInString(s[i:])
			for i += size; i < len(s) && strings.IndexByte(sqlOperators, s[i]) >= 0 && strings.IndexByte(sqlOperators, c) >= 0; i++ {
			}
			switch mark := s[from:i]; mark {
			case "(":
				depth++
				whole = whole && depth <= maxBrackets
				add(mark, sqlMark)
			case ")":
				depth--
				whole = whole && depth >= 0
				add(mark, sqlMark)
			case "!=":
				add("<>", sqlMark)
			default:
				add(mark, sqlMark)
			}
		}
		for ; known < len(tokens); known++ {
			tokens[known].from = from
		}
	}
	return tokens, whole && depth == 0 && cases == 0
}

// maxBrackets is the depth of brackets that a query may have.
const maxBrackets = 50

const sqlOperators = "<>=!|&:@-#~^"

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= utf8.RuneSelf
}

// endOfQuote returns the index behind the quoted text that starts at i, and whether it ends; doubled quotes and backslashes do not end it.
func endOfQuote(s string, i int) (end int, closed bool) {
	quote := s[i]
	if quote == '[' {
		quote = ']'
	}
	for i++; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quote != ']':
			i++
		case s[i] == quote && i+1 < len(s) && s[i+1] == quote && quote != ']':
			i++
		case s[i] == quote:
			return i + 1, true
		}
	}
	return len(s), false
}

// joinSQL puts single spaces between tokens, none around brackets, commas, dots and semicolons.
func joinSQL(tokens []sqlToken) string {
	var b strings.Builder
	for i, tok := range tokens {
		if i > 0 && !sqlTight(tokens, i) {
			b.WriteByte(' ')
		}
		b.WriteString(tok.text)
	}
	return b.String()
}

// sqlTight reports whether no space stands before token i.
func sqlTight(tokens []sqlToken, i int) bool {
	tok, before := tokens[i], tokens[i-1]
	if tok.kind != sqlMark {
		return before.is("(") || before.is(".") || before.is("[")
	}
	switch tok.text {
	case ",", ")", ";", ".", "]":
		return true
	case "[":
		return before.kind != sqlKey || before.text == "ARRAY"
	case "(":
		switch {
		case before.identifier(), before.is("("):
			return true
		case before.kind == sqlKey:
			switch before.text {
			case "USING", "CONFLICT", "ANY", "CAST", "LEFT", "RIGHT", "REPLACE", "IF", "ARRAY":
				return true
			case "VALUES":
				return i > 1 && tokens[i-2].is("=")
			}
		}
	}
	return before.is("(") || before.is(".")
}
