package dialect

import (
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// machine runs a program with all threads side by side, like Go's engine, and decides assertions itself.
type machine struct {
	prog  *syntax.Prog
	looks []look // by capture instruction argument: the assertion that the empty group stands for
	slots []int  // by capture instruction argument: the slot in loc, -1 for none
	size  int    // slots of loc
}

const noLook = look(255)

// newMachine compiles a text of Go's syntax whose groups are pattern groups, or -1-look for assertions.
func newMachine(text string, groups []int, patternGroups int) (*machine, error) {
	re, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return nil, err
	}
	m := &machine{prog: prog, size: 2 * (patternGroups + 1)}
	for _, g := range groups {
		l, s := noLook, 2*g
		if g < 0 {
			l, s = look(-1-g), -1
		}
		m.looks = append(m.looks, l, noLook) // the assertion is decided where the group opens
		m.slots = append(m.slots, s, s)
		if s >= 0 {
			m.slots[len(m.slots)-1]++
		}
	}
	return m, nil
}

// thread is one way through the program that has reached a character instruction.
type thread struct {
	pc  uint32
	cap []int
}

// queue holds the threads of one position in order of preference.
type queue struct {
	seen    []uint32 // by instruction: generation that reached it
	gen     uint32
	threads []thread
}

func (q *queue) reset() { q.gen, q.threads = q.gen+1, q.threads[:0] }

// find looks for the leftmost match that begins at or after pos and writes its offsets into loc, unless that is nil.
func (m *machine) find(s string, pos int, loc []int) bool {
	now := &queue{seen: make([]uint32, len(m.prog.Inst))}
	next := &queue{seen: make([]uint32, len(m.prog.Inst))}
	now.reset()
	before := rune(-1)
	if pos > 0 {
		before, _ = utf8.DecodeLastRuneInString(s[:pos])
	}
	matched := false
	var empty []int
	if loc != nil {
		empty = make([]int, m.size)
		for i := range empty {
			empty[i] = -1
		}
	}
	for {
		here, width := rune(-1), 0
		if pos < len(s) {
			here, width = utf8.DecodeRuneInString(s[pos:])
		}
		if !matched {
			start := empty
			if loc != nil {
				start = slices.Clone(empty)
				start[0] = pos
			}
			m.add(now, uint32(m.prog.Start), s, pos, before, here, start)
		}
		if len(now.threads) == 0 && matched {
			return true
		}
		after := rune(-1)
		if pos+width < len(s) {
			after, _ = utf8.DecodeRuneInString(s[pos+width:])
		}
		next.reset()
		for _, t := range now.threads {
			i := &m.prog.Inst[t.pc]
			if i.Op == syntax.InstMatch {
				matched = true
				if loc == nil {
					return true
				}
				copy(loc, t.cap)
				loc[1] = pos
				break // what follows has lower preference
			}
			if width > 0 && i.MatchRune(here) {
				m.add(next, i.Out, s, pos+width, here, after, t.cap)
			}
		}
		if width == 0 {
			return matched
		}
		now, next = next, now
		before = here
		pos += width
	}
}

// add follows the instructions from pc that take no character.
func (m *machine) add(q *queue, pc uint32, s string, pos int, before, after rune, captures []int) {
	if q.seen[pc] == q.gen {
		return
	}
	q.seen[pc] = q.gen
	i := &m.prog.Inst[pc]
	switch i.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		m.add(q, i.Out, s, pos, before, after, captures)
		m.add(q, i.Arg, s, pos, before, after, captures)
	case syntax.InstNop:
		m.add(q, i.Out, s, pos, before, after, captures)
	case syntax.InstEmptyWidth:
		if syntax.EmptyOp(i.Arg)&^syntax.EmptyOpContext(before, after) == 0 {
			m.add(q, i.Out, s, pos, before, after, captures)
		}
	case syntax.InstCapture:
		if l := m.looks[i.Arg]; l != noLook && !l.holds(s, pos, before, after) {
			return
		}
		if slot := m.slots[i.Arg]; slot >= 0 && captures != nil {
			captures = slices.Clone(captures)
			captures[slot] = pos
		}
		m.add(q, i.Out, s, pos, before, after, captures)
	case syntax.InstFail:
	default:
		q.threads = append(q.threads, thread{pc, captures})
	}
}

// all calls yield for every match, as Regexp.All says.
func (m *machine) all(s string, loc []int, yield func([]int)) {
	for pos, end := 0, -1; pos <= len(s); {
		if !m.find(s, pos, loc) {
			return
		}
		next, counts := after(s, pos, end, loc)
		if pos, end = next, loc[1]; counts {
			yield(loc)
		}
	}
}

// after returns where the search goes on behind the match that was found from pos, and whether it counts: an empty one right behind another,
// which ended at end, does not.
func after(s string, pos, end int, loc []int) (next int, counts bool) {
	if loc[1] > pos {
		return loc[1], true
	}
	_, width := utf8.DecodeRuneInString(s[pos:])
	return pos + max(width, 1), loc[0] != end
}
