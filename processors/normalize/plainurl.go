package normalize

import "strings"

// plainURL finds the parts of a web address that is in canonical form already, as most are: http or https, a lower-case name that is no number, perhaps
// a port, and a path without dot segments and escapes. path is what stands before the first ? or #, rest is the text from there on, of printable
// ASCII. ok is false for all others, which parseURL reads.
func plainURL(s string) (before, path, rest string, ok bool) {
	port := "80"
	at := len("http://")
	switch {
	case strings.HasPrefix(s, "http://"):
	case strings.HasPrefix(s, "https://"):
		port = "443"
		at = len("https://")
	default:
		return "", "", "", false
	}
	label := at // start of the label of the host that is being read
	for ; at < len(s); at++ {
		c := s[at]
		if c == '.' && at > label {
			label = at + 1
			continue
		}
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-') {
			break
		}
	}
	if at == label || at == len(s) || s[label] < 'a' || s[label] > 'z' || strings.Contains(s[:at], "xn--") {
		return "", "", "", false
	}
	if s[at] == ':' {
		from := at + 1
		for at = from; at < len(s) && s[at] >= '0' && s[at] <= '9'; at++ {
		}
		if n := at - from; n == 0 || n > 4 || s[from] == '0' || s[from:at] == port {
			if n != 5 || s[from] > '5' || s[from] == '0' { // 60000 and more may be too many
				return "", "", "", false
			}
		}
	}
	if at == len(s) || s[at] != '/' {
		return "", "", "", false
	}
	from := at
	for ; at < len(s) && s[at] != '?' && s[at] != '#'; at++ {
		c := s[at]
		if !plainPath[c] || c == '.' && s[at-1] == '/' {
			return "", "", "", false
		}
	}
	for i := at; i < len(s); i++ {
		if s[i] <= 0x20 || s[i] > 0x7e {
			return "", "", "", false
		}
	}
	return s[:from], s[from:at], s[at:], true
}

// plainPath are the characters that a path keeps as they are and that mean nothing special there.
var plainPath = func() (set [256]bool) {
	for c := range set {
		set[c] = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
	}
	for _, c := range "-._~!$&()*+,;=:@/" {
		set[c] = true
	}
	return set
}()
