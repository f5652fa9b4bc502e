package useragent

import (
	"regexp/syntax"
	"slices"
	"strings"
)

// piece is a text in lower case, of at least three bytes, that a match contains.
type piece struct {
	text        string
	first, last uint16 // marks of its first and last three bytes
}

// anyOf is a choice of pieces of which one must occur.
type anyOf []piece

const (
	gram  = 3
	marks = 1 << 13
)

// mark is the place of three bytes in the marks of a text.
func mark(a, b, c byte) uint16 {
	return uint16((uint32(a)<<16 | uint32(b)<<8 | uint32(c)) * 0x9E3779B1 >> 19)
}

// text is a user agent with what makes the search for pieces cheap: every three bytes that stand side by side are marked.
type text struct {
	s, lower string
	marked   [marks / 64]uint64
}

func newText(s string) *text {
	t := &text{s: s, lower: lowerASCII(s)}
	for i := 0; i+gram <= len(t.lower); i++ {
		m := mark(t.lower[i], t.lower[i+1], t.lower[i+2])
		t.marked[m/64] |= 1 << (m % 64)
	}
	return t
}

func (t *text) hasAll(needs []anyOf) bool {
	for _, choice := range needs {
		if !slices.ContainsFunc(choice, t.has) {
			return false
		}
	}
	return true
}

func (t *text) has(p piece) bool {
	return t.marked[p.first/64]>>(p.first%64)&1 != 0 && t.marked[p.last/64]>>(p.last%64)&1 != 0 && strings.Contains(t.lower, p.text)
}

func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
	return string(b)
}

// needsOf returns what every match of an expression contains.
func needsOf(expr string) []anyOf {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		panic(err) // the table is part of the program
	}
	var out []anyOf
	for _, choice := range required(re.Simplify()) {
		var pieces anyOf
		for _, s := range choice {
			n := len(s)
			pieces = append(pieces, piece{s, mark(s[0], s[1], s[2]), mark(s[n-3], s[n-2], s[n-1])})
		}
		out = append(out, pieces)
	}
	// Rare and long ones first: they tell sooner that a rule is out.
	slices.SortStableFunc(out, func(a, b anyOf) int { return shortest(b) - shortest(a) })
	return out
}

func shortest(choice anyOf) int {
	n := len(choice[0].text)
	for _, p := range choice {
		n = min(n, len(p.text))
	}
	return n
}

// most bounds the texts of one choice.
const most = 64

// required lists choices of lower-case texts; one text of each choice is in every match.
func required(re *syntax.Regexp) [][]string {
	if texts, ok := exact(re); ok {
		return choice(texts)
	}
	switch re.Op {
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return required(re.Sub[0])
		}
	case syntax.OpConcat:
		return requiredInRow(re.Sub)
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			best := []string(nil)
			for _, c := range required(sub) {
				if best == nil || leastLen(c) > leastLen(best) {
					best = c
				}
			}
			if best == nil {
				return nil
			}
			all = append(all, best...)
		}
		return [][]string{all}
	}
	return nil
}

// requiredInRow joins neighbours that are texts to longer ones.
func requiredInRow(subs []*syntax.Regexp) (all [][]string) {
	row := []string{""}
	for _, sub := range subs {
		texts, ok := exact(sub)
		if ok && len(row)*len(texts) <= most {
			row = product(row, texts)
			continue
		}
		all = append(all, choice(row)...)
		if row = []string{""}; ok {
			row = texts
		} else {
			all = append(all, required(sub)...)
		}
	}
	return append(all, choice(row)...)
}

// choice is a list of one choice, empty when a text is too short to be looked for.
func choice(texts []string) [][]string {
	if leastLen(texts) < gram {
		return nil
	}
	return [][]string{texts}
}

// exact returns all texts that an expression matches, in lower case, if they are few.
func exact(re *syntax.Regexp) (texts []string, ok bool) {
	switch re.Op {
	case syntax.OpLiteral:
		return []string{lowerASCII(string(re.Rune))}, true
	case syntax.OpEmptyMatch, syntax.OpBeginText, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return []string{""}, true
	case syntax.OpCapture:
		return exact(re.Sub[0])
	case syntax.OpQuest:
		texts, ok = exact(re.Sub[0])
		return append(texts[:len(texts):len(texts)], ""), ok && len(texts) < most
	case syntax.OpCharClass:
		return exactClass(re.Rune)
	case syntax.OpConcat:
		texts = []string{""}
		for _, sub := range re.Sub {
			more, ok := exact(sub)
			if !ok || len(texts)*len(more) > most {
				return nil, false
			}
			texts = product(texts, more)
		}
		return texts, true
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			more, ok := exact(sub)
			if !ok || len(texts)+len(more) > most {
				return nil, false
			}
			texts = append(texts, more...)
		}
		return texts, true
	}
	return nil, false
}

// exactClass lists the characters of small classes of ASCII; the two other characters that fold into it do not count.
func exactClass(ranges []rune) (texts []string, ok bool) {
	for i := 0; i < len(ranges); i += 2 {
		for c := ranges[i]; c <= ranges[i+1]; c++ {
			if c == '\u212a' || c == '\u017f' {
				continue
			}
			if c >= 0x80 || len(texts) > 12 {
				return nil, false
			}
			if s := lowerASCII(string(c)); !slices.Contains(texts, s) {
				texts = append(texts, s)
			}
		}
	}
	return texts, len(texts) > 0
}

func product(a, b []string) []string {
	out := make([]string, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			out = append(out, x+y)
		}
	}
	return out
}

func leastLen(texts []string) int {
	n := len(texts[0])
	for _, s := range texts {
		n = min(n, len(s))
	}
	return n
}
