package event

import (
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// str parses a string; plain says that its text is what stands between the quotes.
func (d *Doc) str() (s string, plain bool, err error) {
	p := &d.p
	b := p.b
	from := p.i + 1
	i := from
	var high uint64
	for i+8 <= len(b) {
		w := load64b(b, i)
		stop := escapeMask(w)
		if stop == 0 {
			high |= w
			i += 8
			continue
		}
		at := bits.TrailingZeros64(stop) &^ 7
		i += at >> 3
		if b[i] != '"' || i == from {
			break
		}
		p.i = i + 1
		s = unsafe.String(&b[from], i-from)
		if (high|w&(1<<at-1))&highs != 0 && !utf8.ValidString(s) {
			return "", false, p.fail("invalid UTF-8")
		}
		return s, true, nil
	}
	return d.strSlow(from)
}

// strSlow parses a string whose text starts at from and is empty, has escapes, or stands at the end of the input.
func (d *Doc) strSlow(from int) (s string, plain bool, err error) {
	p := &d.p
	i := from
	for i < len(p.b) && p.b[i] != '"' && p.b[i] != '\\' && p.b[i] >= 0x20 {
		i++
	}
	switch {
	case i >= len(p.b) || p.b[i] < 0x20:
		p.i = i
		return "", false, p.fail("unterminated string or control character")
	case p.b[i] == '\\':
		return d.escaped(from, i)
	}
	p.i = i + 1
	if i == from {
		return "", true, nil
	}
	s = unsafe.String(&p.b[from], i-from)
	if !utf8.ValidString(s) {
		return "", false, p.fail("invalid UTF-8")
	}
	return s, true, nil
}

// escaped parses a string whose first backslash is at i.
func (d *Doc) escaped(from, i int) (string, bool, error) {
	p := &d.p
	b := p.b
	end := i
	for end < len(b) && b[end] != '"' {
		if b[end] == '\\' {
			end++
		}
		end++
	}
	at := d.room(max(end-from, 0)) // decoded text is never longer
	out := append(d.bytes, b[from:i]...)
	for i < len(b) {
		c := b[i]
		switch {
		case c == '"':
			p.i = i + 1
			d.bytes = out
			s := d.stringFrom(at)
			if !utf8.ValidString(s) {
				return "", false, p.fail("invalid UTF-8")
			}
			return s, false, nil
		case c < 0x20:
			p.i = i
			return "", false, p.fail("control character in string")
		case c != '\\':
			from = i
			for i < len(b) && b[i] != '"' && b[i] != '\\' && b[i] >= 0x20 {
				i++
			}
			out = append(out, b[from:i]...)
			continue
		}
		if i+1 >= len(b) {
			break
		}
		switch e := b[i+1]; e {
		case '"', '\\', '/':
			out = append(out, e)
		case 'n':
			out = append(out, '\n')
		case 't':
			out = append(out, '\t')
		case 'r':
			out = append(out, '\r')
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'u':
			r, n := unicodeEscape(b[i:])
			if n == 0 {
				p.i = i
				return "", false, p.fail("invalid unicode escape")
			}
			out = utf8.AppendRune(out, r)
			i += n
			continue
		default:
			p.i = i
			return "", false, p.fail("invalid escape")
		}
		i += 2
	}
	p.i = len(b)
	return "", false, p.fail("unterminated string")
}

// unicodeEscape decodes a \u escape of four hex digits or a surrogate pair at the start of b and returns its length, 0 when it is invalid.
func unicodeEscape(b []byte) (rune, int) {
	r, ok := hex4(b)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	low, ok := hex4(b[6:])
	if !ok {
		return 0, 0
	}
	if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
		return 0, 0
	}
	return r, 12
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range b[2:6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
