package dialect

import (
	"errors"
	"unicode/utf8"
)

// MaxSize bounds a compiled pattern (scrub 2.3), in bytes. A pattern is as large as the larger of two automata over the bytes of UTF-8, one for each
// direction: 32 for a state, 4 for each way out of a branch, 8 for each range of bytes. Unicode classes are what fills them: five \w are the most.
const MaxSize = 262144

// fixedSize is what every pattern takes.
const fixedSize = 136

// ErrTooLarge means that a pattern would be larger than MaxSize.
var ErrTooLarge = errors.New("compiled regex exceeds size limit of 262144 bytes")

const (
	stateSize  = 32
	branchSize = stateSize + 2*4
)

// size returns the compiled size of n; it stops counting above MaxSize.
func (n *node) size() int {
	total := 0
	switch n.op {
	case opEmpty, opLook:
		return stateSize
	case opRune:
		return stateSize * max(utf8.RuneLen(n.r), 1)
	case opClass, opEncoded:
		return n.class.size()
	case opGroup:
		total = 2 * stateSize
	case opRepeat:
		return min(n.repeated(n.kids[0].size()), MaxSize+1)
	case opAlternate:
		if class, ok := n.alternatives(); ok {
			return class.size()
		}
		total = 2*stateSize + 4*len(n.kids)
	}
	for _, k := range n.kids {
		if total += k.size(); total > MaxSize {
			return MaxSize + 1
		}
	}
	return total
}

// repeated returns the size of a repetition of something of the given size.
func (n *node) repeated(size int) int {
	switch {
	case n.max < 0 && n.min == 0:
		return size + branchSize
	case n.max < 0:
		return n.min*size + branchSize
	case n.max == 0:
		return stateSize
	case n.max == n.min:
		return n.min * size
	}
	return n.min*size + stateSize + (n.max-n.min)*(size+branchSize)
}

// alternatives returns the class that alternatives of one character each are.
func (n *node) alternatives() (ranges, bool) {
	var all []span
	for _, k := range n.kids {
		switch k.op {
		case opRune:
			all = append(all, span{k.r, k.r})
		case opClass:
			all = append(all, k.class...)
		default:
			return nil, false
		}
	}
	return set(all...), true
}

// size returns the size of a class: ranges of bytes when it is ASCII, else a tree of byte sequences.
func (c ranges) size() int {
	if len(c) == 0 || c[len(c)-1].hi < utf8.RuneSelf {
		return 2*stateSize + 8*len(c)
	}
	var t sequences
	c.sequences(t.count)
	return 2*stateSize + 4*t.n + stateSize*t.nodes
}

// sequences counts byte sequences that are added in order, and the nodes of the tree that they make.
type sequences struct {
	n, nodes int
	last     [utf8.UTFMax][2]byte
	length   int
}

func (t *sequences) count(a, b []byte) {
	same := t.length == len(a)
	for i := range a {
		pair := [2]byte{a[i], b[i]}
		if same = same && t.last[i] == pair; !same {
			t.nodes++
		}
		t.last[i] = pair
	}
	t.n, t.length = t.n+1, len(a)
}
