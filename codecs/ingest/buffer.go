package ingest

import "sync"

// Buffer is memory of a message's value that is used again. Whoever has written the message gives it back; if nobody does, nothing is lost but
// the memory's next use.
type Buffer struct{ b []byte }

var buffers = sync.Pool{New: func() any { return new(Buffer) }}

const (
	bufferStep = 4 << 10  // sizes are multiples of it, so that the next message fits too
	bufferKeep = 64 << 10 // larger ones are left to the garbage collector
)

// NewBuffer returns a buffer, and its memory with room for n bytes.
func NewBuffer(n int) (*Buffer, []byte) {
	b := buffers.Get().(*Buffer)
	if cap(b.b) < n {
		b.b = make([]byte, 0, (n+bufferStep-1)&^(bufferStep-1))
	}
	return b, b.b[:0]
}

// Free gives the memory back. Nothing may refer to it any more. A nil *Buffer is none.
func (b *Buffer) Free() {
	if b != nil && cap(b.b) <= bufferKeep {
		buffers.Put(b)
	}
}
