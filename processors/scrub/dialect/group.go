package dialect

import (
	"strings"
	"unicode"
)

// group reads what begins with '('. The result is nil for a bare flag group, which changes the flags of what follows.
func (p *parser) group() (*node, error) {
	if p.depth++; p.depth > maxNesting {
		return nil, p.fail("nested too deeply")
	}
	defer func() { p.depth-- }()
	p.i++
	saved := p.f
	out := &node{op: opGroup}
	p.space()
	switch {
	case p.has("?=") || p.has("?!") || p.has("?<=") || p.has("?<!"):
		return nil, p.fail("look-around, including look-ahead and look-behind, is not supported")
	case p.skip("?P<") || p.skip("?<"):
		if err := p.name(); err != nil {
			return nil, err
		}
		p.groups++
		out.group = p.groups
	case p.skip("?"):
		bare, err := p.flags()
		if err != nil || bare {
			return nil, err
		}
	default:
		p.groups++
		out.group = p.groups
	}
	body, err := p.alternation()
	if err != nil {
		return nil, err
	}
	if !p.skip(")") {
		return nil, p.fail("unclosed group")
	}
	p.f = saved
	if out.group == 0 {
		// Kept as a node of its own: what is inside must not take a repetition that is written behind it.
		return &node{op: opConcat, kids: []*node{body}}, nil
	}
	out.kids = []*node{body}
	return out, nil
}

func (p *parser) name() error {
	end := strings.IndexByte(p.s[p.i:], '>')
	if end < 0 {
		return p.fail("unclosed group name")
	}
	name := p.s[p.i : p.i+end]
	if name == "" {
		return p.fail("empty capture group name")
	}
	for i, r := range name {
		if r == '_' || unicode.IsLetter(r) || i > 0 && (r == '.' || r == '[' || r == ']' || unicode.IsNumber(r)) {
			continue
		}
		return p.fail("invalid capture group character")
	}
	if p.names[name] {
		return p.fail("duplicate capture group name")
	}
	p.names[name] = true
	p.i += end + 1
	return nil
}

// flags reads flags and the ':' or ')' behind them; bare says that it was ')'.
func (p *parser) flags() (bare bool, err error) {
	f, on, seen, dangling := p.f, true, "", false
	for {
		if p.eof() {
			return false, p.fail("expected flag but got end of regex")
		}
		c := p.s[p.i]
		switch c {
		case ':', ')':
			switch {
			case dangling:
				return false, p.fail("dangling flag negation operator")
			case c == ')' && seen == "":
				return false, p.fail("repetition operator missing expression")
			}
			p.i++
			p.f = f
			return c == ')', nil
		case '-':
			if !on {
				return false, p.fail("flag negation operator repeated")
			}
			on, dangling = false, true
		case 'i':
			f.fold = on
		case 'm':
			f.multi = on
		case 's':
			f.dotNL = on
		case 'U':
			f.swap = on
		case 'R':
			f.crlf = on
		case 'x':
			f.verbose = on
		case 'u':
			f.ascii = !on
		default:
			return false, p.fail("unrecognized flag")
		}
		if c != '-' {
			if strings.IndexByte(seen, c) >= 0 {
				return false, p.fail("duplicate flag")
			}
			seen += string(c)
			dangling = false
		}
		p.i++
	}
}
