package intake

import (
	"iter"
	"net/http"
	"strings"

	"weir/edge"
)

// formFields yields the decoded names and values of a form-urlencoded text. Decoding never fails: a bad escape stays
// literal, bytes that are no UTF-8 become U+FFFD (edge 3.2).
func formFields(text string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for pair := range strings.SplitSeq(text, "&") {
			name, value, _ := strings.Cut(pair, "=")
			if pair != "" && !yield(formDecode(name), formDecode(value)) {
				return
			}
		}
	}
}

// queryValue returns the value of a field that must not come twice (edge 9.1).
func queryValue(query, name string) (value string, ok bool, problem edge.Reply) {
	for n, v := range formFields(query) {
		if n != name {
			continue
		}
		if ok {
			return "", false, badQuery("duplicate field `" + name + "`")
		}
		value, ok = v, true
	}
	return value, ok, edge.Reply{}
}

func badQuery(what string) edge.Reply {
	return edge.Text(http.StatusBadRequest, "Failed to deserialize query string: "+what)
}

func formDecode(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '+':
			b = append(b, ' ')
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			b = append(b, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
		default:
			b = append(b, c)
		}
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}
