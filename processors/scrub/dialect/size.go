package dialect

import (
	"errors"
	"unicode/utf8"
)

// MaxSize bounds a compiled pattern (scrub 2.3), in bytes. A pattern is compiled into two automata over the bytes of UTF-8, one for each direction, of
// which neither may be larger.
const MaxSize = 262144

// ErrTooLarge means that a pattern would be larger than MaxSize.
var ErrTooLarge = errors.New("compiled regex exceeds size limit of 262144 bytes")

const (
	stateSize = 32 // of a state, whatever it is
	wayOut    = 4  // of each way out of a branch
	byteRange = 8  // of each range of bytes of a state that has several
)

// tooLarge reports whether the pattern is refused for its size.
func (n *node) tooLarge(bytes bool) bool {
	s := n.simplify(bytes)
	if s.searched() {
		return false
	}
	for _, reverse := range []bool{false, true} {
		a := automaton{reverse: reverse}
		if a.pattern(s); a.full() {
			return true
		}
	}
	return false
}

// automaton measures what a pattern is compiled to: it counts states in the order in which they come to be, since which of the parts
// of a Unicode class are shared depends on their numbers. An automaton that is full grows no more.
type automaton struct {
	reverse bool
	states  int
	more    int // bytes beside the states
	shared  shared
}

// part is a compiled part; an end that is a branch takes one way more when it is joined with what follows.
type part struct{ branch bool }

func (a *automaton) full() bool { return a.states*stateSize+a.more > MaxSize }

func (a *automaton) add(states int) { a.states += states }

func (a *automaton) join(p part) {
	if p.branch {
		a.more += wayOut
	}
}

// pattern compiles a whole pattern: what is skipped before a match, the match as a group, its end.
func (a *automaton) pattern(s *simple) {
	if a.reverse && s.toEnd || !a.reverse && s.fromStart {
		a.add(1)
	} else {
		a.add(3)
		a.more += byteRange + 2*wayOut
	}
	if !a.reverse {
		a.add(1)
	}
	a.join(a.compile(s))
	a.add(1)
	if !a.reverse {
		a.add(1)
	}
}

func (a *automaton) compile(s *simple) part {
	if a.full() {
		return part{}
	}
	switch s.op {
	case opEmpty, opLook:
		a.add(1)
	case opRune:
		a.add(len(s.literal))
	case opClass:
		a.compileClass(s)
	case opGroup:
		if a.reverse {
			return a.compile(s.kids[0])
		}
		a.add(1)
		a.join(a.compile(s.kids[0]))
		a.add(1)
	case opRepeat:
		return a.repeat(s)
	case opConcat:
		var last part
		for i := range s.kids {
			if i > 0 {
				a.join(last)
			}
			if a.reverse {
				i = len(s.kids) - 1 - i
			}
			last = a.compile(s.kids[i])
		}
		return last
	case opAlternate:
		a.alternate(s)
	}
	return part{}
}

func (a *automaton) alternate(s *simple) {
	if s.allLiterals() {
		a.words(s.kids)
		return
	}
	for i, k := range s.kids {
		if i == 2 {
			a.add(2)
		}
		a.join(a.compile(k))
		a.more += wayOut
	}
	if len(s.kids) == 2 {
		a.add(2)
	}
}

func (a *automaton) repeat(s *simple) part {
	of := s.kids[0]
	switch {
	case s.max < 0 && s.min == 0 && of.least > 0:
		a.add(1)
		a.join(a.compile(of))
		a.more += wayOut
		return part{branch: true}
	case s.max < 0 && s.min == 0:
		a.join(a.compile(of))
		a.add(3)
		a.more += 4 * wayOut
		return part{}
	case s.max < 0:
		a.join(a.times(of, s.min))
		a.add(1)
		a.more += wayOut
		return part{branch: true}
	case s.min == 0 && s.max == 1:
		a.add(1)
		a.join(a.compile(of))
		a.add(1)
		a.more += 2 * wayOut
		return part{}
	}
	last := a.times(of, s.min)
	if s.max == s.min {
		return last
	}
	a.add(1)
	for range s.max - s.min {
		if a.full() {
			break
		}
		a.add(1)
		a.join(last)
		last = a.compile(of)
		a.more += 2 * wayOut
	}
	a.join(last)
	return part{}
}

// times compiles something n times in a row.
func (a *automaton) times(of *simple, n int) part {
	if n == 0 {
		a.add(1)
		return part{}
	}
	var last part
	for i := range n {
		if a.full() {
			break
		}
		if i > 0 {
			a.join(last)
		}
		last = a.compile(of)
	}
	return last
}

func (c ranges) isASCII() bool { return len(c) == 0 || c[len(c)-1].hi < utf8.RuneSelf }
