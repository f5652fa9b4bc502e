package normalize

import "math/bits"

// keyTable finds the field of a JSON key: one multiplication and, nearly always, one comparison.
type keyTable struct {
	slots []keySlot
	seed  uint32
	shift uint8
}

type keySlot struct {
	key   string
	field int16 // index of the field
	alias int8  // 0: the wire name; n: the n-th alias
}

func keyHash(key string, seed uint32) uint32 {
	n := len(key)
	if n == 0 {
		return 0
	}
	return (uint32(n) ^ uint32(key[0])<<8 ^ uint32(key[n/2])<<16 ^ uint32(key[n-1])<<24) * seed
}

// newKeyTable picks the multiplier with the fewest probes.
func newKeyTable(entries []keySlot) keyTable {
	size := 8
	for size < 4*len(entries) {
		size *= 2
	}
	best := keyTable{shift: uint8(32 - bits.Len(uint(size-1)))}
	bestProbes := -1
	seed := uint32(0x9e3779b1)
	for range 200 {
		t := keyTable{slots: make([]keySlot, size), seed: seed, shift: best.shift}
		probes := 0
		for _, e := range entries {
			i := keyHash(e.key, seed) >> t.shift
			for t.slots[i].key != "" {
				i = (i + 1) & uint32(size-1)
				probes++
			}
			t.slots[i] = e
		}
		if bestProbes < 0 || probes < bestProbes {
			best, bestProbes = t, probes
		}
		if probes == 0 {
			break
		}
		seed = seed*1664525 + 1013904223 | 1
	}
	return best
}

// find returns the field of key and which of its names it is; field -1 when no field has it.
func (t *keyTable) find(key string) (field, alias int) {
	if key == "" {
		return -1, 0
	}
	i := keyHash(key, t.seed) >> t.shift
	for {
		s := &t.slots[i]
		if s.key == key {
			return int(s.field), int(s.alias)
		}
		if s.key == "" {
			return -1, 0
		}
		i = (i + 1) & uint32(len(t.slots)-1)
	}
}
