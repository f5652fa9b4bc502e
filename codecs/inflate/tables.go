package inflate

import (
	"math/bits"
	"sync"
)

const (
	litBits  = 10 // index bits of the first table for literals and lengths
	distBits = 8  // and of that for distances
	codeBits = 7  // and of that for code lengths, which need no second one
	maxLit   = 286
	maxDist  = 30
)

// An entry of a table is
//
//	bits 0-3   bits of the code that this table has seen; 0: there is no such code
//	bits 4-7   extra bits; for a link: index bits of the second table
//	bits 8-9   kind
//	bits 16-31 literal, base of length or distance, or start of the second table
type entry = uint32

const (
	kindLiteral = 0 << 8
	kindBase    = 1 << 8
	kindEnd     = 2 << 8
	kindLink    = 3 << 8
	kindMask    = 3 << 8
)

// tables are the two codes of a block: the next bits of the input index an entry. Codes longer than the index continue in a second
// table.
type tables struct {
	lit         [1 << litBits]entry
	dist        [1 << distBits]entry
	lit2, dist2 []entry
}

// fixedTables are those of blocks that bring none.
var fixedTables = sync.OnceValue(func() *tables {
	var lens [288]uint8
	for i := range lens {
		switch {
		case i < 144:
			lens[i] = 8
		case i < 256:
			lens[i] = 9
		case i < 280:
			lens[i] = 7
		default:
			lens[i] = 8
		}
	}
	t := &tables{}
	build(t.lit[:], &t.lit2, lens[:], symbolLit)
	for i := range 32 {
		lens[i] = 5
	}
	build(t.dist[:], &t.dist2, lens[:32], symbolDist)
	return t
})

// The meaning of symbols, as entries without the bits of the code.
func symbolCode(s int) entry { return entry(s) << 16 }

var lengthBase, lengthExtra = func() (base [29]entry, extra [29]entry) {
	n := entry(3)
	for i := range base {
		x := entry(0)
		if i >= 8 {
			x = entry(i-4) / 4
		}
		base[i], extra[i] = n, x
		n += 1 << x
	}
	base[28], extra[28] = 258, 0
	return base, extra
}()

func symbolLit(s int) entry {
	switch {
	case s < 256:
		return entry(s)<<16 | kindLiteral
	case s == 256:
		return kindEnd
	case s < maxLit:
		return lengthBase[s-257]<<16 | lengthExtra[s-257]<<4 | kindBase
	}
	return invalid
}

// invalid is a symbol that has a code but no meaning: an entry that fails like a code that does not exist.
const invalid = ^entry(0)

func symbolDist(s int) entry {
	switch {
	case s < 2:
		return entry(s+1)<<16 | kindBase
	case s < maxDist:
		extra := entry(s/2 - 1)
		return (1+entry(2+s%2)<<extra)<<16 | extra<<4 | kindBase
	}
	return invalid
}

// build fills the tables of a canonical Huffman code from the lengths of its codes; false when they make no code. One code
// alone may leave the other one out, and there may be no codes at all. second is nil for codes that fit into the first table.
func build(first []entry, second *[]entry, lens []uint8, meaning func(int) entry) bool {
	var count [16]int
	for _, l := range lens {
		count[l&15]++
	}
	longest := uint(15)
	for longest > 0 && count[longest] == 0 {
		longest--
	}
	index := uint(bits.Len(uint(len(first))) - 1)
	if second != nil {
		*second = (*second)[:0]
	}
	if longest == 0 {
		clear(first)
		return true // no codes: every use fails
	}
	count[0] = 0
	code, left := 0, 1
	var next [16]int
	for l := uint(1); l <= longest; l++ {
		code = (code + count[l-1]) << 1
		next[l] = code
		if left = left<<1 - count[l]; left < 0 {
			return false // more codes than fit
		}
	}
	if left > 0 {
		if longest != 1 || count[1] != 1 {
			return false // codes are missing
		}
		clear(first)
	}
	if longest > index {
		clear(first) // links are made where there is none yet
	}
	for sym, l := range lens {
		if l == 0 {
			continue
		}
		rev := int(bits.Reverse16(uint16(next[l&15])) >> (16 - l))
		next[l&15]++
		e := meaning(sym)
		seen := uint(l)
		to, at := first, rev
		if uint(l) > index {
			// The rest of the code indexes a second table, as large as the longest code may need.
			head := rev & (len(first) - 1)
			sub := longest - index
			if first[head]&kindMask != kindLink {
				start := len(*second)
				for range 1 << sub {
					*second = append(*second, 0)
				}
				first[head] = entry(start)<<16 | entry(sub)<<4 | kindLink
			}
			start := int(first[head] >> 16)
			to, at, seen = (*second)[start:start+1<<sub], rev>>index, uint(l)-index
		}
		if e == invalid {
			e = 0
		} else {
			e |= entry(seen)
		}
		for i := at; i < len(to); i += 1 << seen {
			to[i] = e
		}
	}
	return true
}
