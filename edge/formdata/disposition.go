package formdata

import "strings"

// disposition reads name and filename of a Content-Disposition. Of a repeated parameter the first one counts; names are case-sensitive, and
// what the disposition is does not matter. A later field replaces an earlier one.
func (p *Part) disposition(s string) {
	p.Name, p.HasName, p.Filename, p.HasFilename = "", false, "", false
	const separators = " \t;,"
	for s = strings.TrimLeft(s, separators); s != ""; s = strings.TrimLeft(s, separators) {
		end := strings.IndexAny(s, separators+"=")
		if end < 0 {
			return
		}
		key := s[:end]
		s = strings.TrimLeft(s[end:], " \t")
		if !strings.HasPrefix(s, "=") {
			continue
		}
		value, rest, ok := cutValue(strings.TrimLeft(s[1:], " \t"))
		s = rest
		switch {
		case !ok:
		case key == "name" && !p.HasName:
			p.Name, p.HasName = value, true
		case key == "filename" && !p.HasFilename:
			p.Filename, p.HasFilename = value, true
		}
	}
}

// cutValue splits a parameter's value off: up to a blank or semicolon, or between quotes, where a backslash protects a quote. It is false
// when a quote does not end.
func cutValue(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		if i := strings.IndexAny(s, " \t;"); i >= 0 {
			return s[:i], s[i:], true
		}
		return s, "", true
	}
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && s[i+1] == '"':
			i++
		case s[i] == '"':
			return strings.ReplaceAll(s[1:i], `\"`, `"`), s[i+1:], true
		}
	}
	return "", "", false
}
