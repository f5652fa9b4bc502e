package match

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// prefix compares the start of text with a literal (lower-cased when fold is set) and returns the number of bytes of text it took.
func prefix(text, literal string, fold bool) (int, bool) {
	if !fold {
		return len(literal), strings.HasPrefix(text, literal)
	}
	at := 0
	for i := 0; i < len(literal); {
		if at == len(text) {
			return 0, false
		}
		if c := text[at]; c < utf8.RuneSelf && literal[i] < utf8.RuneSelf {
			if lowerASCII(c) != literal[i] {
				return 0, false
			}
			at++
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[at:])
		want, m := utf8.DecodeRuneInString(literal[i:])
		if unicode.ToLower(r) != want || r == 'İ' {
			return 0, false
		}
		at += n
		i += m
	}
	return at, true
}

func suffix(text, literal string, fold bool) bool {
	if !fold {
		return strings.HasSuffix(text, literal)
	}
	from, ok := stepBack(text, utf8.RuneCountInString(literal))
	if !ok {
		return false
	}
	n, ok := prefix(text[from:], literal, true)
	return ok && from+n == len(text)
}

// finder looks for one literal. It searches for the rarest byte of an ASCII literal first, which the library does many bytes at a time.
type finder struct {
	literal string
	fold    bool
	ascii   bool
	kelvin  bool // the literal has a k, which the Kelvin sign folds to
	rare    int  // index of the rarest byte
	lo, up  byte // that byte in both cases
}

func newFinder(literal string, fold bool) finder {
	f := finder{literal: literal, fold: fold, ascii: isASCII(literal), kelvin: strings.Contains(literal, "k")}
	for i := range len(literal) {
		if rarity(literal[i]) < rarity(literal[f.rare]) {
			f.rare = i
		}
	}
	f.lo = literal[f.rare]
	f.up = f.lo
	if 'a' <= f.lo && f.lo <= 'z' {
		f.up = f.lo - 'a' + 'A'
	}
	return f
}

// frequent are the letters of English text from the most frequent on.
const frequent = " etaoinsrhldcumfpgwybvkxjqz"

// rarity orders bytes by how often they are met, the rarest lowest.
func rarity(c byte) int {
	if i := strings.IndexByte(frequent, c); i >= 0 {
		return len(frequent) - i
	}
	return 0
}

// index returns where the literal first occurs, -1 when it does not.
func (f *finder) index(text string) int {
	switch {
	case !f.fold:
		return strings.Index(text, f.literal)
	case !f.ascii || f.kelvin && strings.Contains(text, "\u212a"):
		return f.slowIndex(text)
	}
	lo, up := next(text, f.rare, f.lo), -1
	if f.up != f.lo {
		up = next(text, f.rare, f.up)
	}
	for lo >= 0 || up >= 0 {
		at := lo
		if lo < 0 || up >= 0 && up < lo {
			at = up
			up = next(text, up+1, f.up)
		} else {
			lo = next(text, lo+1, f.lo)
		}
		if _, ok := prefix(text[at-f.rare:], f.literal, true); ok {
			return at - f.rare
		}
	}
	return -1
}

// next returns the index of the first c from i on, -1 when there is none.
func next(text string, i int, c byte) int {
	if i > len(text) {
		return -1
	}
	n := strings.IndexByte(text[i:], c)
	if n < 0 {
		return -1
	}
	return i + n
}

// slowIndex tries every character.
func (f *finder) slowIndex(text string) int {
	for at := range text {
		if _, ok := prefix(text[at:], f.literal, true); ok {
			return at
		}
	}
	return -1
}

func lowerASCII(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
