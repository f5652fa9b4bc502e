package normalize

import "strings"

// tableWords stand before the name of a table.
var tableWords = map[string]bool{"FROM": true, "JOIN": true, "INTO": true, "UPDATE": true, "DELETE": true, "TABLE": true, "ANALYZE": true, "TRUNCATE": true}

// sqlQuery writes the tokens of a query anew.
type sqlQuery struct {
	out    []sqlToken
	tables map[string]bool
	depth  int
	inner  []bool // for each bracket around: no query stands in it
	verb   string // of the statement
	list   bool   // in a list of tables
	left   int    // how many tokens may still be looked at ahead
}

func (q *sqlQuery) put(tok sqlToken) { q.out = append(q.out, tok) }

func (q *sqlQuery) last() sqlToken {
	if len(q.out) == 0 {
		return sqlToken{}
	}
	return q.out[len(q.out)-1]
}

// word emits a text that stands apart on both sides.
func (q *sqlQuery) word(text string) { q.put(sqlToken{text: text, kind: sqlKey}) }

// rewrite goes through the tokens; every case takes at least one. It ends early when nothing is left to look ahead.
func (q *sqlQuery) rewrite(t []sqlToken) {
	for len(t) > 0 && q.left >= 0 {
		switch tok := t[0]; {
		case tok.is("("):
			t = t[1:]
			q.enter(len(t) > 0 && (t[0].is("SELECT") || t[0].is("WITH") || t[0].is("(")))
			q.put(tok)
		case tok.is(")"):
			q.leave()
			q.put(tok)
			t = t[1:]
		case tok.is("::"): // a cast: the type says nothing
			t = t[1:]
			if len(t) > 0 && t[0].kind != sqlMark {
				t = t[1:]
			}
			for len(t) > 1 && t[0].is("[") && t[1].is("]") {
				t = t[2:]
			}
		case tok.is("-") && len(t) > 1 && t[1].kind == sqlLiteral && !q.last().identifier() && q.last().kind != sqlLiteral && !q.last().is(")"):
			t = t[1:]
		case tok.kind == sqlKey:
			t = q.key(t)
		case tok.identifier():
			t = q.name(t)
		default:
			q.put(tok)
			t = t[1:]
		}
	}
}

// enter notes a bracket, with or without a query in it.
func (q *sqlQuery) enter(query bool) {
	q.depth++
	q.inner = append(q.inner, !query)
}

func (q *sqlQuery) leave() {
	if n := len(q.inner) - 1; n >= 0 {
		q.depth--
		q.inner = q.inner[:n]
	}
}

// key takes a key word and what belongs to it.
func (q *sqlQuery) key(t []sqlToken) []sqlToken {
	tok, rest := t[0], t[1:]
	if len(q.out) == 0 || q.last().is(";") {
		q.verb = tok.text
	}
	switch tok.text {
	case "FROM":
		q.list = true
	case "WHERE", "JOIN", "GROUP", "ORDER", "LIMIT", "SET", "ON", "HAVING", "SELECT", "VALUES", "UNION":
		q.list = false
	}
	switch tok.text {
	case "SELECT":
		q.put(tok)
		return q.projection(rest)
	case "CASE":
		if n := q.endOfCase(rest); n >= 0 {
			q.word("CASE WHEN .. THEN .. END")
			return rest[n+1:]
		}
	case "NULL":
		if !q.last().is("IS") && !q.last().is("NOT") {
			q.put(sqlToken{text: sqlPlaceholder, kind: sqlLiteral})
			return rest
		}
	case "IN":
		q.put(tok)
		if n := q.bracket(rest); n > 0 && onlyLiterals(rest[1:n-1]) {
			q.put(sqlToken{text: "("})
			q.put(sqlToken{text: sqlPlaceholder, kind: sqlLiteral})
			q.put(sqlToken{text: ")"})
			return rest[n:]
		}
		return rest
	case "CAST":
		if n := q.bracket(rest); n > 0 {
			inner := rest[1 : n-1]
			if at := q.atDepth(inner, "AS"); at >= 0 {
				q.rewrite(inner[:at])
				return rest[n:]
			}
		}
	case "INTO":
		q.put(tok)
		if q.verb == "INSERT" || q.verb == "REPLACE" {
			return q.insert(rest)
		}
		return rest
	case "VALUES":
		if n := q.bracket(rest); n > 0 && !q.last().is("=") {
			q.put(tok)
			q.word("(%s)")
			for rest = rest[n:]; len(rest) > 1 && rest[0].is(",") && q.bracket(rest[1:]) > 0; {
				rest = rest[1+q.bracket(rest[1:]):]
			}
			return rest
		}
	case "SET":
		q.put(tok)
		if q.verb == "UPDATE" {
			q.verb = "" // what is set is looked at once
			return q.assignments(rest)
		}
		if q.verb == "SET" && len(rest) > 2 && rest[1].is("TO") {
			q.put(rest[0])
			q.put(sqlToken{text: "="})
			return rest[2:]
		}
		return rest
	case "SAVEPOINT", "CLOSE", "DECLARE":
		q.put(tok)
		if len(rest) > 0 && rest[0].identifier() {
			q.put(sqlToken{text: sqlPlaceholder, kind: sqlLiteral})
			return rest[1:]
		}
		return rest
	}
	q.put(tok)
	return rest
}

// name takes a name with what it belongs to, and notes it when it is a table.
func (q *sqlQuery) name(t []sqlToken) []sqlToken {
	n := 1
	for n+1 < len(t) && t[n].is(".") && (t[n+1].kind != sqlMark || t[n+1].is("*")) {
		n += 2
	}
	last, rest := t[n-1], t[n:]
	called := len(rest) > 0 && rest[0].is("(")
	before := q.last()
	table := before.kind == sqlKey && tableWords[before.text] && !q.isLock() && !(before.text == "FROM" && len(q.inner) > 0 && q.inner[len(q.inner)-1]) || before.is(",") && q.list && q.depth == 0 ||
		before.is("USING") && !called || before.is("ON") && q.verb == "CREATE" || before.is("EXISTS") && q.verb != "DROP"
	if called && !table {
		for _, tok := range t[:n] {
			q.put(tok)
		}
		return rest
	}
	if last.identifier() {
		last.text = maskName(last.text)
	}
	if table && q.verb == "FETCH" {
		last = sqlToken{text: sqlPlaceholder, kind: sqlLiteral}
	} else if table && q.verb != "DROP" && last.identifier() {
		q.tables[strings.ToLower(last.text)] = true
	}
	q.put(last)
	return rest
}

// isLock reports whether the last words are FOR UPDATE or KEY UPDATE.
func (q *sqlQuery) isLock() bool {
	n := len(q.out)
	return n > 1 && q.out[n-1].is("UPDATE") && (q.out[n-2].is("FOR") || strings.EqualFold(q.out[n-2].text, "KEY"))
}

// insert takes the table of an insertion and its columns.
func (q *sqlQuery) insert(t []sqlToken) []sqlToken {
	if len(t) == 0 || !t[0].identifier() {
		return t
	}
	t = q.name(t)
	q.word("(..)")
	if n := q.bracket(t); n > 0 {
		t = t[n:]
	}
	return t
}

// assignments takes what an update sets: nothing but literals, more than one, are two dots.
func (q *sqlQuery) assignments(t []sqlToken) []sqlToken {
	n, end := 0, 0
	for end < len(t) {
		i := end
		for i+2 < len(t) && t[i].identifier() && t[i+1].is(".") {
			i += 2
		}
		if i+2 >= len(t) || !t[i].identifier() || !t[i+1].is("=") {
			return t
		}
		if i += 2; t[i].is("-") && i+1 < len(t) {
			i++
		}
		if t[i].kind != sqlLiteral && !t[i].is("NULL") {
			return t
		}
		n++
		if end = i + 1; end < len(t) && t[end].is(",") {
			end++
			continue
		}
		break
	}
	if n < 2 || end < len(t) && t[end].kind != sqlKey && !t[end].is(";") {
		return t
	}
	q.word("..")
	return t[end:]
}
