package ledger

// Sum is what the offsets of a record above a last applied one amount to.
type Sum struct {
	Envelopes uint64
	Items     Items
	Parked    uint64
	Dead      uint64
	Unchecked uint64
	Counts    []Count   // ordered by end, reason and category
	Limited   []Limited // of the applied offsets
	Repeated  uint64    // duplicates: offsets that had been applied before, but for those that were sought, and those that say so
	Last      int64     // last applied offset from now on
}

// Apply sums the offsets above last; -1 stands for none applied. Where a row keeps one last offset for every source and
// replay run and sees records in the order in which they were emitted, the sums are exact under repetition (house 1.8).
func Apply(r *Record, last int64) Sum {
	s := Sum{Last: last}
	var counts []Count
	for i := range r.Entries {
		e := &r.Entries[i]
		n := e.above(last)
		if s.Repeated += e.Repeated * e.above(-1); e.Sought == 0 {
			s.Repeated += e.above(-1) - n
		}
		if n == 0 {
			continue
		}
		s.Last = max(s.Last, e.Offsets[len(e.Offsets)-1][1])
		s.Envelopes += n * e.Envelopes
		s.Items.Received += n * e.Items.Received
		s.Items.Accepted += n * e.Items.Accepted
		s.Items.Discarded += n * e.Items.Discarded
		s.Items.Dead += n * e.Items.Dead
		s.Parked += n * e.Parked
		s.Dead += n * e.Dead
		s.Unchecked += n * e.Unchecked
		for _, c := range e.Counts {
			c.Quantity *= n
			counts = append(counts, c)
		}
		for _, l := range e.Limited {
			if l.Offset > last {
				s.Limited = append(s.Limited, l)
			}
		}
	}
	s.Counts = mergeCounts(counts)
	return s
}

// above returns how many offsets of the entry are greater than last.
func (e *Entry) above(last int64) uint64 {
	var n uint64
	for _, r := range e.Offsets {
		if r[1] > last {
			n += uint64(r[1]-max(r[0], last+1)) + 1
		}
	}
	return n
}
