package body

import (
	"errors"
	"io"
	"net/http"
	"sync"
)

// Errors of Read and of a Reader.
var (
	ErrTooLarge   = errors.New("length limit exceeded")
	ErrUnreadable = errors.New("body not readable") // broken compression, or the client went away
	ErrNoMemory   = errors.New("no memory left for request bodies")
)

// Reader is a request body with its content encoding removed.
type Reader struct {
	src     source
	decoder decoder // nil: identity
	enc     Encoding
	size    int64 // of the encoded body as declared, at most 0 if it is not
	began   bool
	err     error // sticky
}

// source counts what comes from the wire and remembers its end.
type source struct {
	r   io.ReadCloser
	n   int64
	eof bool

	progress func(n int64) // called whenever next is reached; nil: never
	next     int64
	step     int64
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.n += int64(n)
	if s.progress != nil && s.n >= s.next {
		s.next = s.n + s.step
		s.progress(s.n)
	}
	if err != nil {
		s.eof = true
	}
	return n, err
}

var readers = sync.Pool{New: func() any { return new(Reader) }}

// Wrap replaces r.Body by one that decodes enc, and removes the headers that describe the encoded form
// (edge 2.7). Finish must be called when the request has been answered.
func Wrap(r *http.Request, enc Encoding) *Reader {
	b := readers.Get().(*Reader)
	*b = Reader{src: source{r: r.Body}, enc: enc, size: r.ContentLength}
	if enc != Identity {
		r.ContentLength = -1
		delete(r.Header, "Content-Length")
	}
	delete(r.Header, "Content-Encoding")
	r.Body = b
	return b
}

// Progress has f called with the number of bytes from the wire each time that at least step more have come.
func (b *Reader) Progress(step int64, f func(n int64)) {
	b.src.progress, b.src.next, b.src.step = f, step, step
}

// Read yields decoded bytes. Errors other than io.EOF are ErrUnreadable.
func (b *Reader) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if b.enc == Identity {
		n, err := b.src.Read(p)
		return n, b.fail(err)
	}
	if !b.began {
		b.began = true
		b.decoder = getDecoder(b.enc)
		if b.decoder.Reset(&b.src) != nil { // a bad header, or none
			return 0, b.fail(ErrUnreadable)
		}
	}
	n, err := b.decoder.Read(p)
	if err == io.EOF && b.src.n == 0 {
		err = io.ErrUnexpectedEOF // nothing is no compressed form of anything
	}
	return n, b.fail(err)
}

func (b *Reader) fail(err error) error {
	if err != nil && err != io.EOF {
		err = ErrUnreadable
	}
	b.err = err
	return err
}

// Close does nothing: the server closes the body that it made.
func (b *Reader) Close() error { return nil }

// AtEnd reports whether nothing is left to read from the wire.
func (b *Reader) AtEnd() bool { return b.src.eof || b.src.r == http.NoBody }

// Drain reads the rest of the encoded body, up to max bytes, so that a client that is still sending gets to read
// the answer and the connection can be used again. It reports whether the end was reached.
func (b *Reader) Drain(max int64) bool {
	if b.AtEnd() {
		return true
	}
	_, _ = io.CopyN(io.Discard, &b.src, max)
	return b.src.eof
}

// Finish gives the reader's memory back. It must not be used any more.
func (b *Reader) Finish() {
	if b.decoder != nil {
		putDecoder(b.enc, b.decoder)
	}
	*b = Reader{err: ErrUnreadable}
	readers.Put(b)
}

// Read reads the whole decoded body of r, at most limit bytes, into a pooled buffer (edge 2.9, 7.2). On error
// there is no buffer; the error is ErrTooLarge, ErrUnreadable or ErrNoMemory.
func Read(r *http.Request, limit int64, budget *Budget) (*Buffer, error) {
	if r.ContentLength > limit {
		return nil, ErrTooLarge
	}
	if b, ok := r.Body.(*Reader); ok {
		if buf, done, err := b.readWhole(limit, budget); done {
			return buf, err
		}
	}
	buf := Get(budget)
	if buf == nil {
		return nil, ErrNoMemory
	}
	if err := buf.Fill(r.Body, limit, r.ContentLength); err != nil {
		buf.Free()
		return nil, err
	}
	return buf, nil
}

// Fill appends what r yields, at most limit bytes. size is a guess, at most 0 if there is none. Errors are those of Read.
func (b *Buffer) Fill(r io.Reader, limit, size int64) error {
	if size > 0 && !b.Grow(int(min(size+1, slowSize))) { // one more, to see the end without growing again
		return ErrNoMemory
	}
	start := len(b.B)
	for {
		if len(b.B) == cap(b.B) {
			more := int64(1)
			if have := int64(len(b.B) - start); have >= slowSize && size <= limit { // whoever has sent so much may send as much again
				more = max(more, min(size+1-have, have))
			}
			if !b.Grow(int(more)) {
				return ErrNoMemory
			}
		}
		room := min(int64(cap(b.B)-len(b.B)), limit+1-int64(len(b.B)-start))
		n, err := r.Read(b.B[len(b.B) : len(b.B)+int(room)])
		b.B = b.B[:len(b.B)+n]
		if int64(len(b.B)-start) > limit {
			return ErrTooLarge
		}
		switch err {
		case nil:
		case io.EOF:
			return nil
		default:
			return ErrUnreadable
		}
	}
}

// Limit returns a reader that fails with ErrTooLarge where r has more than n bytes.
func Limit(r io.Reader, n int64) io.Reader { return &limited{r, n} }

type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	if int64(n) > l.left {
		n, err = int(l.left), ErrTooLarge
	}
	l.left -= int64(n)
	return n, err
}
