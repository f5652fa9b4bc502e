package scrub

import (
	"strings"
	"sync"
)

// The finders of this file are the patterns that begin with a digit or a letter at a word boundary and leave no choice on
// the way.

// findIPv4 looks for the first dot, which has the first number before it.
var findIPv4 = &finder{
	func(f *features) bool { return f.has&hasDot != 0 && f.digits >= 4 },
	func(s string, from int) (span, int, bool) {
		for p := from; ; p++ {
			n := strings.IndexByte(s[p:], '.')
			if n < 0 {
				return span{}, 0, false
			}
			p += n
			start := p
			for start > from && isDigit(s, start-1) {
				start--
			}
			if start < p && !wordBefore(s, start) {
				if end := ipv4End(s, start); end > 0 {
					return span{start, end}, end, true
				}
			}
		}
	},
}

// ipv4End returns the end of the address that begins at byte i, 0 when there is none.
func ipv4End(s string, i int) int {
	for n := 0; ; n++ {
		from := i
		for isDigit(s, i) {
			i++
		}
		if !isOctet(s[from:i]) {
			return 0
		}
		if n == 3 {
			return endOfWord(s, i)
		}
		if i >= len(s) || s[i] != '.' {
			return 0
		}
		i++
	}
}

func isOctet(s string) bool {
	switch len(s) {
	case 1, 2:
		return true
	case 3:
		return s[0] < '2' || s[0] == '2' && (s[1] < '5' || s[1] == '5' && s[2] < '6')
	}
	return false
}

// endOfWord returns i when no word character begins there, else 0.
func endOfWord(s string, i int) int {
	if i == 0 || wordAt(s, i) {
		return 0
	}
	return i
}

var findCreditCard = atWords(
	func(f *features) bool { return f.digits >= 15 || f.has&hasHigh != 0 && f.digits > 0 },
	func(s string, i int) int {
		if i+2 > len(s) {
			return 0
		}
		rest := 2 // digits of the prefix behind the fixed ones
		switch a, b := s[i], s[i+1]; {
		case a == '3' && (b == '4' || b == '7'):
			i, rest = i+2, 1
		case a == '4':
			i, rest = i+1, 3
		case a == '5' && b >= '1' && b <= '5', a == '6' && b == '5':
			i += 2
		case strings.HasPrefix(s[i:], "6011"):
			i, rest = i+4, 0
		default:
			return 0
		}
		if i = digits(s, i, rest); i == 0 {
			return 0
		}
		for range 12 {
			if n := space(s, i); n > 0 {
				i += n
			} else {
				i = optional(s, i, '-')
			}
			n := digit(s, i)
			if n == 0 {
				return 0
			}
			i += n
		}
		return endOfWord(s, i)
	})

var findIMEI = atWords(
	func(f *features) bool { return f.digits >= 15 || f.has&hasHigh != 0 },
	func(s string, i int) int {
		for _, n := range [...]int{2, 6, 6} {
			if i = digits(s, i, n); i == 0 {
				return 0
			}
			i = optional(s, i, '-')
		}
		if i = digits(s, i, 1); i == 0 {
			return 0
		}
		return endOfWord(s, i+digit(s, i))
	})

var findUSSSN = atWords(
	func(f *features) bool { return f.has&hasDash != 0 && f.digits >= 9 },
	func(s string, i int) int {
		const form = "ddd-dd-dddd"
		if i+len(form) > len(s) {
			return 0
		}
		for k := range len(form) {
			if form[k] == '-' && s[i+k] != '-' || form[k] == 'd' && !isDigit(s, i+k) {
				return 0
			}
		}
		return endOfWord(s, i+len(form))
	})

var findMAC = atWords(
	func(f *features) bool { return f.has&(hasColon|hasDash) != 0 && f.length >= 17 },
	func(s string, i int) int {
		if i+17 > len(s) {
			return 0
		}
		for k := range 17 {
			c := s[i+k]
			if k%3 == 2 && c != ':' && c != '-' || k%3 < 2 && !hexBytes[c] {
				return 0
			}
		}
		return endOfWord(s, i+17)
	})

// findUUID is right for ASCII texts.
var findUUID = atWords(
	func(f *features) bool { return f.length >= 32 },
	func(s string, i int) int {
		for k, n := range [...]int{8, 4, 4, 4, 12} {
			if k > 0 {
				i = optional(s, i, '-')
			}
			if i+n > len(s) {
				return 0
			}
			for end := i + n; i < end; i++ {
				if !alnumBytes[s[i]] {
					return 0
				}
			}
		}
		return endOfWord(s, i)
	})

var ibanCodes = sync.OnceValue(func() map[string]bool {
	codes := make(map[string]bool)
	for _, c := range strings.Fields(ibanCountries) {
		codes[c] = true
	}
	return codes
})

var findIBAN = atWords(
	func(f *features) bool {
		return f.has&hasUpper != 0 && f.length >= 15 && (f.digits >= 2 || f.has&hasHigh != 0)
	},
	func(s string, i int) int {
		if i+15 > len(s) || s[i]-'A' >= 26 || s[i+1]-'A' >= 26 || !ibanCodes()[s[i:i+2]] {
			return 0
		}
		if i = digits(s, i+2, 2); i == 0 {
			return 0
		}
		end := run(s, i, &alnumBytes)
		if n := end - i; n < 11 || n > 29 {
			return 0
		}
		return endOfWord(s, end)
	})
