package dialect

import (
	"strconv"
	"strings"
	"unicode"
)

// goLimit is the largest count of a repetition in Go's syntax, nested counts multiplied.
const goLimit = 1000

// emitter writes nodes in Go's syntax.
type emitter struct {
	strings.Builder
	marked bool  // write every assertion that is not the same in Go as an empty group
	groups []int // what the n-th group of the text is: a group of the pattern, or -1-look
	native bool  // false once something was written that Go cannot express
	plain  bool  // false once something was written that is right on ASCII texts only
}

func (e *emitter) open(group int) {
	e.groups = append(e.groups, group)
	e.WriteByte('(')
}

// write appends n and returns the product of the nested counts in it.
func (e *emitter) write(n *node) int {
	switch n.op {
	case opRune:
		e.rune(n.r)
	case opClass:
		e.class(n.class)
	case opLook:
		e.look(n.look)
	case opGroup:
		e.open(n.group)
		defer e.WriteByte(')')
		return e.write(n.kids[0])
	case opRepeat:
		return e.repeat(n)
	case opEncoded:
		return e.write(n.kids[0])
	case opConcat, opAlternate:
		weight := 1
		e.WriteString("(?:")
		for i, k := range n.kids {
			if i > 0 && n.op == opAlternate {
				e.WriteByte('|')
			}
			weight = max(weight, e.write(k))
		}
		e.WriteByte(')')
		return weight
	default:
		e.WriteString("(?:)")
	}
	return 1
}

func (e *emitter) rune(r rune) {
	if isASCIIWord(r) {
		e.WriteByte(byte(r))
		return
	}
	e.WriteString(`\x{`)
	e.WriteString(strconv.FormatInt(int64(r), 16))
	e.WriteByte('}')
}

func (e *emitter) class(c ranges) {
	if len(c) == 0 {
		c = ranges{{0, unicode.MaxRune}}
		e.WriteString("[^")
	} else {
		e.WriteByte('[')
	}
	for _, s := range c {
		e.rune(s.lo)
		if s.hi > s.lo {
			e.WriteByte('-')
			e.rune(s.hi)
		}
	}
	e.WriteByte(']')
}

func (e *emitter) look(l look) {
	text, everywhere := l.native()
	switch {
	case e.marked && (text == "" || !everywhere):
		e.groups = append(e.groups, -1-int(l))
		e.WriteString("()")
	case text == "":
		e.native = false
	default:
		e.plain = e.plain && everywhere
		e.WriteString(text)
	}
}

// repeat writes a repetition. Counts that Go refuses become several repetitions one after the other.
func (e *emitter) repeat(n *node) int {
	from, groups := e.Len(), len(e.groups)
	e.WriteString("(?:")
	weight := e.write(n.kids[0])
	e.WriteByte(')')
	unit, unitGroups := e.String()[from:], e.groups[groups:]
	lazy := ""
	if n.lazy {
		lazy = "?"
	}
	most := max(n.min, n.max)
	if most*weight <= goLimit {
		e.WriteString(quantifier(n.min, n.max) + lazy)
		return max(weight, most*weight)
	}
	chunk := max(goLimit/weight, 1)
	first := true
	again := func(lo, hi int) {
		if !first {
			e.WriteString(unit)
			e.groups = append(e.groups, unitGroups...)
		}
		first = false
		e.WriteString(quantifier(lo, hi) + lazy)
	}
	for left := n.min; left > 0; left -= chunk {
		again(min(left, chunk), min(left, chunk))
	}
	if n.max < 0 {
		again(0, -1)
	}
	for left := n.max - n.min; left > 0; left -= chunk {
		again(0, min(left, chunk))
	}
	return chunk * weight
}

func quantifier(lo, hi int) string {
	switch {
	case lo == 0 && hi < 0:
		return "*"
	case lo == 1 && hi < 0:
		return "+"
	case lo == 0 && hi == 1:
		return "?"
	case hi < 0:
		return "{" + strconv.Itoa(lo) + ",}"
	}
	return "{" + strconv.Itoa(lo) + "," + strconv.Itoa(hi) + "}"
}
