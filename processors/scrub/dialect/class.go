package dialect

import "strings"

// bracket reads a class in brackets: ranges, escapes, nested classes and the set operations && -- ~~, which are
// left-associative and bind weaker than what stands side by side.
func (p *parser) bracket() (ranges, error) {
	if p.depth++; p.depth > maxNesting {
		return nil, p.fail("nested too deeply")
	}
	defer func() { p.depth-- }()
	p.i++ // [
	p.space()
	negated := p.skip("^")
	p.space()
	var (
		left  ranges // operand before the last operator
		op    string // that operator
		items []span
	)
	// A dash or a closing bracket at the very start stands for itself.
	for p.peek() == '-' && !p.has("--") {
		p.i++
		items = append(items, span{'-', '-'})
		p.space()
	}
	if items == nil && p.skip("]") {
		items = append(items, span{']', ']'})
	}
	apply := func() {
		right := set(items...)
		switch op {
		case "":
			left = right
		case "&&":
			left = left.intersect(right)
		case "--":
			left = left.subtract(right)
		case "~~":
			left = left.union(right).subtract(left.intersect(right))
		}
		items = nil
	}
	for {
		p.space()
		switch {
		case p.eof():
			return nil, p.fail("unclosed character class")
		case p.skip("]"):
			apply()
			if !negated {
				return left, nil
			}
			if p.f.ascii && !p.f.bytes {
				return nil, p.fail("pattern can match invalid UTF-8")
			}
			return p.f.negate(left), nil
		case p.has("&&") || p.has("--") || p.has("~~"):
			apply()
			op = p.s[p.i : p.i+2]
			p.i += 2
		case p.peek() == '[':
			class, err := p.nested()
			if err != nil {
				return nil, err
			}
			items = append(items, class...)
		default:
			class, err := p.classItem()
			if err != nil {
				return nil, err
			}
			items = append(items, class...)
		}
	}
}

// nested reads [:name:] or a class within a class.
func (p *parser) nested() (ranges, error) {
	if rest, ok := strings.CutPrefix(p.s[p.i:], "[:"); ok {
		if end := strings.Index(rest, ":]"); end >= 0 {
			name, negated := strings.CutPrefix(rest[:end], "^")
			if class, ok := posix[name]; ok {
				p.i += end + 4
				if p.f.fold {
					class = class.fold(p.f.ascii)
				}
				if negated {
					if p.f.ascii && !p.f.bytes {
						return nil, p.fail("pattern can match invalid UTF-8")
					}
					class = p.f.negate(class)
				}
				return class, nil
			}
		}
	}
	return p.bracket()
}

// classItem reads a range, a character or a class escape.
func (p *parser) classItem() (ranges, error) {
	if p.peek() == '\\' {
		if class, ok, err := p.classEscape(); err != nil {
			return nil, err
		} else if ok {
			if p.space(); p.peek() == '-' && !p.has("-]") && !p.has("--") {
				return nil, p.fail("invalid range boundary, must be a literal")
			}
			return class, nil
		}
	}
	lo, err := p.classRune()
	if err != nil {
		return nil, err
	}
	p.space()
	hi := lo
	if p.peek() == '-' && !p.has("--") && !p.dashCloses() {
		p.i++
		p.space()
		if p.eof() {
			return nil, p.fail("unclosed character class")
		}
		if p.peek() == '\\' {
			if _, ok, err := p.classEscape(); ok || err != nil {
				return nil, p.fail("invalid range boundary, must be a literal")
			}
		}
		if hi, err = p.classRune(); err != nil {
			return nil, err
		}
		if hi < lo {
			return nil, p.fail("invalid character class range, the start must be <= the end")
		}
	}
	class := ranges{{lo, hi}}
	if p.f.fold {
		class = class.fold(p.f.ascii)
	}
	return class, nil
}

// dashCloses reports whether the '-' here is the last character of the class.
func (p *parser) dashCloses() bool {
	at := p.i
	p.i++
	p.space()
	closes := p.peek() == ']'
	p.i = at
	return closes
}

func (p *parser) classRune() (rune, error) {
	if p.peek() == '\\' {
		return p.runeEscape()
	}
	r := p.next()
	if p.f.ascii && r >= 0x80 {
		return 0, p.fail("Unicode not allowed here")
	}
	return r, nil
}
