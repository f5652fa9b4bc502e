package filter

import (
	"unicode"
	"unicode/utf8"
)

// anyChar stands for one character in a phrase; a blank stands for one white-space character.
const anyChar = '\x00'

// phrase is a text that is looked for without regard to ASCII case.
type phrase struct {
	text string // lower-case
	end  bool   // only in front of `/`, white space, `)`, `;` or the end
}

// phrases finds any of many texts in one pass: they are kept by their first byte.
type phrases [256][]phrase

func newPhrases(list []phrase) *phrases {
	var p phrases
	for _, ph := range list {
		p[ph.text[0]] = append(p[ph.text[0]], ph)
	}
	return &p
}

// in reports whether a phrase occurs in text.
func (p *phrases) in(text string) bool {
	for i := range len(text) {
		for _, ph := range p[lower(text[i])] {
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
	for _, ph := range p[lower(text[0])] {
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
			_, n := utf8.DecodeRuneInString(text[at:])
			at += n
		case ' ':
			r, n := utf8.DecodeRuneInString(text[at:])
			if !unicode.IsSpace(r) {
				return false
			}
			at += n
		default:
			if lower(text[at]) != c {
				return false
			}
			at++
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

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
