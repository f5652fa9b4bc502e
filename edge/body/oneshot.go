package body

import (
	"bytes"
	"errors"
	"io"
	"sync"

	"weir/codecs/inflate"
)

// wholeMax is up to which size an encoded body is read as a whole before it is decoded. That is faster than decoding a stream, and nearly
// all requests are smaller.
const wholeMax = 1 << 20

// inflater is a decoder that grows the buffer it writes to within its budget.
type inflater struct {
	d   inflate.Decoder
	buf *Buffer
}

var inflaters = sync.Pool{New: func() any {
	f := &inflater{}
	f.d.Grow = f.grow
	return f
}}

func (f *inflater) grow(b []byte, n int) []byte {
	f.buf.B = b
	f.buf.Grow(n)
	return f.buf.B
}

// readWhole decodes a gzip or zlib body in one go. done is false when the body is too long for that: it can then be read
// as a stream.
func (b *Reader) readWhole(limit int64, budget *Budget) (buf *Buffer, done bool, err error) {
	if b.enc != Gzip && b.enc != Deflate || b.began || b.size > wholeMax {
		return nil, false, nil
	}
	wire := Get(budget)
	if wire == nil {
		return nil, true, ErrNoMemory
	}
	err = wire.Fill(&b.src, wholeMax, b.size)
	if errors.Is(err, ErrTooLarge) {
		// What has been read goes in front of the rest. It stays in memory as long as the decoder needs it, outside of the
		// budget, which the stream itself hardly uses.
		b.src.r = rest{io.MultiReader(bytes.NewReader(bytes.Clone(wire.B)), b.src.r), b.src.r}
		wire.Free()
		return nil, false, nil
	}
	defer wire.Free()
	if err != nil {
		b.err = err
		return nil, true, err
	}
	b.began, b.err = true, io.EOF
	if buf = Get(budget); buf == nil {
		return nil, true, ErrNoMemory
	}
	f := inflaters.Get().(*inflater)
	f.buf = buf
	if b.enc == Gzip {
		if !buf.Grow(int(min(int64(inflate.GzipSize(wire.B)), limit, slowSize)) + inflate.Slop) {
			err = inflate.ErrNoRoom
		} else {
			buf.B, err = f.d.Gzip(buf.B, wire.B, int(limit))
		}
	} else {
		buf.B, err = f.d.Zlib(buf.B, wire.B, int(limit))
	}
	f.buf = nil
	inflaters.Put(f)
	switch {
	case err == nil:
		return buf, true, nil
	case errors.Is(err, inflate.ErrTooLarge):
		err = ErrTooLarge
	case errors.Is(err, inflate.ErrNoRoom):
		err = ErrNoMemory
	default:
		err = ErrUnreadable
	}
	buf.Free()
	return nil, true, err
}

// rest reads from r and closes c.
type rest struct {
	io.Reader
	io.Closer
}
