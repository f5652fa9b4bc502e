package pattern

import (
	"fmt"
	"unicode/utf8"
)

// Fault says why a text is no pattern. Its text is that of filters 6.
type Fault string

func (f Fault) Error() string { return string(f) }

// The faults, beside the one that names an invalid range.
const (
	ErrClass      Fault = "Unbalanced character class"
	ErrAlternates Fault = "Unbalanced alternates"
	ErrInClass    Fault = "Invalid character class"
	ErrNested     Fault = "Nested alternates"
	ErrEscape     Fault = "Dangling escape"
)

// Parse reads a pattern; with fold its literals are lower-cased and it matches case-insensitively. Bytes that are no UTF-8 stand for
// U+FFFD. The error is a Fault.
func Parse(s string, fold bool) (*Pattern, error) {
	p := parser{rest: s, fold: fold}
	if err := p.parse(); err != nil {
		return nil, err
	}
	return &Pattern{Tokens: p.tokens, Fold: fold}, nil
}

type parser struct {
	rest    string
	fold    bool
	tokens  []Token   // of the top level
	choices [][]Token // of the open group, the last one growing
	open    bool      // inside braces
	literal []rune    // pending text of the list that grows
}

func (p *parser) next() (rune, bool) {
	if p.rest == "" {
		return 0, false
	}
	r, n := utf8.DecodeRuneInString(p.rest)
	p.rest = p.rest[n:]
	return r, true
}

func (p *parser) parse() error {
	for {
		r, ok := p.next()
		if !ok {
			break
		}
		var err error
		switch {
		case r == '?':
			p.add(Token{Kind: Any, N: 1})
		case r == '*':
			p.add(Token{Kind: Wildcard})
		case r == '[':
			err = p.class()
		case r == ']':
			err = ErrClass
		case r == '{':
			err = p.openGroup()
		case r == '}':
			err = p.closeGroup()
		case r == ',' && p.open:
			p.flush()
			p.choices = append(p.choices, nil)
		case r == '\\':
			if r, ok = p.next(); !ok {
				return ErrEscape
			}
			p.literal = append(p.literal, r)
		default:
			p.literal = append(p.literal, r)
		}
		if err != nil {
			return err
		}
	}
	if p.open { // a group that never ends vanishes with its content
		p.literal = nil
		p.open = false
	}
	p.flush()
	return nil
}

// list is where tokens go: the top level or the last choice of the open group.
func (p *parser) list() *[]Token {
	if p.open {
		return &p.choices[len(p.choices)-1]
	}
	return &p.tokens
}

// flush ends a pending literal.
func (p *parser) flush() {
	if len(p.literal) == 0 {
		return
	}
	text := string(p.literal)
	p.literal = p.literal[:0]
	push(p.list(), Token{Kind: Literal, Text: text}, p.fold)
}

func (p *parser) add(t Token) {
	p.flush()
	push(p.list(), t, p.fold)
}

// push appends a token and joins neighbours of the same kind.
func push(list *[]Token, t Token, fold bool) {
	if t.Kind == Literal && fold {
		t.Text = Lower(t.Text)
	}
	if n := len(*list); n > 0 {
		last := &(*list)[n-1]
		switch {
		case last.Kind != t.Kind:
		case t.Kind == Wildcard:
			return
		case t.Kind == Any:
			last.N += t.N
			return
		case t.Kind == Literal:
			last.Text += t.Text
			return
		}
	}
	*list = append(*list, t)
}

func (p *parser) openGroup() error {
	if p.open {
		return ErrNested
	}
	p.flush()
	p.open, p.choices = true, [][]Token{nil}
	return nil
}

func (p *parser) closeGroup() error {
	if !p.open {
		return ErrAlternates
	}
	p.flush()
	p.open = false
	var full [][]Token
	empty := false
	for _, c := range p.choices {
		switch {
		case len(c) == 0:
			empty = true
		case len(c) == 1 && c[0].Kind == Wildcard: // takes everything that the others take
			push(&p.tokens, Token{Kind: Wildcard}, p.fold)
			return nil
		default:
			full = append(full, c)
		}
	}
	switch {
	case len(full) == 0:
	case len(full) == 1 && empty:
		p.tokens = append(p.tokens, Token{Kind: Optional, Choices: full})
	case len(full) == 1:
		for _, t := range full[0] {
			push(&p.tokens, t, false)
		}
	default:
		if empty {
			full = append(full, nil)
		}
		p.tokens = append(p.tokens, Token{Kind: Alternates, Choices: full})
	}
	return nil
}

// class reads what follows `[`; an empty class is no token.
func (p *parser) class() error {
	t := Token{Kind: Class}
	first := true
	dash := false // a range waits for its end
	for {
		r, ok := p.next()
		if !ok {
			return ErrClass
		}
		switch {
		case r == ']':
			if dash {
				t.Ranges = append(t.Ranges, Range{'-', '-'})
			}
			if len(t.Ranges) > 0 {
				p.add(t)
			}
			return nil
		case r == '[':
			return ErrInClass
		case r == '!' && first:
			t.Negated, first = true, false
			continue
		case r == '-' && !dash && len(t.Ranges) > 0:
			dash = true
			continue
		case r == '\\':
			if r, ok = p.next(); !ok {
				return ErrEscape
			}
		}
		first = false
		if !dash {
			t.Ranges = append(t.Ranges, Range{r, r})
			continue
		}
		dash = false
		last := &t.Ranges[len(t.Ranges)-1]
		if r < last.First {
			return Fault(fmt.Sprintf("Invalid character range `%c-%c`", last.First, r))
		}
		last.Last = r
	}
}
