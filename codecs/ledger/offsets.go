package ledger

import (
	"cmp"
	"math"
	"slices"
)

// addOffset extends the last range or starts one.
func (e *Entry) addOffset(offset int64) {
	if n := len(e.Offsets); n > 0 && e.Offsets[n-1][1] == offset-1 {
		e.Offsets[n-1][1] = offset
		return
	}
	e.Offsets = append(e.Offsets, [2]int64{offset, offset})
}

// sort puts the ranges in ascending order and joins those that touch or overlap.
func (e *Entry) sort() {
	slices.SortFunc(e.Offsets, func(x, y [2]int64) int { return cmp.Compare(x[0], y[0]) })
	joined := e.Offsets[:0]
	for _, r := range e.Offsets {
		if n := len(joined); n > 0 && r[0]-1 <= joined[n-1][1] {
			joined[n-1][1] = max(joined[n-1][1], r[1])
			continue
		}
		joined = append(joined, r)
	}
	e.Offsets = joined
	slices.SortStableFunc(e.Limited, func(x, y Limited) int { return cmp.Or(cmp.Compare(x.Offset, y.Offset), cmp.Compare(x.Unit, y.Unit)) })
	e.Limited = slices.CompactFunc(e.Limited, func(x, y Limited) bool { return x == y })
}

func sortEntries(entries []Entry) {
	slices.SortFunc(entries, func(x, y Entry) int { return cmp.Compare(x.Offsets[0][0], y.Offsets[0][0]) })
}

// within returns the entry restricted to offsets from low to high, and whether any is left.
func (e *Entry) within(low, high int64) (Entry, bool) {
	cut := *e
	cut.Offsets, cut.Limited = nil, nil
	for _, r := range e.Offsets {
		if r[1] >= low && r[0] <= high {
			cut.Offsets = append(cut.Offsets, [2]int64{max(r[0], low), min(r[1], high)})
		}
	}
	for _, l := range e.Limited {
		if l.Offset >= low && l.Offset <= high {
			cut.Limited = append(cut.Limited, l)
		}
	}
	return cut, len(cut.Offsets) > 0
}

// span returns the first and the last offset of the record.
func (r *Record) span() (first, last int64) {
	first, last = math.MaxInt64, -1
	for i := range r.Entries {
		o := r.Entries[i].Offsets
		first, last = min(first, o[0][0]), max(last, o[len(o)-1][1])
	}
	return first, last
}

// appendSplit appends the record, in parts when it is too large. Every part holds all offsets of a stretch: a consumer that has applied a
// part takes every lower offset for applied.
func appendSplit(records []Record, r Record) []Record {
	first, last := r.span()
	if r.estimate() <= MaxRecordBytes || first == last {
		return append(records, r)
	}
	middle := r.middle()
	for _, part := range [...][2]int64{{first, middle}, {middle + 1, last}} {
		half := r
		half.Entries = nil
		for i := range r.Entries {
			if e, ok := r.Entries[i].within(part[0], part[1]); ok {
				half.Entries = append(half.Entries, e)
			}
		}
		sortEntries(half.Entries)
		records = appendSplit(records, half)
	}
	return records
}

// middle returns an offset below the last one that leaves about half of the ranges on each side.
func (r *Record) middle() int64 {
	var ends []int64
	for i := range r.Entries {
		for _, o := range r.Entries[i].Offsets {
			ends = append(ends, o[1])
		}
	}
	slices.Sort(ends)
	first, last := r.span()
	if m := ends[(len(ends)-1)/2]; m < last {
		return m
	}
	return first + (last-first)/2
}

// estimate returns an upper bound of the encoded size in bytes, but for texts that need escapes.
func (r *Record) estimate() int {
	n := 160 + len(r.Source.Topic) + len(r.Replay)
	for i := range r.Entries {
		e := &r.Entries[i]
		n += 160 + 42*len(e.Offsets)
		for j := range e.Counts {
			n += 32 + len(e.Counts[j].Reason)
		}
		for j := range e.Limited {
			n += 76 + len(e.Limited[j].Reason)
		}
	}
	return n
}
