package event

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
)

// SortKeys brings the entries of an object into byte order of their keys.
func (v *Value) SortKeys() {
	if v.Kind() == Object {
		SortMembers(v.kids)
	}
}

// SortTree brings the members of every object in v into byte order of their keys: the form of values that were kept as they came.
func (v *Value) SortTree() {
	for _, m := range v.Members() {
		m.Value.SortTree()
	}
	v.SortKeys()
}

// SortMembers brings entries into byte order of their keys; equal keys keep their order.
func SortMembers(kids []Member) {
	for i := 1; i < len(kids); i++ {
		if kids[i].Key < kids[i-1].Key {
			sortMembers(kids)
			return
		}
	}
}

// rank stands for an entry while it is sorted. Most keys differ in their first bytes, and ranks, which have no pointers, move faster than entries.
type rank struct {
	head uint64 // the first bytes of the key, filled up with zeros
	at   int
}

func sortMembers(kids []Member) {
	var few [128]rank
	ranks := few[:0]
	if len(kids) > len(few) {
		ranks = make([]rank, 0, len(kids))
	}
	for i := range kids {
		ranks = append(ranks, rank{head(kids[i].Key), i})
	}
	slices.SortFunc(ranks, func(a, b rank) int {
		if a.head != b.head {
			return cmp.Compare(a.head, b.head)
		}
		return cmp.Or(strings.Compare(kids[a.at].Key, kids[b.at].Key), cmp.Compare(a.at, b.at))
	})
	for i := range ranks { // each turn of the loop moves one cycle of entries to their places
		first, to := kids[i], i
		for from := ranks[to].at; from != i; from = ranks[to].at {
			kids[to], ranks[to].at = kids[from], to
			to = from
		}
		kids[to], ranks[to].at = first, to
	}
}

func head(key string) uint64 {
	var b [8]byte
	copy(b[:], key)
	return binary.BigEndian.Uint64(b[:])
}
