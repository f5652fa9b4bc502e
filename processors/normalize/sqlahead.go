package normalize

// lookAhead is how many tokens may be looked at ahead for each one of a query. Brackets, which are at most 50 deep, may be looked at twice each; a text
// that needs more is no query, so that none takes more than linear time.
const lookAhead = 2*maxBrackets + 28

// bracket returns the number of tokens of the bracket that t starts with, 0 if it does not start with one.
func (q *sqlQuery) bracket(t []sqlToken) int {
	if len(t) == 0 || !t[0].is("(") {
		return 0
	}
	depth := 0
	for i, tok := range t {
		q.left--
		if tok.is("(") {
			depth++
		} else if tok.is(")") {
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

func onlyLiterals(t []sqlToken) bool {
	for i, tok := range t {
		plain := tok.kind == sqlLiteral || tok.identifier() && !(i+1 < len(t) && t[i+1].is("("))
		if !plain && !tok.is(",") && !tok.is("(") && !tok.is(")") && !tok.is("-") && !tok.is(".") && !tok.is("NULL") {
			return false
		}
	}
	return true
}

// atDepth returns the position of a word that stands in no bracket, -1 if there is none.
func (q *sqlQuery) atDepth(t []sqlToken, word string) int {
	depth := 0
	for i, tok := range t {
		q.left--
		switch {
		case tok.is("("):
			depth++
		case tok.is(")"):
			if depth--; depth < 0 {
				return -1
			}
		case depth > 0:
		case tok.is(word):
			return i
		case tok.is(";"):
			return -1
		}
	}
	return -1
}

// endOfCase returns the position of the END of a CASE, -1 if there is none.
func (q *sqlQuery) endOfCase(t []sqlToken) int {
	depth := 0
	for i, tok := range t {
		q.left--
		if tok.is("CASE") {
			depth++
		} else if tok.is("END") {
			if depth == 0 {
				return i
			}
			depth--
		}
	}
	return -1
}
