package event

import (
	"errors"
	"fmt"
	"unsafe"
)

// maxDepth is the number of nested containers that a document may have (normalize 1.1).
const maxDepth = 127

// ErrSyntax is wrapped by every parse error.
var ErrSyntax = errors.New("invalid JSON")

// parser is the scratch of one parse; it lives in the Doc to be reused.
type parser struct {
	b     []byte
	i     int
	depth int
	stack []Member // entries of the containers that are not finished
	table []uint64 // of dedupeMany; zeros between two uses
}

func (p *parser) reset() {
	p.b = nil
	clear(p.stack[:cap(p.stack)])
	p.stack = p.stack[:0]
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
