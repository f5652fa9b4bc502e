package scrub

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"weir/processors/scrub/dialect"
)

// finder is a matcher written by hand. It finds exactly what the pattern of the same name in pattern.go finds.
type finder struct {
	need func(*features) bool
	// next returns the first match that begins at or after from, as a part to replace and the end of the match.
	next func(s string, from int) (replace span, end int, ok bool)
}

func (f *finder) possible(fs *features) bool { return f.need(fs) }

func (f *finder) match(s string) bool {
	_, _, ok := f.next(s, 0)
	return ok
}

func (f *finder) spans(dst []span, s string) ([]span, bool) {
	matched := false
	for at := 0; ; {
		part, end, ok := f.next(s, at)
		if !ok {
			return dst, matched
		}
		matched = true
		dst = append(dst, part)
		at = end
	}
}

// wordBefore reports whether a word character ends at byte i.
func wordBefore(s string, i int) bool {
	if i == 0 {
		return false
	}
	if c := s[i-1]; c < utf8.RuneSelf {
		return wordBytes[c]
	}
	r, _ := utf8.DecodeLastRuneInString(s[:i])
	return dialect.IsWord(r)
}

// wordAt reports whether a word character begins at byte i.
func wordAt(s string, i int) bool {
	if i >= len(s) {
		return false
	}
	if c := s[i]; c < utf8.RuneSelf {
		return wordBytes[c]
	}
	r, _ := utf8.DecodeRuneInString(s[i:])
	return dialect.IsWord(r)
}

// boundary is \b.
func wordBoundary(s string, i int) bool { return wordBefore(s, i) != wordAt(s, i) }

// wordStart returns the first byte at or after i where a word begins, len(s) when there is none.
func wordStart(s string, i int) int {
	if i < len(s) && wordBefore(s, i) {
		i = wordEnd(s, i)
	}
	for i < len(s) {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if dialect.IsWord(r) {
				return i
			}
			i += n
			continue
		}
		if wordBytes[c] {
			return i
		}
		i++
	}
	return i
}

// wordEnd returns the first byte at or after i that is no word character.
func wordEnd(s string, i int) int {
	for i < len(s) {
		if c := s[i]; c < utf8.RuneSelf {
			if !wordBytes[c] {
				return i
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if !dialect.IsWord(r) {
			return i
		}
		i += n
	}
	return i
}

var wordBytes, alnumBytes, hexBytes, mailBytes, authBytes, schemeBytes, plainSchemeBytes = func() (word, alnum, hex, mail, auth, scheme, plain [256]bool) {
	for c := 0; c < utf8.RuneSelf; c++ {
		lower := c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		alnum[c] = lower || c >= 'A' && c <= 'Z'
		word[c] = alnum[c] || c == '_'
		hex[c] = c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
		mail[c] = alnum[c] || strings.IndexByte(".!#$%&'*+/=?^_`{|}~-", byte(c)) >= 0
		auth[c] = alnum[c] || strings.IndexByte("%_.-", byte(c)) >= 0
		plain[c] = lower
		scheme[c] = lower || c == '+' || c == '-'
	}
	return
}()

// run returns the first byte at or after i that is not in the class.
func run(s string, i int, class *[256]bool) int {
	for i < len(s) && class[s[i]] {
		i++
	}
	return i
}

func isDigit(s string, i int) bool { return i < len(s) && s[i]-'0' <= 9 }

// digit returns the length of the decimal digit at byte i, 0 when there is none.
func digit(s string, i int) int {
	if i >= len(s) {
		return 0
	}
	if c := s[i]; c < utf8.RuneSelf {
		if c-'0' <= 9 {
			return 1
		}
		return 0
	}
	r, n := utf8.DecodeRuneInString(s[i:])
	if !unicode.Is(unicode.Nd, r) {
		return 0
	}
	return n
}

// digits returns the end of exactly n decimal digits at byte i, 0 when there are fewer.
func digits(s string, i, n int) int {
	for ; n > 0; n-- {
		w := digit(s, i)
		if w == 0 {
			return 0
		}
		i += w
	}
	return i
}

// space returns the length of the white space character at byte i, 0 when there is none.
func space(s string, i int) int {
	if i >= len(s) {
		return 0
	}
	if c := s[i]; c < utf8.RuneSelf {
		if c == ' ' || c >= '\t' && c <= '\r' {
			return 1
		}
		return 0
	}
	r, n := utf8.DecodeRuneInString(s[i:])
	if !unicode.Is(unicode.White_Space, r) {
		return 0
	}
	return n
}

// optional skips c at byte i.
func optional(s string, i int, c byte) int {
	if i < len(s) && s[i] == c {
		i++
	}
	return i
}

// atWords makes a finder of something that begins where a word begins: try returns the end of a match at byte i, 0 for
// none.
func atWords(need func(*features) bool, try func(s string, i int) int) *finder {
	return &finder{need, func(s string, from int) (span, int, bool) {
		for i := wordStart(s, from); i < len(s); i = wordStart(s, wordEnd(s, i)) {
			if end := try(s, i); end > 0 {
				return span{i, end}, end, true
			}
		}
		return span{}, 0, false
	}}
}
