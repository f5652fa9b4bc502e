package sampling

import (
	"encoding/binary"
	"math/bits"
)

// pcg32 is the generator PCG-XSH-RR 64/32 (items 18.3).
type pcg32 struct{ state, inc uint64 }

const pcgMultiplier = 6364136223846793005

func newPCG32(state, stream uint64) pcg32 {
	g := pcg32{inc: stream<<1 | 1}
	g.next()
	g.state += state
	g.next()
	return g
}

func (g *pcg32) next() uint32 {
	old := g.state
	g.state = old*pcgMultiplier + g.inc
	shifted := uint32((old>>18 ^ old) >> 27)
	return bits.RotateLeft32(shifted, -int(old>>59))
}

// valueOf is the number in [0,1) that belongs to an id: its upper half seeds the generator, its lower half is the stream.
func valueOf(id [16]byte) float64 {
	g := newPCG32(binary.BigEndian.Uint64(id[:8]), binary.BigEndian.Uint64(id[8:]))
	low := uint64(g.next())
	n := uint64(g.next())<<32 | low
	return float64(n>>11) / (1 << 53)
}
