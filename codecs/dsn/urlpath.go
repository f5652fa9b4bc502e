package dsn

import "strings"

// normalRest normalises path, query and fragment of a web address.
func normalRest(rest string) string {
	if isNormal(rest) {
		return rest
	}
	rest, fragment, hasFragment := strings.Cut(rest, "#")
	path, query, hasQuery := strings.Cut(rest, "?")
	out := normalPath(path)
	if hasQuery {
		out += "?" + percentEncode(query, "'\"<>")
	}
	if hasFragment {
		out += "#" + percentEncode(fragment, "\"<>`")
	}
	return out
}

// isNormal reports whether rest is a path that needs no change, as nearly all are.
func isNormal(rest string) bool {
	if rest == "" || rest[0] != '/' {
		return false
	}
	for i := range len(rest) {
		c := rest[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '/', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}

// normalPath removes dot segments and encodes what paths must not hold.
func normalPath(path string) string {
	path = strings.TrimPrefix(strings.ReplaceAll(path, `\`, "/"), "/")
	if path == "" {
		return "/"
	}
	segments := strings.Split(path, "/")
	kept := make([]string, 0, len(segments))
	for i, s := range segments {
		last := i == len(segments)-1
		switch strings.ReplaceAll(strings.ToLower(s), "%2e", ".") {
		case ".":
			if last {
				kept = append(kept, "")
			}
		case "..":
			if len(kept) > 0 {
				kept = kept[:len(kept)-1]
			}
			if last {
				kept = append(kept, "")
			}
		default:
			kept = append(kept, percentEncode(s, "\"<>`{}?#^"))
		}
	}
	return "/" + strings.Join(kept, "/")
}

const upperHex = "0123456789ABCDEF"

// percentEncode encodes controls, blanks, non-ASCII bytes and the bytes of set.
func percentEncode(s, set string) string {
	var b []byte
	for i := range len(s) {
		c := s[i]
		if c > ' ' && c < 0x7F && strings.IndexByte(set, c) < 0 {
			if b != nil {
				b = append(b, c)
			}
			continue
		}
		if b == nil {
			b = append(make([]byte, 0, len(s)+16), s[:i]...)
		}
		b = append(b, '%', upperHex[c>>4], upperHex[c&15])
	}
	if b == nil {
		return s
	}
	return string(b)
}

// percentDecode decodes %XX; what is none stays.
func percentDecode(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			high := strings.IndexByte(upperHex, upper(s[i+1]))
			low := strings.IndexByte(upperHex, upper(s[i+2]))
			if high >= 0 && low >= 0 {
				b = append(b, byte(high<<4|low))
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		c -= 'a' - 'A'
	}
	return c
}
