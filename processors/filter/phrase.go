package filter

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// What stands for one character of a kind in a phrase; a blank stands for one of white space.
const (
	anyChar  = '\x00' // no line break
	anyDigit = '\x01' // of any script
)

// phrase is a text that is looked for without regard to case.
type phrase struct {
	text string // lower-case, two bytes or more
	end  bool   // only in front of `/`, white space, `)`, `;` or the end
}

// phrases finds any of many texts in one pass: they are kept by their first byte, and most places of a text are out of the question by
// their first two.
type phrases struct {
	first [256][]phrase
	pairs [256][256 / 64]uint64 // the second bytes that may follow a first one
}

func newPhrases(list []phrase) *phrases {
	var p phrases
	for _, ph := range list {
		c := ph.text[0]
		p.first[c] = append(p.first[c], ph)
		for second := range 256 {
			if ph.text[1] == anyChar || ph.text[1] == ' ' || second >= utf8.RuneSelf || lower(byte(second)) == ph.text[1] {
				p.pairs[c][second/64] |= 1 << (second % 64)
			}
		}
	}
	return &p
}

// in reports whether a phrase occurs in text.
func (p *phrases) in(text string) bool {
	for i := 0; i+1 < len(text); i++ {
		c, n := lower(text[i]), 1
		if c >= utf8.RuneSelf {
			c, n = fold(text[i:])
		}
		if i+n == len(text) {
			return false
		}
		second := text[i+n]
		if p.pairs[c][second/64]&(1<<(second%64)) == 0 {
			continue
		}
		for _, ph := range p.first[c] {
			if ph.at(text[i:]) {
				return true
			}
		}
	}
	return false
}

// startsWith reports whether text begins with a phrase.
func (p *phrases) startsWith(text string) bool {
	if text == "" {
		return false
	}
	c, _ := fold(text)
	for _, ph := range p.first[c] {
		if ph.at(text) {
			return true
		}
	}
	return false
}

// at compares the start of text with the phrase.
func (ph *phrase) at(text string) bool {
	at := 0
	for i := range len(ph.text) {
		if at >= len(text) {
			return false
		}
		switch c := ph.text[i]; c {
		case anyChar:
			r, n := utf8.DecodeRuneInString(text[at:])
			if r == '\n' {
				return false
			}
			at += n
		case anyDigit:
			r, n := utf8.DecodeRuneInString(text[at:])
			if !unicode.IsDigit(r) {
				return false
			}
			at += n
		case ' ':
			r, n := utf8.DecodeRuneInString(text[at:])
			if !unicode.IsSpace(r) {
				return false
			}
			at += n
		default:
			got, n := lower(text[at]), 1
			if got >= utf8.RuneSelf {
				got, n = fold(text[at:])
			}
			if got != c {
				return false
			}
			at += n
		}
	}
	if !ph.end || at == len(text) {
		return true
	}
	switch r, _ := utf8.DecodeRuneInString(text[at:]); r {
	case '/', ')', ';':
		return true
	default:
		return unicode.IsSpace(r)
	}
}

// fold returns the first character in lower case, if it is one of ASCII or of the two others that fold to such a letter, else its first
// byte; and its length.
func fold(text string) (byte, int) {
	switch {
	case strings.HasPrefix(text, "\u017f"):
		return 's', len("\u017f")
	case strings.HasPrefix(text, "\u212a"):
		return 'k', len("\u212a")
	default:
		return lower(text[0]), 1
	}
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
