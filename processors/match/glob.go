package match

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"weir/codecs/pattern"
)

// Glob is a compiled pattern (filters 6). It matches whole texts, in time linear in their length, without allocating.
type Glob struct {
	shape    shape
	fold     bool
	literal  string            // of exact, prefix and suffix
	finder   finder            // of contains; of a machine: a text that every match contains
	segments [][]pattern.Token // what stands between the wildcards; the first and the last may be empty
	finders  []finder          // for segments that begin with a text
	machine  *machine
}

// shape selects the cheapest way to match.
type shape uint8

const (
	shapeNothing  shape = iota
	shapeAll            // *
	shapeExact          // text
	shapePrefix         // text*
	shapeSuffix         // *text
	shapeContains       // *text*
	shapeSegments       // anything without groups
	shapeMachine        // the rest
)

// CompileGlob compiles a case-insensitive pattern. The error is the fault of the pattern.
func CompileGlob(text string) (*Glob, error) {
	p, err := pattern.Parse(text, true)
	if err != nil {
		return nil, err
	}
	return NewGlob(p), nil
}

// NewGlob compiles a parsed pattern.
func NewGlob(p *pattern.Pattern) *Glob {
	g := &Glob{fold: p.Fold}
	switch {
	case len(p.Tokens) == 0:
		return g
	case needsMachine(p.Tokens):
		g.shape, g.machine = shapeMachine, newMachine(p)
		if text := longest(p.Tokens); text != "" {
			g.finder = newFinder(text, p.Fold)
		}
		return g
	}
	g.segments = split(p.Tokens)
	g.shape = shapeSegments
	g.finders = make([]finder, len(g.segments))
	for i, s := range g.segments {
		if len(s) > 0 && s[0].Kind == pattern.Literal {
			g.finders[i] = newFinder(s[0].Text, p.Fold)
		}
	}
	text := func(i int) (string, bool) {
		s := g.segments[i]
		if len(s) != 1 || s[0].Kind != pattern.Literal {
			return "", false
		}
		return s[0].Text, true
	}
	empty := func(i int) bool { return len(g.segments[i]) == 0 }
	switch n := len(g.segments); {
	case n == 1:
		g.take(shapeExact, text, 0)
	case n == 2 && empty(0) && empty(1):
		g.shape = shapeAll
	case n == 2 && empty(1):
		g.take(shapePrefix, text, 0)
	case n == 2 && empty(0):
		g.take(shapeSuffix, text, 1)
	case n == 3 && empty(0) && empty(2):
		g.take(shapeContains, text, 1)
	}
	return g
}

func (g *Glob) take(s shape, text func(int) (string, bool), i int) {
	if t, ok := text(i); ok {
		g.shape, g.literal, g.finder = s, t, newFinder(t, g.fold)
	}
}

// needsMachine says that segments do not do: groups, or the one lower-cased character that is longer than its capital.
func needsMachine(tokens []pattern.Token) bool {
	for i := range tokens {
		switch t := &tokens[i]; t.Kind {
		case pattern.Alternates, pattern.Optional:
			return true
		case pattern.Literal:
			if strings.Contains(t.Text, "i̇") {
				return true
			}
		}
	}
	return false
}

// split cuts tokens at the wildcards.
func split(tokens []pattern.Token) [][]pattern.Token {
	var segments [][]pattern.Token
	from := 0
	for i := range tokens {
		if tokens[i].Kind == pattern.Wildcard {
			segments = append(segments, tokens[from:i])
			from = i + 1
		}
	}
	return append(segments, tokens[from:])
}

// Match reports whether the pattern matches the whole text.
func (g *Glob) Match(text string) bool {
	switch g.shape {
	case shapeAll:
		return true
	case shapeExact:
		n, ok := prefix(text, g.literal, g.fold)
		return ok && n == len(text)
	case shapePrefix:
		_, ok := prefix(text, g.literal, g.fold)
		return ok
	case shapeSuffix:
		return suffix(text, g.literal, g.fold)
	case shapeContains:
		return g.finder.in(text)
	case shapeSegments:
		return g.matchSegments(text)
	case shapeMachine:
		return (g.finder.literal == "" || g.finder.in(text)) && g.machine.match(text)
	}
	return false
}

// longest returns the longest text outside of groups; a search for it is much cheaper than the machine. Texts with a sigma are no help: a search
// takes the last one of a word for another letter.
func longest(tokens []pattern.Token) string {
	text := ""
	for i := range tokens {
		if t := &tokens[i]; t.Kind == pattern.Literal && len(t.Text) > len(text) && !strings.Contains(t.Text, "i̇") && !strings.ContainsAny(t.Text, "σς") {
			text = t.Text
		}
	}
	return text
}

// matchSegments anchors the first and the last segment and looks for the others from left to right: each takes a fixed number of
// characters, so the leftmost place is as good as any.
func (g *Glob) matchSegments(text string) bool {
	n, ok := matchAt(text, g.segments[0], g.fold)
	if !ok {
		return false
	}
	text = text[n:]
	last := len(g.segments) - 1
	if last == 0 {
		return text == ""
	}
	for i := 1; i < last; i++ {
		if text, ok = g.find(text, i); !ok {
			return false
		}
	}
	end := g.segments[last]
	from, ok := stepBack(text, width(end))
	if !ok {
		return false
	}
	n, ok = matchAt(text[from:], end, g.fold)
	return ok && from+n == len(text)
}

// find returns what follows the leftmost place where segment i matches.
func (g *Glob) find(text string, i int) (string, bool) {
	segment := g.segments[i]
	for {
		from, to := 0, 0
		if f := &g.finders[i]; f.literal != "" {
			if from, to = f.find(text); from < 0 {
				return "", false
			}
			segment = g.segments[i][1:]
		}
		if n, ok := matchAt(text[to:], segment, g.fold); ok {
			return text[to+n:], true
		}
		text = text[from:]
		if text == "" {
			return "", false
		}
		_, n := utf8.DecodeRuneInString(text)
		text = text[n:]
	}
}

// width is the number of characters that a segment takes.
func width(segment []pattern.Token) int {
	n := 0
	for i := range segment {
		switch t := &segment[i]; t.Kind {
		case pattern.Literal:
			n += utf8.RuneCountInString(t.Text)
		case pattern.Any:
			n += t.N
		case pattern.Class:
			n++
		}
	}
	return n
}

// stepBack returns the index of the n-th last character.
func stepBack(text string, n int) (int, bool) {
	at := len(text)
	for ; n > 0; n-- {
		if at == 0 {
			return 0, false
		}
		_, size := utf8.DecodeLastRuneInString(text[:at])
		at -= size
	}
	return at, true
}

// matchAt matches a segment at the start of text and returns the number of bytes it took.
func matchAt(text string, segment []pattern.Token, fold bool) (int, bool) {
	at := 0
	for i := range segment {
		t := &segment[i]
		switch t.Kind {
		case pattern.Literal:
			n, ok := prefix(text[at:], t.Text, fold)
			if !ok {
				return 0, false
			}
			at += n
		case pattern.Any:
			for range t.N {
				if at == len(text) {
					return 0, false
				}
				_, n := utf8.DecodeRuneInString(text[at:])
				at += n
			}
		case pattern.Class:
			if at == len(text) {
				return 0, false
			}
			r, n := utf8.DecodeRuneInString(text[at:])
			if !inClass(t, r, fold) {
				return 0, false
			}
			at += n
		}
	}
	return at, true
}

// inClass tests one character; case-insensitive classes know its lower and upper form, if that is one character.
func inClass(t *pattern.Token, r rune, fold bool) bool {
	in := false
	if fold {
		lower, upper := unicode.ToLower(r), unicode.ToUpper(r)
		if r == 'İ' {
			lower = r
		}
		if upper > unicode.MaxLatin1 && unicode.Is(unicode.Lt, upper) {
			upper = r // the capital of a letter with iota is two
		}
		for _, g := range t.Ranges {
			in = in || g.First <= lower && lower <= g.Last || g.First <= upper && upper <= g.Last
		}
	} else {
		for _, g := range t.Ranges {
			in = in || g.First <= r && r <= g.Last
		}
	}
	return in != t.Negated
}
