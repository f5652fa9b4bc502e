package normalize

import (
	"maps"
	"slices"
	"strings"

	"weir/codecs/event"
)

// dbDescription masks a query; its tables are the domain (11.10).
func dbDescription(system, text string, data lookup) (d description) {
	if system == "clickhouse" || data("sentry.origin").Text() == "auto.db.active_record" {
		return d
	}
	if system == "mongodb" {
		d.text = maskJSON(text)
		d.ok = d.text != ""
		d.action = data.text("db.operation", "db.operation.name")
		d.domain = data.text("db.mongodb.collection", "db.collection.name")
		return d
	}
	query, tables := maskSQL(text)
	d = masked(query)
	word, _, _ := strings.Cut(query, " ")
	switch word = strings.ToUpper(word); word {
	case "SELECT", "INSERT", "UPDATE", "DELETE", "SET", "BEGIN", "COMMIT", "ROLLBACK", "CREATE", "DROP", "ALTER", "TRUNCATE", "WITH", "SAVEPOINT", "RELEASE", "MERGE", "REPLACE", "EXPLAIN", "PRAGMA":
		d.action = word
	default:
		if query == text && text != "" { // no query that is known
			return description{}
		}
	}
	if len(tables) > 0 {
		d.domain = "," + strings.Join(tables, ",") + ","
	}
	return d
}

// maskJSON replaces the values of a JSON query by placeholders.
func maskJSON(text string) string {
	d := event.New()
	defer d.Release()
	v, err := d.ParseText(text)
	if err != nil {
		return ""
	}
	maskValues(v)
	return string(v.AppendTo(nil))
}

func maskValues(v *event.Value) {
	switch v.Kind() {
	case event.Object:
		for _, m := range v.Members() {
			maskValues(m.Value)
		}
	case event.Array:
		if v.Len() > 0 {
			v.Truncate(1)
			maskValues(v.Index(0))
		}
	case event.String, event.Number:
		v.SetString("?")
	}
}

// tableWords stand before the name of a table.
var tableWords = map[string]bool{"FROM": true, "JOIN": true, "INTO": true, "UPDATE": true, "TABLE": true}

// maskSQL replaces literals and parameters by %s, lists of them by one, quotes of names by nothing and white space by one
// space. The tables come sorted.
func maskSQL(s string) (masked string, tables []string) {
	var out []string
	found := make(map[string]bool)
	previous := ""
	tokens := sqlTokens(s)
	for i, tok := range tokens {
		if tok == "%s" && len(out) >= 2 && out[len(out)-1] == "," && out[len(out)-2] == "%s" {
			out = out[:len(out)-1] // one placeholder for a list of them
			continue
		}
		if tableWords[previous] && isName(tok) && !(i+1 < len(tokens) && tokens[i+1] == "(" && previous != "INTO") {
			found[strings.ToLower(tok[strings.LastIndexByte(tok, '.')+1:])] = true
		}
		previous = strings.ToUpper(tok)
		out = append(out, tok)
	}
	return joinSQL(out), slices.Sorted(maps.Keys(found))
}

func isName(tok string) bool {
	c := tok[0]
	return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// joinSQL puts single spaces between tokens, none around brackets, commas and semicolons.
func joinSQL(tokens []string) string {
	var b strings.Builder
	for i, tok := range tokens {
		if i > 0 {
			before := tokens[i-1]
			tight := tok == "," || tok == ")" || tok == ";" || before == "(" || tok == "(" && isName(before) && !sqlSpaced[strings.ToUpper(before)]
			if !tight {
				b.WriteByte(' ')
			}
		}
		b.WriteString(tok)
	}
	return b.String()
}

// sqlSpaced are words after which a bracket stands apart.
var sqlSpaced = map[string]bool{"IN": true, "VALUES": true, "AND": true, "OR": true, "WHERE": true, "AS": true, "FROM": true, "ON": true, "NOT": true, "SELECT": true, "EXISTS": true, "UNION": true}

// sqlTokens splits a query; literals and parameters become %s, names lose their quotes, comments vanish.
func sqlTokens(s string) (tokens []string) {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c <= ' ':
			i++
		case c == '\'':
			i = endOfQuote(s, i)
			tokens = append(tokens, "%s")
		case c == '"' || c == '`' || c == '[' && i+1 < len(s) && isName(s[i+1:i+2]):
			end := endOfQuote(s, i)
			name := strings.Trim(s[i:end], "\"`[]")
			i = end
			if n := len(tokens); n > 0 && strings.HasSuffix(tokens[n-1], ".") {
				tokens[n-1] += name
			} else if name != "" {
				tokens = append(tokens, name)
			}
		case strings.HasPrefix(s[i:], "--"):
			for i < len(s) && s[i] != '\n' {
				i++
			}
		case strings.HasPrefix(s[i:], "/*"):
			if end := strings.Index(s[i+2:], "*/"); end >= 0 {
				i += end + 4
			} else {
				i = len(s)
			}
		case c >= '0' && c <= '9':
			for i < len(s) && (sqlWord(s[i]) || s[i] == '.') {
				i++
			}
			tokens = append(tokens, "%s")
		case c == '?' || (c == '$' || c == ':' || c == '@' || c == '%') && i+1 < len(s) && sqlWord(s[i+1]):
			for i++; i < len(s) && sqlWord(s[i]); i++ {
			}
			tokens = append(tokens, "%s")
		case sqlWord(c):
			from := i
			for i < len(s) && (sqlWord(s[i]) || s[i] == '.') {
				i++
			}
			word := s[from:i]
			switch strings.ToUpper(word) {
			case "TRUE", "FALSE":
				word = "%s"
			}
			tokens = append(tokens, word)
		case c == '.' && len(tokens) > 0:
			tokens[len(tokens)-1] += "."
			i++
		default:
			from := i
			for i++; i < len(s) && strings.IndexByte("<>=!|&:", s[i]) >= 0 && strings.IndexByte("<>=!|&:", c) >= 0; i++ {
			}
			tokens = append(tokens, s[from:i])
		}
	}
	return tokens
}

func sqlWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
}

// endOfQuote returns the index behind the quoted text that starts at i; doubled quotes and backslashes do not end it.
func endOfQuote(s string, i int) int {
	quote := s[i]
	if quote == '[' {
		quote = ']'
	}
	for i++; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case s[i] == quote && i+1 < len(s) && s[i+1] == quote:
			i++
		case s[i] == quote:
			return i + 1
		}
	}
	return len(s)
}
