package project

import (
	"slices"
	"strconv"
)

// selectorTypes are the words behind `$` (scrub 5.2).
var selectorTypes = []string{
	"string", "number", "boolean", "bool", "array", "list", "object", "message", "error", "exception", "stack", "stacktrace", "frame",
	"http", "request", "user", "logentry", "thread", "breadcrumb", "span", "sdk", "event", "log", "trace_metric", "attachments", "binary",
	"minidump", "heap_memory", "stack_memory", "datetime", "replay",
}

// maxSelectorDepth bounds parentheses.
const maxSelectorDepth = 500

// validSelector says whether a text has the form of a selector (scrub 5.1). What a selector means is the business of processors/scrub; here
// it only decides whether a config is readable.
func validSelector(s string) bool {
	p := selectorParser{s: s}
	return p.or(0) && p.i == len(s)
}

type selectorParser struct {
	s string
	i int
}

// peek skips blanks and returns the next byte, 0 at the end.
func (p *selectorParser) peek() byte {
	for p.i < len(p.s) && p.s[p.i] == ' ' {
		p.i++
	}
	if p.i == len(p.s) {
		return 0
	}
	return p.s[p.i]
}

// twice takes c once or twice.
func (p *selectorParser) twice(c byte) bool {
	if p.peek() != c {
		return false
	}
	p.i++
	if p.i < len(p.s) && p.s[p.i] == c {
		p.i++
	}
	return true
}

func (p *selectorParser) or(depth int) bool {
	for {
		if !p.and(depth) {
			return false
		}
		if !p.twice('|') {
			return true
		}
	}
}

func (p *selectorParser) and(depth int) bool {
	for {
		if !p.operand(depth) {
			return false
		}
		if !p.twice('&') {
			return true
		}
	}
}

func (p *selectorParser) operand(depth int) bool {
	if c := p.peek(); c == '!' || c == '~' {
		p.i++
	}
	if p.peek() != '(' {
		return p.path()
	}
	p.i++
	if depth == maxSelectorDepth || !p.or(depth+1) || p.peek() != ')' {
		return false
	}
	p.i++
	p.peek()
	return true
}

func (p *selectorParser) path() bool {
	items, deep, wild := 0, 0, false
	for {
		switch p.item() {
		case selectorNone:
			return false
		case selectorDeep:
			deep++
		case selectorAny:
			wild = true
		}
		items++
		if p.peek() != '.' {
			break
		}
		p.i++
	}
	return deep <= 1 && (items > 1 || !wild)
}

// selectorItem is one element of a path.
type selectorItem uint8

const (
	selectorNone selectorItem = iota
	selectorOther
	selectorAny
	selectorDeep
)

func (p *selectorParser) item() selectorItem {
	c := p.peek()
	switch {
	case c == '*':
		p.i++
		if p.i < len(p.s) && p.s[p.i] == '*' {
			p.i++
			return selectorDeep
		}
		return selectorAny
	case c == '$':
		p.i++
		word := p.run(func(c byte) bool { return 'a' <= c && c <= 'z' || c == '_' })
		return found(slices.Contains(selectorTypes, word))
	case c == '\'':
		return found(p.quoted())
	case '0' <= c && c <= '9':
		_, err := strconv.ParseUint(p.run(func(c byte) bool { return '0' <= c && c <= '9' }), 10, 64)
		return found(err == nil)
	case c == '-':
		return selectorNone
	}
	return found(p.run(func(c byte) bool {
		return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-'
	}) != "")
}

func found(ok bool) selectorItem {
	if ok {
		return selectorOther
	}
	return selectorNone
}

func (p *selectorParser) run(in func(byte) bool) string {
	from := p.i
	for p.i < len(p.s) && in(p.s[p.i]) {
		p.i++
	}
	return p.s[from:p.i]
}

// quoted takes a key in quotes, in which two quotes stand for one; the empty key is none.
func (p *selectorParser) quoted() bool {
	from := p.i + 1
	for i := from; i < len(p.s); i++ {
		if p.s[i] != '\'' {
			continue
		}
		if i+1 < len(p.s) && p.s[i+1] == '\'' {
			i++
			continue
		}
		p.i = i + 1
		return i > from
	}
	return false
}
