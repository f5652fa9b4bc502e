package intake

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"weir/codecs/jsontext"
	"weir/edge"
)

// jsonError says what is wrong with an event body, in the words that senders know, and how many bytes were read until that was clear.
type jsonError struct {
	msg string
	at  int
}

func (e *jsonError) Error() string { return e.msg }

var quoteText = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// invalidJSON is the answer to an event body that is no valid event (edge 8.2, step 4).
func invalidJSON(b []byte, err error) edge.Reply {
	var fault *jsonError
	var syntax *jsontext.SyntaxError
	switch {
	case errors.As(err, &fault):
	case errors.As(err, &syntax):
		fault = explain(b, syntax)
	default:
		return edge.BadRequest("invalid JSON data", err.Error())
	}
	read := b[:min(fault.at, len(b))]
	line, column := 1+bytes.Count(read, []byte("\n")), len(read)-1-bytes.LastIndexByte(read, '\n')
	return edge.BadRequest(fmt.Sprintf(`invalid JSON data: Error("%s", line: %d, column: %d)`, quoteText.Replace(fault.msg), line, column),
		fmt.Sprintf("%s at line %d column %d", fault.msg, line, column))
}

// explain words an error of the JSON reader.
func explain(b []byte, e *jsontext.SyntaxError) *jsonError {
	i := e.Offset
	if i >= len(b) {
		return &jsonError{"EOF while parsing " + unfinished(b), len(b)}
	}
	before := bytes.TrimRight(b[:i], " \t\r\n")
	switch e.Msg {
	case "expected a value":
		for _, word := range []string{"true", "false", "null"} {
			if b[i] != word[0] {
				continue
			}
			n := 0
			for n < len(word) && i+n < len(b) && b[i+n] == word[n] {
				n++
			}
			if i+n == len(b) {
				return &jsonError{"EOF while parsing a value", len(b)}
			}
			return &jsonError{"expected ident", i + n + 1}
		}
		return &jsonError{"expected value", i + 1}
	case "expected a member name":
		if b[i] == '}' && bytes.HasSuffix(before, []byte(",")) {
			return &jsonError{"trailing comma", i + 1}
		}
		return &jsonError{"key must be a string", i + 1}
	case "expected a colon":
		return &jsonError{"expected `:`", i + 1}
	case "expected a comma":
		switch {
		case b[i] >= '0' && b[i] <= '9' && b[i-1] == '0':
			return &jsonError{"invalid number", i + 1}
		case unfinished(b[:i]) == "a list":
			return &jsonError{"expected `,` or `]`", i + 1}
		}
		return &jsonError{"expected `,` or `}`", i + 1}
	case "control character in string":
		return &jsonError{`control character (\u0000-\u001F) found while parsing a string`, i}
	case "invalid escape":
		return &jsonError{"invalid escape", i + 2}
	}
	return &jsonError{e.Msg, i + 1}
}

// unfinished names what is open at the end of b.
func unfinished(b []byte) string {
	var open []byte
	last := byte(0)
	for i := 0; i < len(b); i++ {
		switch c := b[i]; c {
		case '"':
			end := endOfString(b, i)
			if end == len(b) && !closed(b[i:]) {
				return "a string"
			}
			i, last = end-1, c
		case '{', '[':
			open, last = append(open, c), c
		case '}', ']':
			open, last = open[:max(len(open)-1, 0)], c
		case ' ', '\t', '\r', '\n':
		default:
			last = c
		}
	}
	switch {
	case len(open) == 0 || last == ':' || last == ',':
		return "a value"
	case open[len(open)-1] == '[':
		return "a list"
	}
	return "an object"
}

// closed reports whether a string literal that reaches to the end of s has its closing quote.
func closed(s []byte) bool {
	if len(s) < 2 || s[len(s)-1] != '"' {
		return false
	}
	n := len(s) - 1
	for n > 0 && s[n-1] == '\\' {
		n--
	}
	return (len(s)-1-n)%2 == 0
}
