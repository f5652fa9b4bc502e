package match

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"weir/codecs/pattern"
)

// prefix compares the start of text with a literal (lower-cased when fold is set) and returns the number of bytes of text it took. A literal that
// ends within the two letters of a capital i with a dot has taken none of it.
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
		if r == 'İ' {
			switch rest := literal[i:]; {
			case rest == "i":
				return at, true
			case strings.HasPrefix(rest, dotted):
				at += n
				i += len(dotted)
				continue
			}
			return 0, false
		}
		want, m := utf8.DecodeRuneInString(literal[i:])
		if unicode.ToLower(r) != want {
			return 0, false
		}
		at += n
		i += m
	}
	return at, true
}

// dotted is İ in lower case: an i with the dot as a character of its own.
const dotted = "i\u0307"

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
	dotted  bool // the literal ends in an i, which begins what İ is in lower case
	rare    int  // index of the rarest byte
	lo, up  byte // that byte in both cases
}

func newFinder(literal string, fold bool) finder {
	f := finder{literal: literal, fold: fold, ascii: isASCII(literal), kelvin: strings.Contains(literal, "k"), dotted: strings.HasSuffix(literal, "i")}
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

// in reports whether the literal occurs.
func (f *finder) in(text string) bool {
	from, _ := f.find(text)
	return from >= 0
}

// find returns where the literal first occurs and where what follows it begins; -1 when it does not occur. Unlike a comparison at a place, a
// search looks at the text in lower case as a whole, in which a sigma may be a final one.
func (f *finder) find(text string) (from, to int) {
	switch {
	case !f.fold:
		from = strings.Index(text, f.literal)
		return from, from + len(f.literal)
	case !f.ascii && (strings.Contains(text, "Σ") || strings.Contains(text, "İ")), f.dotted && strings.Contains(text, "İ"):
		return f.findLowered(text)
	case !f.ascii || f.kelvin && strings.Contains(text, "\u212a"):
		return f.findSlowly(text)
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
		if n, ok := prefix(text[at-f.rare:], f.literal, true); ok {
			return at - f.rare, at - f.rare + n
		}
	}
	return -1, -1
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

// findSlowly tries every character.
func (f *finder) findSlowly(text string) (from, to int) {
	for at := range text {
		if n, ok := prefix(text[at:], f.literal, true); ok {
			return at, at + n
		}
	}
	return -1, -1
}

// findLowered searches in the text in lower case. A place within what was one character is the place of that character.
func (f *finder) findLowered(text string) (from, to int) {
	at := strings.Index(pattern.Lower(text), f.literal)
	if at < 0 {
		return -1, -1
	}
	end, from, to := at+len(f.literal), -1, len(text)
	for i, r := range text { // at and end count down to the characters in which they lie
		n := utf8.RuneLen(unicode.ToLower(r))
		if r == 'İ' {
			n = len(dotted)
		}
		if from < 0 && at < n {
			from = i
		}
		if end < n {
			return from, i
		}
		at, end = at-n, end-n
	}
	return from, to
}

func lowerASCII(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
