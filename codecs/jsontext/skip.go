package jsontext

import (
	"strconv"
	"unicode/utf8"
)

// skipValue checks the value that starts at b[i] and returns the index behind it, or where and why it is
// none. depth is the number of containers around it.
func skipValue(b []byte, i, depth int) (int, string) {
	if i >= len(b) {
		return i, "unexpected end"
	}
	switch c := b[i]; {
	case c == '"':
		return skipString(b, i)
	case c == '{' || c == '[':
		return skipContainer(b, i, depth+1)
	case c == '-' || c >= '0' && c <= '9':
		return skipNumber(b, i)
	case c == 't':
		return skipWord(b, i, "true")
	case c == 'f':
		return skipWord(b, i, "false")
	case c == 'n':
		return skipWord(b, i, "null")
	}
	return i, "expected a value"
}

func skipWord(b []byte, i int, word string) (int, string) {
	if len(b)-i < len(word) || string(b[i:i+len(word)]) != word {
		return i, "expected a value"
	}
	return i + len(word), ""
}

func skipContainer(b []byte, i, depth int) (int, string) {
	if depth > MaxDepth {
		return i, "nested too deep"
	}
	object := b[i] == '{'
	end := byte(']')
	if object {
		end = '}'
	}
	msg := ""
	if i = SkipSpace(b, i+1); i < len(b) && b[i] == end {
		return i + 1, ""
	}
	for {
		if object {
			if i >= len(b) || b[i] != '"' {
				return i, "expected a member name"
			}
			if i, msg = skipString(b, i); msg != "" {
				return i, msg
			}
			if i = SkipSpace(b, i); i >= len(b) || b[i] != ':' {
				return i, "expected a colon"
			}
			i = SkipSpace(b, i+1)
		}
		if i, msg = skipValue(b, i, depth); msg != "" {
			return i, msg
		}
		if i = SkipSpace(b, i); i >= len(b) {
			return i, "unexpected end"
		}
		switch b[i] {
		case end:
			return i + 1, ""
		case ',':
			i = SkipSpace(b, i+1)
		default:
			return i, "expected a comma"
		}
	}
}

// skipNumber checks the number at b[i]. One that a float64 cannot hold is none, as for most readers.
func skipNumber(b []byte, start int) (int, string) {
	i, large, msg := scanNumber(b, start)
	if large && msg == "" {
		if _, err := strconv.ParseFloat(string(b[start:i]), 64); err != nil {
			return i, "number out of range"
		}
	}
	return i, msg
}

// scanNumber checks the grammar of the number at b[i]; a large one may be out of range.
func scanNumber(b []byte, i int) (end int, large bool, msg string) {
	start := i
	if b[i] == '-' {
		i++
	}
	switch {
	case i >= len(b) || b[i] < '0' || b[i] > '9':
		return i, false, "invalid number"
	case b[i] == '0':
		i++
	default:
		i = skipDigits(b, i)
	}
	if i < len(b) && b[i] == '.' {
		digits := i + 1
		if i = skipDigits(b, digits); i == digits {
			return i, false, "invalid number"
		}
	}
	large = i-start > 300
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		large = true
		if i++; i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		digits := i
		if i = skipDigits(b, digits); i == digits {
			return i, false, "invalid number"
		}
	}
	return i, large, ""
}

func skipDigits(b []byte, i int) int {
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	return i
}

// skipString checks the string literal at b[i].
func skipString(b []byte, i int) (int, string) {
	for i++; i < len(b); {
		switch c := b[i]; {
		case c == '"':
			return i + 1, ""
		case c == '\\':
			n := escapeLen(b[i:])
			if n == 0 {
				return i, "invalid escape"
			}
			i += n
		case c < 0x20:
			return i, "control character in string"
		case c < utf8.RuneSelf:
			i++
		default:
			r, n := utf8.DecodeRune(b[i:])
			if r == utf8.RuneError && n == 1 {
				return i, "invalid UTF-8"
			}
			i += n
		}
	}
	return i, "unexpected end in string"
}

// escapeLen returns the length of the escape at the start of b, a surrogate pair counting as one, 0 when there is none.
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		r, ok := hex4(b[2:])
		switch {
		case !ok || r >= 0xDC00 && r <= 0xDFFF:
			return 0
		case r < 0xD800 || r > 0xDBFF:
			return 6
		}
		if len(b) < 12 || b[6] != '\\' || b[7] != 'u' {
			return 0
		}
		if low, ok := hex4(b[8:]); !ok || low < 0xDC00 || low > 0xDFFF {
			return 0
		}
		return 12
	}
	return 0
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
