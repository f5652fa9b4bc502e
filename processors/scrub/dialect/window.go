package dialect

import (
	"sort"
	"unicode/utf8"
)

// window holds the sets of a block of positions.
type window struct {
	l          *linear
	s          string
	b          backward
	bounds     []int      // where blocks begin, and the end of the text
	lists      [][]uint32 // the list at each bound
	start, end int        // of the current block, in bytes
	sets       []uint64
}

func newWindow(l *linear, s string) *window {
	w := &window{l: l, s: s, b: backward{linear: l}, start: 0, end: -1}
	for at := 0; at < len(s); {
		w.bounds = append(w.bounds, at)
		for at = min(at+blockLength, len(s)); at < len(s) && !utf8.RuneStart(s[at]); at++ {
		}
	}
	w.bounds = append(w.bounds, len(s))
	w.lists = make([][]uint32, len(w.bounds))
	scratch := make(set64, l.words)
	last := rune(-1)
	if len(s) > 0 {
		last, _ = utf8.DecodeLastRuneInString(s)
	}
	w.b.step(scratch, s, len(s), last, -1)
	w.sets = append([]uint64(nil), scratch...) // those of the end, until a block is loaded
	w.start, w.end = len(s), len(s)
	for k := len(w.bounds) - 1; ; k-- {
		w.lists[k] = append([]uint32(nil), w.b.good...)
		if k == 0 {
			return w
		}
		w.b.fill(s, w.bounds[k], w.bounds[k-1], func(int) set64 { return scratch })
	}
}

// at returns the set of a position.
func (w *window) at(pos int) set64 {
	if pos < w.start || pos > w.end {
		w.load(pos)
	}
	n := w.l.words
	return w.sets[(pos-w.start)*n : (pos-w.start+1)*n]
}

// load makes the sets of the block that a position is in; the end of the block belongs to it.
func (w *window) load(pos int) {
	k := sort.SearchInts(w.bounds, pos+1) - 1 // the last bound that is not behind pos
	k = min(k, max(len(w.bounds)-2, 0))
	next := min(k+1, len(w.bounds)-1)
	n := w.l.words
	w.start, w.end = w.bounds[k], w.bounds[next]
	if size := (w.end - w.start + 1) * n; cap(w.sets) < size {
		w.sets = make([]uint64, size)
	} else {
		w.sets = w.sets[:size]
	}
	put := func(pos int) set64 { return w.sets[(pos-w.start)*n : (pos-w.start+1)*n] }
	last := set64(put(w.end))
	clear(last)
	w.b.good = append(w.b.good[:0], w.lists[next]...)
	for _, pc := range w.b.good {
		last.add(pc)
	}
	w.b.fill(w.s, w.end, w.start, put)
}
