package match

import (
	"math/bits"
	"unicode"

	"weir/codecs/pattern"
)

// machine simulates a pattern with groups: all places where the text may have got to are kept as one set of bits, so no choice is
// ever tried twice.
type machine struct {
	fold  bool
	insts []inst
	reach [][]uint64 // the consuming instructions that can be reached from instruction i without taking a character
	end   int        // the instruction behind the last
}

// inst takes one character, or, as a jump, none.
type inst struct {
	op    op
	r     rune
	class *pattern.Token
	next  []int // of a jump
}

type op uint8

const (
	opChar op = iota
	opAny
	opMany // any number of characters: stays or goes on
	opClass
	opJump
	opEnd
)

func newMachine(p *pattern.Pattern) *machine {
	m := &machine{fold: p.Fold}
	m.compile(p.Tokens)
	m.end = m.emit(inst{op: opEnd})
	words := (len(m.insts) + 63) / 64
	m.reach = make([][]uint64, len(m.insts))
	for i := range m.insts {
		m.reach[i] = make([]uint64, words)
		m.close(i, m.reach[i], make([]bool, len(m.insts)))
	}
	return m
}

func (m *machine) emit(i inst) int {
	m.insts = append(m.insts, i)
	return len(m.insts) - 1
}

func (m *machine) compile(tokens []pattern.Token) {
	for i := range tokens {
		t := &tokens[i]
		switch t.Kind {
		case pattern.Literal:
			for _, r := range t.Text {
				m.emit(inst{op: opChar, r: r})
			}
		case pattern.Any:
			for range t.N {
				m.emit(inst{op: opAny})
			}
		case pattern.Wildcard:
			m.emit(inst{op: opMany})
		case pattern.Class:
			m.emit(inst{op: opClass, class: t})
		case pattern.Alternates, pattern.Optional:
			m.compileGroup(t)
		}
	}
}

func (m *machine) compileGroup(t *pattern.Token) {
	fork := m.emit(inst{op: opJump})
	var joins []int
	for _, choice := range t.Choices {
		m.insts[fork].next = append(m.insts[fork].next, len(m.insts))
		m.compile(choice)
		joins = append(joins, m.emit(inst{op: opJump}))
	}
	end := len(m.insts)
	if t.Kind == pattern.Optional {
		m.insts[fork].next = append(m.insts[fork].next, end)
	}
	for _, j := range joins {
		m.insts[j].next = []int{end}
	}
}

// close adds what can be reached from instruction i without taking a character.
func (m *machine) close(i int, set []uint64, seen []bool) {
	if seen[i] {
		return
	}
	seen[i] = true
	switch in := &m.insts[i]; in.op {
	case opJump:
		for _, n := range in.next {
			m.close(n, set, seen)
		}
	case opMany:
		set[i/64] |= 1 << (i % 64)
		m.close(i+1, set, seen)
	default:
		set[i/64] |= 1 << (i % 64)
	}
}

// maxWords is the size of machines that run without allocating.
const maxWords = 8

func (m *machine) match(text string) bool {
	words := len(m.reach[0])
	var space [2][maxWords]uint64
	now, next := space[0][:], space[1][:]
	if words > maxWords {
		now, next = make([]uint64, words), make([]uint64, words)
	}
	now, next = now[:words], next[:words]
	copy(now, m.reach[0])
	for _, r := range text {
		clear(next)
		alive := false
		for w, set := range now {
			for ; set != 0; set &= set - 1 {
				i := w*64 + bits.TrailingZeros64(set)
				for k, b := range m.step(i, r) {
					next[k] |= b
					alive = alive || b != 0
				}
			}
		}
		if !alive {
			return false
		}
		now, next = next, now
	}
	return now[m.end/64]&(1<<(m.end%64)) != 0
}

// step returns what can be reached when instruction i takes r, nil when it does not.
func (m *machine) step(i int, r rune) []uint64 {
	in := &m.insts[i]
	switch in.op {
	case opAny:
		return m.reach[i+1]
	case opMany:
		return m.reach[i]
	case opClass:
		if inClass(in.class, r, m.fold) {
			return m.reach[i+1]
		}
	case opChar:
		switch {
		case !m.fold && r == in.r, m.fold && r != 'İ' && unicode.ToLower(r) == in.r:
			return m.reach[i+1]
		case m.fold && r == 'İ' && in.r == 'i' && m.insts[i+1].op == opChar && m.insts[i+1].r == '̇':
			return m.reach[i+2]
		}
	}
	return nil
}
