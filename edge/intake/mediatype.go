package intake

import (
	"errors"
	"net/http"
	"strings"

	"weir/edge"
)

// mediaType is a parsed Content-Type.
type mediaType struct {
	name   string // type and subtype in lower case
	params [][2]string
}

// param returns the value of the first parameter of a name, in whatever case.
func (m mediaType) param(name string) string {
	for _, p := range m.params {
		if strings.EqualFold(p[0], name) {
			return p[1]
		}
	}
	return ""
}

// isJSON reports whether the type is JSON or says that it is written in JSON.
func (m mediaType) isJSON() bool {
	sub, ok := strings.CutPrefix(m.name, "application/")
	return ok && (sub == "json" || strings.HasSuffix(sub, "+json"))
}

var (
	errNoSlash  = errors.New("no slash between type and subtype")
	errToken    = errors.New("a character that must not be there")
	errNoEquals = errors.New("a parameter without a value")
	errNoQuote  = errors.New("a quoted value without its end")
)

// parseMediaType reads `type/subtype; name=value; name="value"`. Blanks may follow a semicolon, nothing else; the subtype may be empty, and
// the value may end with a semicolon.
func parseMediaType(s string) (m mediaType, err error) {
	main, rest := cutToken(s)
	switch {
	case rest == "" || main == "" && rest[0] != '/':
		return m, errNoSlash
	case main == "" || rest[0] != '/':
		return m, errToken
	}
	sub, rest := cutToken(rest[1:])
	m.name = strings.ToLower(main + "/" + sub)
	for rest != "" {
		if rest[0] != ';' {
			return m, errToken
		}
		if rest = strings.TrimLeft(rest[1:], " "); rest == "" {
			break
		}
		var name, value string
		name, rest = cutToken(rest)
		switch {
		case rest == "":
			return m, errNoEquals
		case name == "" || rest[0] != '=':
			return m, errToken
		}
		if rest = rest[1:]; strings.HasPrefix(rest, `"`) {
			end := strings.IndexByte(rest[1:], '"')
			if end < 0 {
				return m, errNoQuote
			}
			value, rest = rest[1:end+1], rest[end+2:]
		} else if value, rest = cutToken(rest); value == "" {
			return m, errToken
		}
		m.params = append(m.params, [2]string{name, value})
	}
	return m, nil
}

// cutToken splits s behind its longest prefix of token characters (RFC 9110, 5.6.2).
func cutToken(s string) (token, rest string) {
	for i := range len(s) {
		c := s[i]
		if !('0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || c < 0x80 && strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0) {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// mediaTypeOf returns the media type of a request that must have one.
func mediaTypeOf(r *http.Request) (mediaType, edge.Reply) {
	m, err := parseMediaType(edge.Header(r, "Content-Type"))
	if err != nil {
		return m, edge.BadRequest("malformed content type: " + err.Error())
	}
	return m, edge.Reply{}
}
