package dialect

import (
	"math"
	"slices"
	"unicode/utf8"
)

// simple is a pattern in the form that the contract's engine compiles: characters side by side are one literal, alternatives of one character
// each are one class, sequences and alternatives do not nest, nothing repeats once. Size depends on this form, not on what was written.
type simple struct {
	op       nodeOp // opRune for a literal
	kids     []*simple
	literal  []byte
	class    ranges
	bytes    bool // of opClass: of bytes, not of characters
	look     look
	group    int
	min, max int
	lazy     bool

	// What it matches takes at least and at most so many bytes. -1 for the least: it never matches. -1 for the most: no bound, or it never matches.
	least, most int
	// It matches at the start or the end of the text only.
	fromStart, toEnd bool
}

// simplify returns n in its simple form. In bytes, characters of the pattern are single bytes.
func (n *node) simplify(bytes bool) *simple {
	switch n.op {
	case opRune:
		if bytes {
			return literal([]byte{byte(n.r)})
		}
		return literal(utf8.AppendRune(nil, n.r))
	case opClass:
		return class(n.class, bytes)
	case opEncoded:
		return class(n.class, false)
	case opLook:
		return &simple{op: opLook, look: n.look, fromStart: n.look == textStart, toEnd: n.look == textEnd}
	case opGroup:
		s := n.kids[0].simplify(bytes)
		return &simple{op: opGroup, kids: []*simple{s}, group: n.group, least: s.least, most: s.most, fromStart: s.fromStart, toEnd: s.toEnd}
	case opRepeat:
		return repetition(n.kids[0].simplify(bytes), n.min, n.max, n.lazy)
	case opConcat, opAlternate:
		kids := make([]*simple, len(n.kids))
		for i, k := range n.kids {
			kids[i] = k.simplify(bytes)
		}
		if n.op == opConcat {
			return sequence(kids)
		}
		return alternatives(kids)
	}
	return &simple{op: opEmpty}
}

func literal(text []byte) *simple {
	return &simple{op: opRune, literal: text, least: len(text), most: len(text)}
}

func class(c ranges, bytes bool) *simple {
	switch {
	case len(c) == 0:
		return &simple{op: opClass, bytes: true, least: -1, most: -1}
	case len(c) == 1 && c[0].lo == c[0].hi && bytes:
		return literal([]byte{byte(c[0].lo)})
	case len(c) == 1 && c[0].lo == c[0].hi:
		return literal(utf8.AppendRune(nil, c[0].lo))
	case bytes:
		return &simple{op: opClass, class: c, bytes: true, least: 1, most: 1}
	}
	return &simple{op: opClass, class: c, least: max(utf8.RuneLen(c[0].lo), 1), most: max(utf8.RuneLen(c[len(c)-1].hi), 1)}
}

func repetition(of *simple, least, most int, lazy bool) *simple {
	if of.most == 0 { // an assertion holds once or never
		least = min(least, 1)
		if most < 0 || most > 1 {
			most = 1
		}
	}
	switch {
	case most == 0:
		return &simple{op: opEmpty}
	case least == 1 && most == 1:
		return of
	}
	s := &simple{op: opRepeat, kids: []*simple{of}, min: least, max: most, lazy: lazy, least: of.least, most: -1}
	if of.least > 0 {
		s.least = times(of.least, least)
	}
	if most > 0 && of.most >= 0 {
		s.most = times(of.most, most)
	}
	s.fromStart, s.toEnd = least > 0 && of.fromStart, least > 0 && of.toEnd
	return s
}

func sequence(parts []*simple) *simple {
	var kids []*simple
	var text []byte
	flush := func() {
		if text != nil {
			kids, text = append(kids, literal(text)), nil
		}
	}
	var add func(k *simple)
	add = func(k *simple) {
		switch k.op {
		case opEmpty:
		case opRune:
			text = append(text, k.literal...)
		case opConcat:
			for _, k := range k.kids {
				add(k)
			}
		default:
			flush()
			kids = append(kids, k)
		}
	}
	for _, k := range parts {
		add(k)
	}
	flush()
	switch len(kids) {
	case 0:
		return &simple{op: opEmpty}
	case 1:
		return kids[0]
	}
	s := &simple{op: opConcat, kids: kids}
	for _, k := range kids {
		s.least, s.most = added(s.least, k.least), added(s.most, k.most)
	}
	for _, k := range kids {
		if s.fromStart = s.fromStart || k.fromStart; k.most != 0 {
			break
		}
	}
	for _, k := range slices.Backward(kids) {
		if s.toEnd = s.toEnd || k.toEnd; k.most != 0 {
			break
		}
	}
	return s
}

func added(a, b int) int {
	if a < 0 || b < 0 {
		return -1
	}
	return min(a, math.MaxInt-b) + b
}

// times is the product of two lengths, or the largest there is.
func times(a, b int) int {
	if a > 0 && b > math.MaxInt/a {
		return math.MaxInt
	}
	return a * b
}

func alternatives(of []*simple) *simple {
	var kids []*simple
	for _, k := range of {
		if k.op == opAlternate {
			kids = append(kids, k.kids...)
		} else {
			kids = append(kids, k)
		}
	}
	if len(kids) == 1 {
		return kids[0]
	}
	if s := oneOf(kids, false); s != nil {
		return s
	}
	if s := oneOf(kids, true); s != nil {
		return s
	}
	if n := commonParts(kids); n > 0 {
		rests := make([]*simple, len(kids))
		for i, k := range kids {
			rests[i] = sequence(k.kids[n:])
		}
		return sequence(append(slices.Clone(kids[0].kids[:n]), alternatives(rests)))
	}
	s := &simple{op: opAlternate, kids: kids, least: kids[0].least, most: kids[0].most, fromStart: true, toEnd: true}
	for _, k := range kids {
		if s.least = min(s.least, k.least); k.most < 0 || s.most < 0 {
			s.most = -1
		} else {
			s.most = max(s.most, k.most)
		}
		s.fromStart, s.toEnd = s.fromStart && k.fromStart, s.toEnd && k.toEnd
	}
	return s
}

// oneOf returns the class that alternatives are which are all one character each, or all classes; nil when they are not.
func oneOf(kids []*simple, bytes bool) *simple {
	var all []span
	for _, k := range kids {
		switch {
		case k.op != kids[0].op:
			return nil
		case k.op == opRune && bytes && len(k.literal) == 1:
			all = append(all, span{rune(k.literal[0]), rune(k.literal[0])})
		case k.op == opRune && !bytes:
			r, n := utf8.DecodeRune(k.literal)
			if n != len(k.literal) || r == utf8.RuneError && n == 1 {
				return nil
			}
			all = append(all, span{r, r})
		case k.op == opClass && (k.bytes == bytes || k.class.isASCII()):
			all = append(all, k.class...)
		default:
			return nil
		}
	}
	return class(set(all...), bytes)
}

// commonParts returns how many parts at their start are the same in alternatives that are all sequences.
func commonParts(kids []*simple) int {
	n := len(kids[0].kids)
	for _, k := range kids {
		if k.op != opConcat {
			return 0
		}
		n = min(n, len(k.kids))
		for i := range n {
			if !k.kids[i].equal(kids[0].kids[i]) {
				n = i
				break
			}
		}
	}
	return n
}

func (s *simple) equal(o *simple) bool {
	return s.op == o.op && string(s.literal) == string(o.literal) && slices.Equal(s.class, o.class) && s.bytes == o.bytes && s.look == o.look && s.group == o.group &&
		s.min == o.min && s.max == o.max && s.lazy == o.lazy && slices.EqualFunc(s.kids, o.kids, (*simple).equal)
}
