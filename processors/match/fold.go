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

func contains(text, literal string, fold bool) bool {
	if !fold {
		return strings.Contains(text, literal)
	}
	first := literal[0]
	for at := 0; at < len(text); at++ {
		c := text[at]
		if c < utf8.RuneSelf && first < utf8.RuneSelf {
			if lowerASCII(c) != first {
				continue
			}
		} else if c >= utf8.RuneSelf && !utf8.RuneStart(c) {
			continue
		}
		if _, ok := prefix(text[at:], literal, true); ok {
			return true
		}
	}
	return false
}

func lowerASCII(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
