package otlp

import (
	"encoding/binary"
	"unicode/utf8"
)

// maxNesting bounds messages within messages.
const maxNesting = 100

// field is one field of a message.
type field struct {
	number, wire int
	n            uint64 // of varints and fixed numbers
	b            []byte // of everything with a length
}

const (
	wireVarint = 0
	wire64     = 1
	wireBytes  = 2
	wire32     = 5
)

// protoReader reads messages; once bad it stays so.
type protoReader struct {
	depth int
	bad   bool
}

// each calls read for every field of a message.
func (r *protoReader) each(b []byte, read func(f *field)) {
	if r.depth++; r.depth > maxNesting {
		r.bad = true
	}
	var f field
	for len(b) > 0 && !r.bad {
		if b = r.next(b, &f); !r.bad {
			read(&f)
		}
	}
	r.depth--
}

func (r *protoReader) next(b []byte, f *field) []byte {
	tag, n := binary.Uvarint(b)
	if n <= 0 || tag>>3 == 0 || tag>>3 > 1<<29-1 {
		r.bad = true
		return nil
	}
	b = b[n:]
	*f = field{number: int(tag >> 3), wire: int(tag & 7)}
	size := 0
	switch f.wire {
	case wireVarint:
		f.n, size = binary.Uvarint(b)
	case wire64:
		if size = 8; len(b) >= 8 {
			f.n = binary.LittleEndian.Uint64(b)
		}
	case wire32:
		if size = 4; len(b) >= 4 {
			f.n = uint64(binary.LittleEndian.Uint32(b))
		}
	case wireBytes:
		length, n := binary.Uvarint(b)
		if n <= 0 || length > uint64(len(b)-n) {
			r.bad = true
			return nil
		}
		f.b, size = b[n:n+int(length)], n+int(length)
	}
	if size <= 0 || size > len(b) { // groups, too, are of no use here
		r.bad = true
		return nil
	}
	return b[size:]
}

// want checks the wire type of a known field.
func (r *protoReader) want(f *field, wire int) bool {
	r.bad = r.bad || f.wire != wire
	return !r.bad
}

func (r *protoReader) text(f *field) string {
	if !r.want(f, wireBytes) {
		return ""
	}
	r.bad = !utf8.Valid(f.b)
	return string(f.b)
}

func (r *protoReader) bytes(f *field) []byte {
	r.want(f, wireBytes)
	return f.b
}

func (r *protoReader) message(f *field, read func(f *field)) {
	if r.want(f, wireBytes) {
		r.each(f.b, read)
	}
}

func (r *protoReader) number(f *field, wire int) uint64 {
	r.want(f, wire)
	return f.n
}
