package scrub

import "weir/codecs/event"

// slabSize is how many remarks and lengths are allocated at once.
const slabSize = 32

// slab hands out the small parts of metadata. What it has handed out belongs to documents; the rest is for the next one.
type slab struct {
	remarks []event.Remark
	lengths []uint64
}

// list returns an empty list with room for exactly n remarks.
func (s *slab) list(n int) []event.Remark {
	if n == 0 {
		return nil
	}
	if len(s.remarks) < n {
		s.remarks = make([]event.Remark, max(n, slabSize))
	}
	out := s.remarks[:0:n]
	s.remarks = s.remarks[n:]
	return out
}

func (s *slab) length() *uint64 {
	if len(s.lengths) == 0 {
		s.lengths = make([]uint64, slabSize)
	}
	out := &s.lengths[0]
	s.lengths = s.lengths[1:]
	return out
}
