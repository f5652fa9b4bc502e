package replay

import "encoding/binary"

// MaxDepth is how deep the values of unknown keys may be nested.
const MaxDepth = 128

// kind is what a msgpack value is to this package.
type kind uint8

const (
	scalar kind = iota
	text
	binaryText
	array
	object
	invalid
)

// reader walks over msgpack values. After a fault failed is set and everything it returns is empty.
type reader struct {
	b      []byte
	failed bool
}

// head reads the first bytes of a value: its kind and its length, in bytes of content or in members.
func (r *reader) head() (n int, k kind) {
	if r.failed || len(r.b) == 0 {
		r.failed = true
		return 0, invalid
	}
	c := r.b[0]
	r.b = r.b[1:]
	switch {
	case c <= 0x7F || c >= 0xE0: // small integers
		return 0, scalar
	case c <= 0x8F:
		return int(c & 0x0F), object
	case c <= 0x9F:
		return int(c & 0x0F), array
	case c <= 0xBF:
		return int(c & 0x1F), text
	}
	if c >= 0xD4 && c <= 0xD8 { // ext of 1, 2, 4, 8 or 16 bytes, after a byte of its type
		return 1 + 1<<(c-0xD4), scalar
	}
	form := heads[c-0xC0]
	if form.kind == invalid || form.length == 0 {
		r.failed = form.kind == invalid
		return form.fixed, form.kind
	}
	size := r.take(form.length)
	if r.failed {
		return 0, invalid
	}
	var wide [4]byte
	copy(wide[4-form.length:], size)
	length := binary.BigEndian.Uint32(wide[:])
	return int(length) + form.fixed, form.kind
}

// heads are the first bytes from 0xC0 on: the kind, the number of bytes of the length that follow, and what is added to that length.
var heads = [0x20]struct {
	kind          kind
	length, fixed int
}{
	{scalar, 0, 0}, {invalid, 0, 0}, {scalar, 0, 0}, {scalar, 0, 0}, // nil, unused, false, true
	{binaryText, 1, 0}, {binaryText, 2, 0}, {binaryText, 4, 0},
	{scalar, 1, 1}, {scalar, 2, 1}, {scalar, 4, 1}, // ext, with a byte of its type
	{scalar, 0, 4}, {scalar, 0, 8}, // floats
	{scalar, 0, 1}, {scalar, 0, 2}, {scalar, 0, 4}, {scalar, 0, 8}, // unsigned integers
	{scalar, 0, 1}, {scalar, 0, 2}, {scalar, 0, 4}, {scalar, 0, 8}, // integers
	{}, {}, {}, {}, {}, // ext of fixed sizes, read above
	{text, 1, 0}, {text, 2, 0}, {text, 4, 0},
	{array, 2, 0}, {array, 4, 0}, {object, 2, 0}, {object, 4, 0},
}

// take returns the next n bytes.
func (r *reader) take(n int) []byte {
	if r.failed || n < 0 || n > len(r.b) {
		r.failed = true
		return nil
	}
	out := r.b[:n:n]
	r.b = r.b[n:]
	return out
}

// container reads the head of an array or a map; a fault is the kind invalid.
func (r *reader) container() (n int, k kind) {
	n, k = r.head()
	if k != array && k != object {
		return 0, invalid
	}
	return n, k
}

// text reads a key.
func (r *reader) text() []byte {
	n, k := r.head()
	if k != text && k != binaryText {
		r.failed = true
	}
	return r.take(n)
}

// bytes reads a byte string, also one that is written as text or as an array of numbers.
func (r *reader) bytes() []byte {
	n, k := r.head()
	if k != array {
		r.failed = r.failed || k != text && k != binaryText
		return r.take(n)
	}
	out := make([]byte, 0, min(n, len(r.b)))
	for i := 0; i < n && !r.failed; i++ {
		c := r.take(1)
		if !r.failed && c[0] == 0xCC { // a number of eight bits
			out = append(out, r.take(1)...)
			continue
		}
		r.failed = r.failed || c[0] > 0x7F
		out = append(out, c...)
	}
	return out
}

// skip passes over one value with at most depth levels.
func (r *reader) skip(depth int) {
	n, k := r.head()
	if depth == 0 && (k == array || k == object) {
		r.failed = true
	}
	switch k {
	case array, object:
		if k == object {
			n *= 2
		}
		for i := 0; i < n && !r.failed; i++ {
			r.skip(depth - 1)
		}
	default:
		r.take(n)
	}
}
