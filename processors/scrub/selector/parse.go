package selector

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// maxNesting bounds parentheses.
const maxNesting = 500

// The errors of scrub 2.3; syntax errors quote the selector.
var (
	ErrWildcard     = errors.New("wildcard must be part of a path")
	ErrDeepWildcard = errors.New("deep wildcard used more than once")
	ErrUnknownType  = errors.New("unknown value")
	ErrIndex        = errors.New("invalid index")
)

// SyntaxError is any other error of a selector.
type SyntaxError struct{ Selector string }

func (e *SyntaxError) Error() string { return fmt.Sprintf("invalid syntax near %q", e.Selector) }

var legacyWords = map[string]Types{
	"freeform": String, "email": String, "sensitive": String, "text": String, "databag": Object, "container": Object,
}

// Parse reads a selector as it stands in a config; a text that equals a legacy word is that word (scrub 5.1).
func Parse(s string) (*Expr, error) {
	if t, ok := legacyWords[s]; ok {
		return Path(TypeItem(t)), nil
	}
	return ParsePlain(s)
}

// ParsePlain reads a selector without legacy words (scrub 7.2, excludeFields).
func ParsePlain(s string) (*Expr, error) {
	p := parser{s: s}
	e, err := p.or(0)
	if err == nil && p.i < len(s) {
		err = p.syntax()
	}
	if err == nil {
		err = p.fault
	}
	if err != nil {
		return nil, err
	}
	return e, nil
}

type parser struct {
	s string
	i int
	// fault is the first thing that is written as it should be and means nothing; errors of syntax anywhere come before it.
	fault error
}

func (p *parser) found(fault error) {
	if p.fault == nil {
		p.fault = fault
	}
}

func (p *parser) syntax() error { return &SyntaxError{p.s} }

func (p *parser) blanks() {
	for p.i < len(p.s) && p.s[p.i] == ' ' {
		p.i++
	}
}

// accept skips blanks and then one of the bytes in set.
func (p *parser) accept(set string) bool {
	p.blanks()
	if p.i < len(p.s) && strings.IndexByte(set, p.s[p.i]) >= 0 {
		p.i++
		return true
	}
	return false
}

// operator skips blanks and c once or twice.
func (p *parser) operator(c byte) bool {
	p.blanks()
	if p.i >= len(p.s) || p.s[p.i] != c {
		return false
	}
	if p.i++; p.i < len(p.s) && p.s[p.i] == c {
		p.i++
	}
	return true
}

func (p *parser) or(depth int) (*Expr, error) {
	return p.chain(depth, '|', Or, func(depth int) (*Expr, error) { return p.chain(depth, '&', And, p.not) })
}

func (p *parser) chain(depth int, c byte, build func(...*Expr) *Expr, next func(int) (*Expr, error)) (*Expr, error) {
	var kids []*Expr
	for {
		e, err := next(depth)
		if err != nil {
			return nil, err
		}
		if kids = append(kids, e); !p.operator(c) {
			return build(kids...), nil
		}
	}
}

func (p *parser) not(depth int) (*Expr, error) {
	if depth > maxNesting {
		return nil, p.syntax()
	}
	negated := p.accept("!~")
	e, err := p.operand(depth)
	if err == nil && negated {
		e = Not(e)
	}
	return e, err
}

func (p *parser) operand(depth int) (*Expr, error) {
	if !p.accept("(") {
		return p.path()
	}
	e, err := p.or(depth + 1)
	if err == nil && !p.accept(")") {
		err = p.syntax()
	}
	p.blanks()
	return e, err
}

func (p *parser) path() (*Expr, error) {
	var items []Item
	deep := 0
	for {
		it, err := p.item()
		if err != nil {
			return nil, err
		}
		if it.kind == itemDeep {
			deep++
		}
		if items = append(items, it); !p.accept(".") {
			break
		}
	}
	switch {
	case len(items) == 1 && items[0].kind == itemAny:
		p.found(ErrWildcard)
	case deep > 1:
		p.found(ErrDeepWildcard)
	}
	return Path(items...), nil
}

func (p *parser) item() (Item, error) {
	p.blanks()
	rest := p.s[p.i:]
	if rest == "" {
		return Item{}, p.syntax()
	}
	switch c := rest[0]; {
	case c == '$':
		n := 1
		for n < len(rest) && (rest[n] >= 'a' && rest[n] <= 'z' || rest[n] == '_') {
			n++
		}
		if p.i += n; n == 1 {
			return Item{}, p.syntax()
		}
		t := TypeByName(rest[1:n])
		if t == 0 {
			p.found(ErrUnknownType)
		}
		return TypeItem(t), nil
	case strings.HasPrefix(rest, "**"):
		p.i += 2
		return DeepWildcard, nil
	case c == '*':
		p.i++
		return Wildcard, nil
	case c == '\'':
		return p.quoted()
	case c >= '0' && c <= '9':
		n := 1
		for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
			n++
		}
		p.i += n
		index, err := strconv.ParseUint(rest[:n], 10, 64)
		if err != nil {
			p.found(ErrIndex)
		}
		return Item{kind: itemIndex, index: index}, nil
	}
	n := plainKey(rest)
	if p.i += n; n == 0 {
		return Item{}, p.syntax()
	}
	return KeyItem(rest[:n]), nil
}

func (p *parser) quoted() (Item, error) {
	var key strings.Builder
	for i := p.i + 1; i < len(p.s); i++ {
		if p.s[i] == '\'' {
			if i+1 >= len(p.s) || p.s[i+1] != '\'' {
				if p.i = i + 1; key.Len() == 0 {
					break
				}
				return KeyItem(key.String()), nil
			}
			i++
		}
		key.WriteByte(p.s[i])
	}
	return Item{}, p.syntax()
}
