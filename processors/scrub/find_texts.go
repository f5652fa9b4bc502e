package scrub

import "strings"

var findBearer = &finder{
	func(f *features) bool { return f.words&wordBearer != 0 },
	func(s string, from int) (span, int, bool) {
		for i := wordStart(s, from); i < len(s); i = wordStart(s, wordEnd(s, i)) {
			at := i + len("bearer")
			if at > len(s) {
				break
			}
			if !strings.EqualFold(s[i:at], "bearer") {
				continue
			}
			gap := at
			for n := space(s, gap); n > 0; n = space(s, gap) {
				gap += n
			}
			end := notSpace(s, gap)
			if gap > at && end > gap {
				return span{i, end}, end, true
			}
		}
		return span{}, 0, false
	},
}

// notSpace returns the first byte at or after i where white space begins.
func notSpace(s string, i int) int {
	for i < len(s) && space(s, i) == 0 {
		i++
	}
	return i
}

// findEmail looks for the @ first. The local part begins at the first word boundary of the run of characters before it; the
// domain ends with the last label that begins with letters only.
var findEmail = &finder{
	func(f *features) bool { return f.has&hasAt != 0 && f.has&hasDot != 0 },
	func(s string, from int) (span, int, bool) {
		for p := from; ; p++ {
			n := strings.IndexByte(s[p:], '@')
			if n < 0 {
				return span{}, 0, false
			}
			p += n
			start := p
			for start > from && mailBytes[s[start-1]] {
				start--
			}
			for start < p && !wordBoundary(s, start) {
				start++
			}
			if start < p {
				if end := domainEnd(s, p+1); end > 0 {
					return span{start, end}, end, true
				}
			}
		}
	},
}

// domainEnd returns the end of the domain that begins at byte i, 0 when there is none.
func domainEnd(s string, i int) (end int) {
	for first := true; ; first = false {
		label := i
		for i < len(s) && (alnumBytes[s[i]] || s[i] == '-') {
			i++
		}
		if i == label {
			return end
		}
		if !first {
			letters := label
			for letters < i && alnumBytes[s[letters]] && s[letters] > '9' {
				letters++
			}
			if letters-label >= 2 && !wordAt(s, letters) {
				end = letters
			}
		}
		if i >= len(s) || s[i] != '.' {
			return end
		}
		i++
	}
}

var findURLAuth, findLegacyAuth = &finder{needURL, func(s string, from int) (span, int, bool) {
	return nextAuth(s, from, &schemeBytes, false)
}}, &finder{needURL, func(s string, from int) (span, int, bool) {
	return nextAuth(s, from, &plainSchemeBytes, true)
}}

func needURL(f *features) bool { return f.has&hasAt != 0 && f.has&hasSlash != 0 }

// nextAuth finds user and password of a URL; with password, there must be one and it alone is replaced.
func nextAuth(s string, from int, scheme *[256]bool, password bool) (span, int, bool) {
	for p := from; ; p++ {
		n := strings.Index(s[p:], "//")
		if n < 0 {
			return span{}, 0, false
		}
		if p += n; !schemeBefore(s, from, p, scheme) {
			continue
		}
		user := p + 2
		end := run(s, user, &authBytes)
		if end == user {
			continue
		}
		start := user
		if end < len(s) && s[end] == ':' {
			if pass := run(s, end+1, &authBytes); pass > end+1 {
				if password {
					start = end + 1
				}
				end = pass
			}
		}
		if end < len(s) && s[end] == '@' && (!password || start > user) {
			return span{start, end}, end + 1, true
		}
	}
}

// schemeBefore reports whether a match may begin before the slashes at byte p: with a scheme that has a word boundary in it,
// or right there at a word boundary.
func schemeBefore(s string, from, p int, scheme *[256]bool) bool {
	if p > from && s[p-1] == ':' {
		for i := p - 2; i >= from && scheme[s[i]]; i-- {
			if wordBoundary(s, i) {
				return true
			}
		}
	}
	return wordBoundary(s, p)
}

// secrets is the last test of the password type: fixed words anywhere, or the whole text is one of a few.
type secrets struct{}

func (secrets) possible(f *features) bool {
	return f.words&(wordSecret|wordToken) != 0 || f.length == len("otp") || f.length == len("two-factor")
}

func (secrets) match(s string) bool {
	if strings.EqualFold(s, "otp") || strings.EqualFold(s, "two-factor") || strings.EqualFold(s, "two_factor") {
		return true
	}
	bits := secretWords().in(s)
	return bits&wordSecret != 0 || bits&wordToken != 0 && tokenAssigned(foldToASCII(s))
}

func (m secrets) spans(dst []span, s string) ([]span, bool) { return dst, m.match(s) }

// tokenAssigned reports whether a text has "token" with a colon or equals sign behind it in the same run of non-spaces.
func tokenAssigned(s string) bool {
	for i := 0; i+len("token") <= len(s); i++ {
		if c := s[i]; c|0x20 != 't' || !strings.EqualFold(s[i:i+len("token")], "token") {
			continue
		}
		end := notSpace(s, i)
		if strings.ContainsAny(s[i:end], ":=") {
			return true
		}
		i = end // further tokens in this run have no more behind them
	}
	return false
}

// tokenWord is the second test of the password type.
type tokenWord struct{}

func (tokenWord) possible(f *features) bool                   { return f.words&wordToken != 0 }
func (tokenWord) match(s string) bool                         { return secretWords().in(s)&wordToken != 0 }
func (m tokenWord) spans(dst []span, s string) ([]span, bool) { return dst, m.match(s) }
