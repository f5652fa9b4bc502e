package event

import (
	"hash/maphash"
	"math/bits"
)

// manyKeys is the number of keys from which duplicates are found with a table.
const manyKeys = 16

// keyBit maps a key to one of 64 bits; equal keys have equal bits.
func keyBit(key string) uint64 {
	n := len(key)
	if n == 0 {
		return 1
	}
	return 1 << ((uint32(n)*7 ^ uint32(key[0])*5 ^ uint32(key[n-1])*11 ^ uint32(key[n/2])*3) & 63)
}

// dedupe keeps the last value of equal keys, at the place of the first.
func (p *parser) dedupe(kids []Member) []Member {
	if len(kids) > manyKeys {
		return p.dedupeMany(kids)
	}
	for i := 1; i < len(kids); i++ {
		for j := range i {
			if kids[j].Key == kids[i].Key {
				kids[j].Value = kids[i].Value
				kids = append(kids[:i], kids[i+1:]...)
				i--
				break
			}
		}
	}
	return kids
}

// keySeed makes hashes that senders cannot foresee.
var keySeed = maphash.MakeSeed()

// maxTable is how large a table is kept for the next document.
const maxTable = 1 << 12

// dedupeMany does it with a table of open addresses: a slot has the upper half of a key's hash and the place of its entry, counted from 1.
func (p *parser) dedupeMany(kids []Member) []Member {
	size := 1 << bits.Len(uint(2*len(kids)))
	if len(p.table) < size {
		p.table = make([]uint64, size)
	}
	table, n := p.table[:size], 0
next:
	for _, m := range kids {
		h := maphash.String(keySeed, m.Key)
		at := int(h) & (size - 1)
		for ; table[at] != 0; at = (at + 1) & (size - 1) {
			if table[at]>>32 != h>>32 {
				continue
			}
			if j := uint32(table[at]) - 1; kids[j].Key == m.Key {
				kids[j].Value = m.Value
				continue next
			}
		}
		kids[n] = m
		n++
		table[at] = h&^(1<<32-1) | uint64(n)
	}
	if clear(table); len(p.table) > maxTable {
		p.table = nil
	}
	return kids[:n]
}
