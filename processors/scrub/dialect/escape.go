package dialect

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// escape reads what begins with a backslash outside brackets.
func (p *parser) escape() (*node, error) {
	at := p.i
	if class, ok, err := p.classEscape(); ok || err != nil {
		return p.class(class), err
	}
	if look, ok, err := p.lookEscape(); ok || err != nil {
		return &node{op: opLook, look: look}, err
	}
	p.i = at
	r, err := p.runeEscape()
	if err != nil {
		return nil, err
	}
	if p.f.bytes && p.f.ascii && p.s[at+1] == 'x' && p.i == at+4 { // \xff is that byte, whatever a character of that number is
		return &node{op: opRune, r: r}, nil
	}
	return p.literal(r)
}

// lookEscape reads an assertion; ok is false when the escape is none.
func (p *parser) lookEscape() (l look, ok bool, err error) {
	if p.i+1 >= len(p.s) {
		return 0, false, nil
	}
	c := p.s[p.i+1]
	switch c {
	case 'A':
		l = textStart
	case 'z':
		l = textEnd
	case 'b':
		l = wordBoundary
	case 'B':
		l = notWordBoundary
	case '<':
		l = wordStart
	case '>':
		l = wordEnd
	default:
		return 0, false, nil
	}
	p.i += 2
	if c == 'b' && p.peek() == '{' {
		if l, err = p.specialBoundary(); err != nil {
			return 0, false, err
		}
	}
	switch {
	case l < wordBoundary:
	case p.f.ascii:
		l += asciiWord
	case p.f.bytes:
		l += utf8Word
	}
	return l, true, nil
}

// specialBoundary reads {start} and its like behind \b; anything that does not begin with a letter is a repetition.
func (p *parser) specialBoundary() (look, error) {
	rest := p.s[p.i+1:]
	if rest == "" {
		return 0, p.fail("unclosed special word boundary")
	}
	n := 0
	for n < len(rest) && (isASCIIWord(rune(rest[n])) && rest[n] != '_' && (rest[n] < '0' || rest[n] > '9') || rest[n] == '-') {
		n++
	}
	if n == 0 {
		return wordBoundary, nil
	}
	l, ok := map[string]look{"start": wordStart, "end": wordEnd, "start-half": wordStartHalf, "end-half": wordEndHalf}[rest[:n]]
	if !ok || n >= len(rest) || rest[n] != '}' {
		return 0, p.fail("unrecognized special word boundary assertion")
	}
	p.i += n + 2
	return l, nil
}

// classEscape reads \d, \p{...} and their like, inside and outside brackets; ok is false when the escape is none.
func (p *parser) classEscape() (class ranges, ok bool, err error) {
	if p.i+1 >= len(p.s) {
		return nil, false, nil
	}
	c := p.s[p.i+1]
	pick := func(full func() ranges, plain ranges) ranges {
		if p.f.ascii {
			return plain
		}
		return full()
	}
	switch c | 0x20 {
	case 'd':
		class = pick(digitClass, asciiDigit)
	case 's':
		class = pick(spaceClass, asciiSpace)
	case 'w':
		class = pick(wordClass, asciiWords)
	case 'p':
		return p.propertyEscape()
	default:
		return nil, false, nil
	}
	p.i += 2
	if c < 'a' {
		if p.f.ascii && !p.f.bytes {
			return nil, false, p.fail("pattern can match invalid UTF-8")
		}
		class = p.f.negate(class)
	}
	return class, true, nil
}

func (p *parser) propertyEscape() (ranges, bool, error) {
	negated := p.s[p.i+1] == 'P'
	p.i += 2
	if p.f.ascii {
		return nil, false, p.fail("Unicode not allowed here")
	}
	p.space()
	var name string
	switch {
	case p.eof():
		return nil, false, p.fail("incomplete escape sequence")
	case p.peek() == '{':
		end := strings.IndexByte(p.s[p.i:], '}')
		if end < 0 {
			return nil, false, p.fail("incomplete escape sequence")
		}
		name = p.s[p.i+1 : p.i+end]
		p.i += end + 1
	default:
		name = string(p.next())
	}
	class, ok := property(name)
	if !ok {
		return nil, false, p.fail("Unicode property not found")
	}
	if p.f.fold {
		class = class.fold(false)
	}
	if negated {
		class = class.negate()
	}
	return class, true, nil
}

// runeEscape reads an escape that stands for one character.
func (p *parser) runeEscape() (rune, error) {
	p.i++
	if p.eof() {
		return 0, p.fail("incomplete escape sequence")
	}
	c := p.s[p.i]
	switch c {
	case 'a':
		c = '\a'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'v':
		c = '\v'
	case 'x', 'u', 'U':
		p.i++
		return p.hex(map[byte]int{'x': 2, 'u': 4, 'U': 8}[c])
	case '<', '>':
		return 0, p.fail("invalid escape sequence found in character class")
	default:
		switch {
		case c >= '0' && c <= '9':
			return 0, p.fail("backreferences are not supported")
		case c >= 0x80 || isASCIIWord(rune(c)) && c != '_':
			return 0, p.fail("unrecognized escape sequence")
		}
	}
	p.i++
	return rune(c), nil
}

// hex reads digits hexadecimal digits, or any number of them in braces.
func (p *parser) hex(digits int) (rune, error) {
	p.space()
	braces := p.skip("{")
	var n, count int
	for {
		p.space()
		if braces && p.skip("}") {
			break
		}
		if !braces && count == digits {
			break
		}
		if p.eof() {
			return 0, p.fail("incomplete escape sequence, reached end of pattern prematurely")
		}
		v := strings.IndexByte("0123456789abcdef", p.s[p.i]|0x20)
		if p.s[p.i] < '0' || v < 0 {
			return 0, p.fail("invalid hexadecimal digit")
		}
		n = min(n<<4|v, unicode.MaxRune+1)
		p.i++
		count++
	}
	switch {
	case count == 0:
		return 0, p.fail("hexadecimal literal empty")
	case !utf8.ValidRune(rune(n)):
		return 0, p.fail("hexadecimal literal is not a Unicode scalar value")
	case p.f.ascii && !p.f.bytes && n >= 0x80 && !braces && digits == 2:
		return 0, p.fail("pattern can match invalid UTF-8")
	}
	return rune(n), nil
}
