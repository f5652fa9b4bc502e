package dialect

import (
	"slices"
	"unicode/utf8"
)

// Unicode classes become trees of byte ranges, in which equal parts are shared as long as they are remembered: a part is forgotten when another
// takes its slot. The forward automaton shares what follows, the backward one what comes before.

const (
	forwardSlots  = 10_000
	backwardSlots = 1_000
)

// shared remembers parts of the class that is compiled.
type shared struct {
	class    int // number of the class; what is remembered of others is void
	forward  map[int]sharedNode
	backward []sharedRange
}

type sharedNode struct {
	class int
	ways  []nodeWay
	state int
}

// nodeWay is a range of bytes that leads to a state.
type nodeWay struct {
	lo, hi byte
	to     int
}

type sharedRange struct {
	class int
	way   nodeWay
	state int
}

// FNV-1a over whole numbers, as the slots are chosen.
const (
	hashStart = 14695981039346656037
	hashPrime = 1099511628211
)

func hashed(h uint64, values ...int) uint64 {
	for _, v := range values {
		h = (h ^ uint64(v)) * hashPrime
	}
	return h
}

// compileClass compiles a class: one state with its ranges when it is of bytes or ASCII, else a tree.
func (a *automaton) compileClass(s *simple) {
	switch {
	case s.bytes || s.class.isASCII():
		a.add(2)
		a.more += byteRange * len(s.class)
	case a.reverse:
		a.backward(s.class)
	default:
		a.forward(s.class)
	}
}

// backward compiles the sequences of bytes of a class as alternatives; those that begin with the same ranges share them.
func (a *automaton) backward(c ranges) {
	a.shared.class++
	if a.shared.backward == nil {
		a.shared.backward = make([]sharedRange, backwardSlots)
	}
	a.add(2)
	end := a.states - 1
	c.sequences(func(lo, hi []byte) {
		if a.full() {
			return
		}
		at := end
		for i := range lo {
			w := nodeWay{lo[i], hi[i], at}
			e := &a.shared.backward[hashed(hashStart, at, int(lo[i]), int(hi[i]))%backwardSlots]
			if e.class != a.shared.class || e.way != w {
				*e = sharedRange{a.shared.class, w, a.states}
				a.add(1)
			}
			at = e.state
		}
		a.more += wayOut
	})
}

// forward compiles the sequences of bytes of a class, which come in order, as the smallest automaton: a node whose ways are all known is compared with
// those before it.
func (a *automaton) forward(c ranges) {
	a.shared.class++
	if a.shared.forward == nil {
		a.shared.forward = make(map[int]sharedNode)
	}
	end := a.states
	a.add(1)
	var open [utf8.UTFMax]openNode
	depth := 1
	// closed compiles the nodes below depth n and lets the node there lead to them.
	closed := func(n int) {
		next := end
		for ; depth > n; depth-- {
			next = a.node(open[depth-1].lead(next))
			open[depth-1] = openNode{}
		}
		open[n-1].ways = open[n-1].lead(next)
		open[n-1].pending = false
	}
	c.sequences(func(lo, hi []byte) {
		if a.full() {
			return
		}
		same := 0
		for same < depth && open[same].pending && open[same].lo == lo[same] && open[same].hi == hi[same] {
			same++
		}
		closed(same + 1)
		for i := same; i < len(lo); i++ {
			open[i].pending, open[i].lo, open[i].hi = true, lo[i], hi[i]
		}
		depth = len(lo)
	})
	closed(1)
	a.node(open[0].ways)
}

// openNode is a node to which ways may be added; the target of the last one may not be known yet.
type openNode struct {
	ways    []nodeWay
	pending bool
	lo, hi  byte
}

func (n *openNode) lead(to int) []nodeWay {
	if !n.pending {
		return n.ways
	}
	return append(n.ways, nodeWay{n.lo, n.hi, to})
}

// node returns the state of a node, a new one unless the same is remembered.
func (a *automaton) node(ways []nodeWay) int {
	h := uint64(hashStart)
	for _, w := range ways {
		h = hashed(h, int(w.lo), int(w.hi), w.to)
	}
	slot := int(h % forwardSlots)
	if e, ok := a.shared.forward[slot]; ok && e.class == a.shared.class && slices.Equal(e.ways, ways) {
		return e.state
	}
	state := a.states
	a.shared.forward[slot] = sharedNode{a.shared.class, ways, state}
	a.add(1)
	a.more += byteRange * len(ways)
	return state
}
