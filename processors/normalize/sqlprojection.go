package normalize

import "strings"

// projection takes what is selected: without the names that it gets, and runs of columns and literals as two dots.
func (q *sqlQuery) projection(t []sqlToken) []sqlToken {
	for len(t) > 0 && (t[0].is("DISTINCT") || t[0].is("ALL")) {
		q.put(t[0])
		t = t[1:]
		if n := q.bracket(t[min(1, len(t)):]); n > 0 && t[0].is("ON") {
			q.rewrite(t[:1+n])
			t = t[1+n:]
		}
	}
	if len(t) > 1 && strings.EqualFold(t[0].text, "TOP") && t[1].kind == sqlLiteral {
		q.put(sqlToken{text: "TOP", kind: sqlKey})
		q.put(t[1])
		t = t[2:]
	}
	end, starts := 0, []int{0}
	depth := 0
items:
	for ; end < len(t); end++ {
		switch tok := t[end]; {
		case tok.is("("):
			depth++
		case tok.is(")"):
			if depth--; depth < 0 {
				break items
			}
		case depth > 0:
		case tok.is(","):
			starts = append(starts, end+1)
		case tok.is("FROM"), tok.is("UNION"), tok.is("WHERE"), tok.is("LIMIT"), tok.is("INTO"), tok.is(";"):
			break items
		}
	}
	q.left -= end
	collapse := q.depth == 0 && q.verb != "INSERT" && q.verb != "REPLACE" && q.atDepth(t, "UNION") < 0
	run, any := 0, false
	var single []sqlToken
	flush := func() {
		if run == 0 {
			return
		}
		if any {
			q.put(sqlToken{text: ","})
		}
		if run > 1 {
			q.word("..")
		} else {
			q.rewrite(single)
		}
		run, any = 0, true
	}
	for i, from := range starts {
		to := end
		if i+1 < len(starts) {
			to = starts[i+1] - 1
		}
		item := withoutAlias(t[from:max(from, to)])
		if collapse && isSimple(item) {
			run, single = run+1, item
			continue
		}
		flush()
		if any {
			q.put(sqlToken{text: ","})
		}
		q.rewrite(item)
		any = true
	}
	flush()
	return t[end:]
}

// withoutAlias cuts the name that a selected expression gets.
func withoutAlias(item []sqlToken) []sqlToken {
	if n := len(item); n > 2 && item[n-2].is("AS") {
		return item[:n-2]
	} else if n > 1 && item[n-1].identifier() && (item[n-2].identifier() || item[n-2].kind == sqlLiteral || item[n-2].is(")")) {
		return item[:n-1]
	}
	return item
}

// isSimple reports whether an expression is a column or a literal.
func isSimple(item []sqlToken) bool {
	if len(item) == 2 && item[0].is("-") {
		item = item[1:]
	}
	if len(item) == 1 {
		return item[0].identifier() || item[0].kind == sqlLiteral || item[0].is("NULL")
	}
	for i, tok := range item {
		if i%2 == 0 && !tok.identifier() || i%2 == 1 && !tok.is(".") {
			return false
		}
	}
	return len(item)%2 == 1
}
