package event

import "unsafe"

// number parses a number; one that a float64 cannot hold is an error.
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
