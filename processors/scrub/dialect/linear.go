package dialect

import (
	"regexp/syntax"
	"unicode/utf8"
)

// Looking for the next match begins where the last one ended, however far the engine had looked for a better one: a pattern like x.*y|x reads a long text
// once for every x. What follows keeps that linear. A pass from the end of the text finds out from which instructions a match can be reached at each
// position; with that, a pass from the start takes one way only and reads every character once.

const (
	longText    = 4096    // shorter texts are not worth it, in bytes
	manyMatches = 8       // nor are fewer matches
	mostAtOnce  = 1 << 16 // matches that are listed before the first is told; more of them are told one by one
	blockLength = 4096    // bytes of text of which all positions are kept at once
)

// linear is a machine with its instructions linked backwards.
type linear struct {
	*machine
	words   int        // of a set of instructions
	empty   [][]uint32 // by instruction: those that lead to it without a character
	taking  [][]uint32 // by instruction: those that lead to it with one
	matches []uint32
	rescans bool // the engine may look far behind the end of a match
}

func newLinear(m *machine) *linear {
	n := len(m.prog.Inst)
	l := &linear{machine: m, words: (n + 63) / 64, empty: make([][]uint32, n), taking: make([][]uint32, n)}
	for pc := range m.prog.Inst {
		i, at := &m.prog.Inst[pc], uint32(pc)
		switch i.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			l.empty[i.Out], l.empty[i.Arg] = append(l.empty[i.Out], at), append(l.empty[i.Arg], at)
		case syntax.InstNop, syntax.InstEmptyWidth, syntax.InstCapture:
			l.empty[i.Out] = append(l.empty[i.Out], at)
		case syntax.InstMatch:
			l.matches = append(l.matches, at)
		case syntax.InstFail:
		default:
			l.taking[i.Out] = append(l.taking[i.Out], at)
		}
	}
	l.rescans = l.looksFar()
	return l
}

// farLook is how far the engine may look behind the end of a match without harm, in characters.
const farLook = 64

// looksFar reports whether the engine may go on for long without a match: in a circle, or on a way that is long.
func (l *linear) looksFar() bool {
	const open = -1
	ends := l.ends()
	length := make([]int, len(l.prog.Inst)) // of the longest way from an instruction, plus 1; 0: not known yet
	var visit func(pc uint32) int
	visit = func(pc uint32) int {
		switch length[pc] {
		case open:
			return farLook + 2
		case 0:
		default:
			return length[pc]
		}
		length[pc] = open
		i := &l.prog.Inst[pc]
		n := 1
		switch i.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			n = max(visit(i.Out), visit(i.Arg))
		case syntax.InstMatch, syntax.InstFail:
		case syntax.InstNop, syntax.InstEmptyWidth, syntax.InstCapture:
			n = visit(i.Out)
		default:
			if !ends[i.Out] { // else what follows counts for itself
				n = 1 + visit(i.Out)
			}
		}
		length[pc] = min(n, farLook+2)
		return length[pc]
	}
	for pc := range l.prog.Inst {
		if visit(uint32(pc)) > farLook+1 {
			return true
		}
	}
	return false
}

// ends lists the instructions that lead to a match without a character and without a condition.
func (l *linear) ends() []bool {
	ends := make([]bool, len(l.prog.Inst))
	todo := append([]uint32(nil), l.matches...)
	for len(todo) > 0 {
		pc := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if ends[pc] {
			continue
		}
		ends[pc] = true
		for _, from := range l.empty[pc] {
			if i := &l.prog.Inst[from]; i.Op != syntax.InstEmptyWidth && (i.Op != syntax.InstCapture || l.looks[i.Arg] == noLook) {
				todo = append(todo, from)
			}
		}
	}
	return ends
}

// set64 is a set of instructions.
type set64 []uint64

func (s set64) has(pc uint32) bool { return s[pc/64]&(1<<(pc%64)) != 0 }

func (s set64) add(pc uint32) bool {
	if s.has(pc) {
		return false
	}
	s[pc/64] |= 1 << (pc % 64)
	return true
}

// backward finds for positions, from the last to the first, the instructions from which a match is reached.
type backward struct {
	*linear
	good []uint32 // those of the position that was last
	todo []uint32
}

// step makes the set of a position between two characters, -1 for none, from the list of the position behind it.
func (b *backward) step(dst set64, s string, pos int, before, here rune) {
	clear(dst)
	b.todo = append(b.todo[:0], b.matches...)
	if here >= 0 {
		for _, pc := range b.good {
			for _, from := range b.taking[pc] {
				if b.prog.Inst[from].MatchRune(here) {
					b.todo = append(b.todo, from)
				}
			}
		}
	}
	b.good = b.good[:0]
	for len(b.todo) > 0 {
		pc := b.todo[len(b.todo)-1]
		b.todo = b.todo[:len(b.todo)-1]
		if !dst.add(pc) {
			continue
		}
		b.good = append(b.good, pc)
		for _, from := range b.empty[pc] {
			if b.passes(&b.prog.Inst[from], s, pos, before, here) {
				b.todo = append(b.todo, from)
			}
		}
	}
}

// passes reports whether an instruction without a character lets through in s at pos, between two characters.
func (m *machine) passes(i *syntax.Inst, s string, pos int, before, after rune) bool {
	switch i.Op {
	case syntax.InstEmptyWidth:
		return syntax.EmptyOp(i.Arg)&^syntax.EmptyOpContext(before, after) == 0
	case syntax.InstCapture:
		l := m.looks[i.Arg]
		return l == noLook || l.holds(s, pos, before, after)
	}
	return true
}

// fill makes the sets of the positions before from, down to to, where put says. The list good is that of from.
func (b *backward) fill(s string, from, to int, put func(pos int) set64) {
	for pos := from; pos > to; {
		here, width := utf8.DecodeLastRuneInString(s[:pos])
		pos -= width
		before := rune(-1)
		if pos > 0 {
			before, _ = utf8.DecodeLastRuneInString(s[:pos])
		}
		b.step(put(pos), s, pos, before, here)
	}
}

// all calls yield for every match, as Regexp.All says.
func (l *linear) all(s string, loc []int, yield func([]int)) {
	w := &walk{window: newWindow(l, s), loc: loc, seen: make([]int, len(l.prog.Inst))}
	for pos, end := 0, -1; pos <= len(s); {
		for !w.at(pos).has(uint32(l.prog.Start)) {
			if pos >= len(s) {
				return
			}
			_, width := utf8.DecodeRuneInString(s[pos:])
			pos += width
		}
		w.from(pos)
		next, counts := after(s, pos, end, loc)
		if pos, end = next, loc[1]; counts {
			yield(loc)
		}
	}
}

// walk goes the way of one match after the other.
type walk struct {
	*window
	loc  []int
	seen []int // by instruction: the round in which it was tried
	now  int   // the round: one for each character
}

// from writes the offsets of the match that begins at pos.
func (w *walk) from(pos int) {
	for i := range w.loc {
		w.loc[i] = -1
	}
	w.loc[0] = pos
	before := rune(-1)
	if pos > 0 {
		before, _ = utf8.DecodeLastRuneInString(w.s[:pos])
	}
	for pc := uint32(w.l.prog.Start); ; {
		here, width := rune(-1), 0
		if pos < len(w.s) {
			here, width = utf8.DecodeRuneInString(w.s[pos:])
		}
		w.now++
		at, ok := w.best(pc, w.at(pos), pos, before, here)
		if i := &w.l.prog.Inst[at]; !ok || i.Op == syntax.InstMatch {
			w.loc[1] = pos
			return
		}
		pc = w.l.prog.Inst[at].Out
		pos += width
		before = here
	}
}

// best returns the instruction that comes first, by preference, of those from which a match is reached: one that takes a character, or the match.
func (w *walk) best(pc uint32, good set64, pos int, before, here rune) (uint32, bool) {
	if w.seen[pc] == w.now || !good.has(pc) {
		return pc, false
	}
	w.seen[pc] = w.now
	i := &w.l.prog.Inst[pc]
	switch i.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		if at, ok := w.best(i.Out, good, pos, before, here); ok {
			return at, true
		}
		return w.best(i.Arg, good, pos, before, here)
	case syntax.InstNop, syntax.InstEmptyWidth, syntax.InstCapture:
		if !w.l.passes(i, w.s, pos, before, here) {
			return pc, false
		}
		if i.Op != syntax.InstCapture || w.l.slots[i.Arg] < 0 {
			return w.best(i.Out, good, pos, before, here)
		}
		slot := w.l.slots[i.Arg]
		old := w.loc[slot]
		w.loc[slot] = pos
		at, ok := w.best(i.Out, good, pos, before, here)
		if !ok {
			w.loc[slot] = old
		}
		return at, ok
	}
	return pc, true
}
