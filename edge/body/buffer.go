package body

import (
	"sync"
	"sync/atomic"
)

const (
	baseSize = 16 << 10  // of a new buffer: holds most envelopes
	keepSize = 128 << 10 // larger buffers are left to the garbage collector
	slowSize = 1 << 20   // from here on buffers grow by a quarter, not to the double
)

// Budget bounds the bytes that buffers hold together. Buffers above slowSize leave a quarter of it to the others: a few
// clients with endless bodies do not keep the many with small ones from being heard. A nil *Budget has no bound.
type Budget struct {
	max  int64
	used atomic.Int64
}

// NewBudget returns a budget of max bytes.
func NewBudget(max int64) *Budget { return &Budget{max: max} }

// Used returns the bytes in use.
func (b *Budget) Used() int64 {
	if b == nil {
		return 0
	}
	return b.used.Load()
}

func (b *Budget) take(n int64) bool {
	if b == nil {
		return true
	}
	limit := b.max
	if n > slowSize {
		limit -= b.max / 4
	}
	if b.used.Add(n) > limit {
		b.used.Add(-n)
		return false
	}
	return true
}

func (b *Budget) give(n int64) {
	if b != nil {
		b.used.Add(-n)
	}
}

// Buffer is pooled memory that counts in a budget. B may be appended to by its owner until Free.
type Buffer struct {
	B      []byte
	budget *Budget
	taken  int64
}

var buffers = sync.Pool{New: func() any { return &Buffer{B: make([]byte, 0, baseSize)} }}

// Get returns an empty buffer, nil when the budget is used up.
func Get(budget *Budget) *Buffer {
	b := buffers.Get().(*Buffer)
	if !budget.take(int64(cap(b.B))) {
		buffers.Put(b)
		return nil
	}
	b.B, b.budget, b.taken = b.B[:0], budget, int64(cap(b.B))
	return b
}

// Free gives the buffer back; nothing may refer to B any more. A nil buffer is fine.
func (b *Buffer) Free() {
	if b == nil {
		return
	}
	b.Release()
	if cap(b.B) <= keepSize {
		buffers.Put(b)
	}
}

// Release takes the buffer out of the budget without using its memory again: for bytes that somebody may still read.
func (b *Buffer) Release() {
	b.budget.give(b.taken)
	b.budget, b.taken = nil, 0
}

// Grow makes room for n more bytes, as far as the budget goes.
func (b *Buffer) Grow(n int) bool {
	need := len(b.B) + n
	if need <= cap(b.B) {
		return true
	}
	size := max(need, 2*cap(b.B))
	switch {
	case need > 2*cap(b.B):
		size = need
	case cap(b.B) >= slowSize:
		size = max(need, cap(b.B)+cap(b.B)/4)
	}
	budget := b.budget
	if !budget.take(int64(size)) { // while copying, both memories exist
		return false
	}
	grown := make([]byte, len(b.B), size)
	copy(grown, b.B)
	b.Release()
	b.B, b.budget, b.taken = grown, budget, int64(size)
	return true
}
