package dialect

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxNesting bounds groups and bracketed classes inside each other.
const maxNesting = 250

// maxCount bounds the numbers of a counted repetition.
const maxCount = 1 << 20

// ErrSyntax is wrapped by every error about the text of a pattern.
var ErrSyntax = errors.New("regex parse error")

type flags struct {
	fold, multi, dotNL, swap, crlf, verbose bool
	ascii                                   bool // (?-u)
	bytes                                   bool // characters are bytes, written as U+0000 to U+00FF; without ascii those of UTF-8
}

// negate returns every character that is not in c.
func (f *flags) negate(c ranges) ranges {
	c = c.negate()
	if f.bytes && f.ascii {
		c = c.intersect(ranges{{0, 0xff}})
	}
	return c
}

type parser struct {
	s     string
	i     int
	f     flags
	depth int
	names map[string]bool
	// groups is the number of capture groups so far.
	groups int
}

// parse reads a whole pattern.
func parse(s string, f flags) (*node, int, error) {
	p := &parser{s: s, f: f, names: make(map[string]bool)}
	if !utf8.ValidString(s) {
		return nil, 0, p.fail("invalid UTF-8")
	}
	n, err := p.alternation()
	if err == nil && p.i < len(s) {
		err = p.fail("unopened group")
	}
	return n, p.groups, err
}

func (p *parser) fail(what string) error {
	return fmt.Errorf("%w at byte %d of %q: %s", ErrSyntax, p.i, p.s, what)
}

func (p *parser) eof() bool { return p.i >= len(p.s) }

func (p *parser) peek() byte {
	if p.eof() {
		return 0
	}
	return p.s[p.i]
}

func (p *parser) has(prefix string) bool { return strings.HasPrefix(p.s[p.i:], prefix) }

func (p *parser) skip(prefix string) bool {
	if p.has(prefix) {
		p.i += len(prefix)
		return true
	}
	return false
}

func (p *parser) next() rune {
	r, n := utf8.DecodeRuneInString(p.s[p.i:])
	p.i += n
	return r
}

// space skips what verbose mode ignores.
func (p *parser) space() {
	if !p.f.verbose {
		return
	}
	for !p.eof() {
		r, n := utf8.DecodeRuneInString(p.s[p.i:])
		switch {
		case r == '#':
			if nl := strings.IndexByte(p.s[p.i:], '\n'); nl >= 0 {
				p.i += nl + 1
			} else {
				p.i = len(p.s)
			}
		case unicode.Is(unicode.White_Space, r):
			p.i += n
		default:
			return
		}
	}
}

// alternation reads up to the end or an unmatched ')', which it leaves.
func (p *parser) alternation() (*node, error) {
	var alts, seq []*node
	closed := func() { alts, seq = append(alts, join(opConcat, seq)), nil }
	for {
		p.space()
		switch c := p.peek(); {
		case p.eof() || c == ')':
			closed()
			return join(opAlternate, alts), nil
		case c == '|':
			p.i++
			closed()
		case c == '*' || c == '+' || c == '?' || c == '{':
			if len(seq) == 0 || seq[len(seq)-1] == nil {
				return nil, p.fail("repetition operator missing expression")
			}
			n, err := p.repeat(seq[len(seq)-1])
			if err != nil {
				return nil, err
			}
			seq[len(seq)-1] = n
		default:
			n, err := p.primary()
			if err != nil {
				return nil, err
			}
			seq = append(seq, n) // nil after a bare flag group: nothing to repeat
		}
	}
}

func join(op nodeOp, kids []*node) *node {
	out := make([]*node, 0, len(kids))
	for _, k := range kids {
		if k != nil {
			out = append(out, k)
		}
	}
	switch {
	case len(out) == 1:
		return out[0]
	case len(out) == 0:
		return &node{op: opEmpty}
	}
	return &node{op: op, kids: out}
}

// repeat reads one repetition operator for n.
func (p *parser) repeat(n *node) (*node, error) {
	r := &node{op: opRepeat, kids: []*node{n}, max: -1}
	c := p.peek()
	p.i++
	switch c {
	case '+':
		r.min = 1
	case '?':
		r.max = 1
	case '{':
		if err := p.count(r); err != nil {
			return nil, err
		}
	}
	r.lazy = p.skip("?") != p.f.swap
	return r, nil
}

func (p *parser) count(r *node) error {
	p.space()
	n, err := p.decimal()
	if err != nil {
		return err
	}
	r.min, r.max = n, n
	if p.skip(",") {
		p.space()
		r.max = -1
		if p.peek() != '}' {
			if r.max, err = p.decimal(); err != nil {
				return err
			}
		}
	}
	if !p.skip("}") {
		return p.fail("unclosed counted repetition")
	}
	if r.max >= 0 && r.max < r.min {
		return p.fail("invalid repetition count range")
	}
	return nil
}

// decimal reads a number with optional white space around it.
func (p *parser) decimal() (int, error) {
	blank := func() {
		for !p.eof() {
			r, n := utf8.DecodeRuneInString(p.s[p.i:])
			if !unicode.Is(unicode.White_Space, r) {
				return
			}
			p.i += n
		}
	}
	blank()
	at, n := p.i, 0
	for c := p.peek(); c >= '0' && c <= '9'; c = p.peek() {
		n = min(n*10+int(c-'0'), maxCount)
		p.i++
	}
	if p.i == at {
		return 0, p.fail("repetition quantifier expects a valid decimal")
	}
	blank()
	p.space()
	return n, nil
}

func (p *parser) primary() (*node, error) {
	switch c := p.peek(); c {
	case '(':
		return p.group()
	case '[':
		class, err := p.bracket()
		return p.class(class), err
	case '.':
		p.i++
		return p.dot()
	case '^':
		p.i++
		return p.anchor(textStart, lineStart, crlfStart), nil
	case '$':
		p.i++
		return p.anchor(textEnd, lineEnd, crlfEnd), nil
	case '\\':
		return p.escape()
	}
	return p.literal(p.next())
}

func (p *parser) anchor(text, line, crlf look) *node {
	switch {
	case p.f.multi && p.f.crlf:
		text = crlf
	case p.f.multi:
		text = line
	}
	return &node{op: opLook, look: text}
}

func (p *parser) dot() (*node, error) {
	if p.f.ascii && !p.f.bytes {
		return nil, p.fail("pattern can match invalid UTF-8")
	}
	var not ranges
	switch {
	case p.f.dotNL || p.f.bytes:
	case p.f.crlf:
		not = ranges{{'\n', '\n'}, {'\r', '\r'}}
	default:
		not = ranges{{'\n', '\n'}}
	}
	return p.class(p.f.negate(not)), nil
}

// class returns the node of a class.
func (p *parser) class(c ranges) *node {
	if p.f.bytes && !p.f.ascii {
		return encoded(c)
	}
	return &node{op: opClass, class: c}
}

func (p *parser) literal(r rune) (*node, error) {
	if p.f.fold && !(p.f.ascii && r >= utf8.RuneSelf) {
		if c := (ranges{{r, r}}).fold(p.f.ascii); c[0] != (span{r, r}) || len(c) > 1 {
			return p.class(c), nil
		}
	}
	if p.f.bytes && r >= utf8.RuneSelf {
		var bytes []*node
		for _, b := range []byte(string(r)) {
			bytes = append(bytes, &node{op: opRune, r: rune(b)})
		}
		return &node{op: opConcat, kids: bytes}, nil
	}
	return &node{op: opRune, r: r}, nil
}
