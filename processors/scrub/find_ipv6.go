package scrub

import (
	"strings"
	"unicode/utf8"
)

// findIPv6 tries the alternatives of scrub 3.2 wherever one may begin. All of them are short, and none leaves a choice
// but how many groups stand behind a double colon.
var findIPv6 = &finder{
	func(f *features) bool { return f.has&hasColon != 0 },
	func(s string, from int) (span, int, bool) {
		if from == 0 && !strings.Contains(s, "::") && strings.Count(s, ":") < 7 { // once: later calls would look at the whole rest again
			return span{}, 0, false
		}
		for m := from; m < len(s); {
			width := spaceOrPunct(s, m)
			if width > 0 {
				if end, next := ipv6End(s, m+width); end > 0 {
					return span{m + width, end}, next, true
				}
			}
			if m == 0 {
				if end, next := ipv6End(s, 0); end > 0 {
					return span{0, end}, next, true
				}
			}
			if width == 0 {
				_, width = utf8.DecodeRuneInString(s[m:])
			}
			m += width
		}
		return span{}, 0, false
	},
}

// spaceOrPunct returns the length of the white space or ASCII punctuation at byte i, 0 when there is none.
func spaceOrPunct(s string, i int) int {
	if i < len(s) && s[i] > ' ' && s[i] < 0x7f && !alnumBytes[s[i]] {
		return 1
	}
	return space(s, i)
}

// addressEnd returns end and the end of the match when an address may end at byte end: before white space or punctuation,
// which belongs to the match, or where the text ends.
func addressEnd(s string, end int) (int, int) {
	if end == len(s) {
		return end, end
	}
	if w := spaceOrPunct(s, end); w > 0 {
		return end, end + w
	}
	return 0, 0
}

// group returns the end of one to four hex digits that no further one follows, 0 when there are none.
func group(s string, i int) int {
	end := run(s, i, &hexBytes)
	if n := end - i; n < 1 || n > 4 {
		return 0
	}
	return end
}

// ipv6End returns the end of the address that begins at byte i and the end of the match, zeros when there is none.
func ipv6End(s string, i int) (end, next int) {
	if i >= len(s) || s[i] != ':' && !hexBytes[s[i]] {
		return 0, 0
	}
	n, p := 0, i // groups with a colon behind them
	for n < 7 {
		e := group(s, p)
		if e == 0 || e >= len(s) || s[e] != ':' {
			break
		}
		n, p = n+1, e+1
	}
	double := n > 0 && p < len(s) && s[p] == ':'
	if n == 7 { // 1
		if e := group(s, p); e > 0 {
			if end, next = addressEnd(s, e); end > 0 {
				return end, next
			}
		}
	}
	if double { // 2 to 7
		if end, next = addressEnd(s, p+1); end > 0 {
			return end, next
		}
		if n <= 6 && p+1 < len(s) && s[p+1] == ':' {
			if e := group(s, p+2); e > 0 {
				if end, next = addressEnd(s, e); end > 0 {
					return end, next
				}
			}
		}
		for most := 2; most <= 5; most++ {
			if n <= 7-most {
				if end, next = groupsEnd(s, p+1, most); end > 0 {
					return end, next
				}
			}
		}
	}
	if n == 1 && double { // 8
		if end, next = groupsEnd(s, p, 6); end > 0 {
			return end, next
		}
	}
	if s[i] == ':' { // 9
		if end, next = groupsEnd(s, i+1, 7); end > 0 {
			return end, next
		}
		if i+1 < len(s) && s[i+1] == ':' {
			if end, next = addressEnd(s, i+2); end > 0 {
				return end, next
			}
		}
	}
	if end, next = zonedEnd(s, i); end > 0 { // 10
		return end, next
	}
	if double && n <= 4 { // 11
		return dottedEnd(s, p+1)
	}
	return 0, 0
}

// groupsEnd ends an address behind one to most times colon and group, as many as possible.
func groupsEnd(s string, i, most int) (end, next int) {
	for ; most > 0 && i < len(s) && s[i] == ':'; most-- {
		e := group(s, i+1)
		if e == 0 {
			break
		}
		i = e
		if a, b := addressEnd(s, e); a > 0 {
			end, next = a, b
		}
	}
	return end, next
}

// zonedEnd ends an address of the form fe80:...%zone::1.2.3.4.
func zonedEnd(s string, i int) (end, next int) {
	const prefix = "fe80:"
	if len(s)-i < len(prefix) || !strings.EqualFold(s[i:i+len(prefix)], prefix) {
		return 0, 0
	}
	i += len(prefix)
	for k := 0; k < 4 && i < len(s) && s[i] == ':'; k++ {
		e := group(s, i+1)
		if e == 0 {
			break
		}
		i = e
	}
	if i >= len(s) || s[i] != '%' {
		return 0, 0
	}
	zone := i + 1
	if i = run(s, zone, &alnumBytes); i == zone || !strings.HasPrefix(s[i:], "::") {
		return 0, 0
	}
	i += len("::")
	if len(s)-i < 5 || !strings.EqualFold(s[i:i+4], "ffff") || s[i+4] != ':' {
		return dottedEnd(s, i)
	}
	i += len("ffff:")
	zeros := i
	for zeros < len(s) && s[zeros] == '0' {
		zeros++
	}
	if n := zeros - i; n >= 1 && n <= 4 && zeros < len(s) && s[zeros] == ':' {
		return dottedEnd(s, zeros+1)
	}
	return dottedEnd(s, i)
}

// dottedEnd ends an address with an IPv4 address at byte i.
func dottedEnd(s string, i int) (end, next int) {
	for n := 0; ; n++ {
		from := i
		for isDigit(s, i) {
			i++
		}
		if !isOctet(s[from:i]) {
			return 0, 0
		}
		if n == 3 {
			return addressEnd(s, i)
		}
		if i >= len(s) || s[i] != '.' {
			return 0, 0
		}
		i++
	}
}
