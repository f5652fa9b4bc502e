package event

import (
	"errors"
	"fmt"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// maxDepth is the number of nested containers that a document may have (normalize 1.1).
const maxDepth = 127

// manyKeys is the number of keys from which duplicates are found with a map.
const manyKeys = 16

// ErrSyntax is wrapped by every parse error.
var ErrSyntax = errors.New("invalid JSON")

// parser is the scratch of one parse; it lives in the Doc to be reused.
type parser struct {
	b     []byte
	i     int
	depth int
	stack []Member // entries of the containers that are not finished
	seen  map[string]int32
}

func (p *parser) reset() {
	p.b = nil
	clear(p.stack[:cap(p.stack)])
	p.stack = p.stack[:0]
	clear(p.seen)
}

// Parse reads the first JSON value of b and ignores what follows it. Metadata in the root's `_meta` is moved to the nodes
// (normalize 1.1, 5.3). b must stay unchanged while the document lives: strings alias it. Every error is ErrSyntax and
// means outcome reason invalid_json.
func Parse(b []byte) (*Doc, error) {
	d := New()
	root, err := d.parse(b, false)
	if err != nil {
		d.Release()
		return nil, err
	}
	d.Root = root
	d.ReadMeta()
	return d, nil
}

// ParseText reads a text that is one JSON value, optionally surrounded by white space, into nodes of d. They are not
// attached to anything. The text is not copied.
func (d *Doc) ParseText(s string) (*Value, error) {
	return d.parse(unsafe.Slice(unsafe.StringData(s), len(s)), true)
}

func (d *Doc) parse(b []byte, whole bool) (*Value, error) {
	p := &d.p
	p.b, p.i, p.depth, p.stack = b, 0, 0, p.stack[:0]
	d.skipSpace()
	v := d.alloc()
	err := d.value(v)
	if err == nil && whole {
		if d.skipSpace(); p.i < len(b) {
			err = p.fail("text after the value")
		}
	}
	p.b = nil
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (p *parser) fail(what string) error {
	return fmt.Errorf("%w at byte %d: %s", ErrSyntax, p.i, what)
}

func (d *Doc) skipSpace() {
	p := &d.p
	if p.i < len(p.b) && p.b[p.i] <= ' ' {
		p.skipMore()
	}
}

func (p *parser) skipMore() {
	for p.i < len(p.b) {
		switch p.b[p.i] {
		case ' ', '\n', '\t', '\r':
			p.i++
		default:
			return
		}
	}
}

// value parses into v; p.i is at its first byte.
func (d *Doc) value(v *Value) error {
	p := &d.p
	if p.i >= len(p.b) {
		return p.fail("end of input")
	}
	switch c := p.b[p.i]; c {
	case '"':
		s, plain, err := d.str()
		v.kind, v.text, v.plain = String, s, plain
		return err
	case '{':
		return d.object(v)
	case '[':
		return d.array(v)
	case 't':
		return d.literal(v, "true", True)
	case 'f':
		return d.literal(v, "false", False)
	case 'n':
		return d.literal(v, "null", Null)
	default:
		if c == '-' || c >= '0' && c <= '9' {
			return d.number(v)
		}
	}
	return p.fail("unexpected character")
}

func (d *Doc) literal(v *Value, word string, k Kind) error {
	p := &d.p
	if len(p.b)-p.i < len(word) || string(p.b[p.i:p.i+len(word)]) != word {
		return p.fail("unexpected character")
	}
	p.i += len(word)
	v.kind = k
	return nil
}

func (d *Doc) array(v *Value) error {
	p := &d.p
	if p.depth++; p.depth > maxDepth {
		return p.fail("nested too deeply")
	}
	p.i++
	v.kind = Array
	from := len(p.stack)
	d.skipSpace()
	if p.i < len(p.b) && p.b[p.i] == ']' {
		p.i++
		p.depth--
		return nil
	}
	for {
		d.skipSpace()
		x := d.alloc()
		if err := d.value(x); err != nil {
			return err
		}
		p.stack = append(p.stack, Member{Value: x})
		d.skipSpace()
		if p.i >= len(p.b) {
			return p.fail("end of input")
		}
		c := p.b[p.i]
		p.i++
		if c == ',' {
			continue
		}
		if c != ']' {
			p.i--
			return p.fail("expected , or ]")
		}
		v.kids = append(d.NewMembers(len(p.stack)-from), p.stack[from:]...)
		p.stack = p.stack[:from]
		p.depth--
		return nil
	}
}

func (d *Doc) object(v *Value) error {
	p := &d.p
	if p.depth++; p.depth > maxDepth {
		return p.fail("nested too deeply")
	}
	p.i++
	v.kind = Object
	from := len(p.stack)
	b := p.b
	d.skipSpace()
	if p.i < len(b) && b[p.i] == '}' {
		p.i++
		p.depth--
		return nil
	}
	var seen uint64 // one bit for each key; no bit twice means no key twice
	again := false
	for {
		if p.i < len(b) && b[p.i] <= ' ' {
			p.skipMore()
		}
		if p.i >= len(b) || b[p.i] != '"' {
			return p.fail("expected a key")
		}
		key, _, err := d.str()
		if err != nil {
			return err
		}
		bit := keyBit(key)
		again = again || seen&bit != 0
		seen |= bit
		if p.i < len(b) && b[p.i] <= ' ' {
			p.skipMore()
		}
		if p.i >= len(b) || b[p.i] != ':' {
			return p.fail("expected :")
		}
		p.i++
		if p.i < len(b) && b[p.i] <= ' ' {
			p.skipMore()
		}
		x := d.alloc()
		if p.i < len(b) && b[p.i] == '"' {
			x.kind = String
			x.text, x.plain, err = d.str()
		} else {
			err = d.value(x)
		}
		if err != nil {
			return err
		}
		if n := len(p.stack); n < cap(p.stack) {
			p.stack = p.stack[:n+1]
			p.stack[n].Key, p.stack[n].Value = key, x
		} else {
			p.stack = append(p.stack, Member{key, x})
		}
		if p.i < len(b) && b[p.i] <= ' ' {
			p.skipMore()
		}
		if p.i >= len(b) {
			return p.fail("end of input")
		}
		c := b[p.i]
		p.i++
		if c == ',' {
			continue
		}
		if c != '}' {
			p.i--
			return p.fail("expected , or }")
		}
		kids := p.stack[from:]
		if again {
			kids = p.dedupe(kids)
		}
		v.kids = append(d.NewMembers(len(kids)), kids...)
		p.stack = p.stack[:from]
		p.depth--
		return nil
	}
}

// keyBit maps a key to one of 64 bits; equal keys have equal bits.
func keyBit(key string) uint64 {
	n := len(key)
	if n == 0 {
		return 1
	}
	return 1 << ((uint32(n)*7 ^ uint32(key[0])*5 ^ uint32(key[n-1])*11 ^ uint32(key[n/2])*3) & 63)
}

// dedupe keeps the last value of equal keys, at the place of the first.
func (p *parser) dedupe(kids []Member) []Member {
	if len(kids) > manyKeys {
		return p.dedupeMany(kids)
	}
	for i := 1; i < len(kids); i++ {
		for j := range i {
			if kids[j].Key == kids[i].Key {
				kids[j].Value = kids[i].Value
				kids = append(kids[:i], kids[i+1:]...)
				i--
				break
			}
		}
	}
	return kids
}

func (p *parser) dedupeMany(kids []Member) []Member {
	if p.seen == nil {
		p.seen = make(map[string]int32)
	}
	n := int32(0)
	for _, m := range kids {
		if j, ok := p.seen[m.Key]; ok {
			kids[j].Value = m.Value
			continue
		}
		p.seen[m.Key] = n
		kids[n] = m
		n++
	}
	clear(p.seen)
	return kids[:n]
}

func (d *Doc) number(v *Value) error {
	p := &d.p
	b, i := p.b, p.i
	from := i
	if b[i] == '-' {
		i++
	}
	digits := i
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	if i == digits || b[digits] == '0' && i-digits > 1 {
		p.i = i
		return p.fail("malformed number")
	}
	risky := i-digits > 300 // only these can leave the range of float64
	if i < len(b) && b[i] == '.' {
		i++
		at := i
		for i < len(b) && b[i]-'0' <= 9 {
			i++
		}
		if i == at {
			p.i = i
			return p.fail("malformed number")
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		risky = true
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		at := i
		for i < len(b) && b[i]-'0' <= 9 {
			i++
		}
		if i == at {
			p.i = i
			return p.fail("malformed number")
		}
	}
	s := unsafe.String(&b[from], i-from)
	if risky {
		if _, ok := parseFloat(s); !ok {
			return p.fail("number out of range")
		}
	}
	p.i = i
	v.kind, v.text = Number, s
	return nil
}

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

// unicodeEscape decodes \uXXXX or a surrogate pair at the start of b and returns its length, 0 when it is invalid.
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
