package normalize

import (
	"encoding/binary"
	"math"
	"unicode/utf8"

	"weir/codecs/event"
)

// maxPacked is how deep containers may be nested (edge 8.4).
const maxPacked = 128

// maxRoom is how many elements there is room for before they are seen: containers in each other may all claim to have as many as there are bytes.
const maxRoom = 64

// unpacker reads MessagePack into nodes of a document. Only what JSON can say is accepted; binary data may only be a key, and must be text.
type unpacker struct {
	d *event.Doc
	b []byte
}

// unpack reads all values that stand one behind the other in b.
func unpack(d *event.Doc, b []byte) (values []*event.Value, ok bool) {
	u := unpacker{d: d, b: b}
	for len(u.b) > 0 {
		v, ok := u.value(0)
		if !ok {
			return nil, false
		}
		values = append(values, v)
	}
	return values, true
}

// unpackFirst reads the first value in b and leaves what follows; of nothing at all it makes an empty event.
func unpackFirst(d *event.Doc, b []byte) (*event.Value, bool) {
	if len(b) == 0 {
		return d.NewObject(0), true
	}
	u := unpacker{d: d, b: b}
	return u.value(0)
}

// take cuts n bytes off.
func (u *unpacker) take(n int) ([]byte, bool) {
	if n < 0 || n > len(u.b) {
		return nil, false
	}
	b := u.b[:n]
	u.b = u.b[n:]
	return b, true
}

// uint reads a big-endian number of n bytes.
func (u *unpacker) uint(n int) (uint64, bool) {
	b, ok := u.take(n)
	if !ok {
		return 0, false
	}
	var buf [8]byte
	copy(buf[8-n:], b)
	return binary.BigEndian.Uint64(buf[:]), true
}

func (u *unpacker) value(depth int) (*event.Value, bool) {
	head, ok := u.take(1)
	if !ok || depth > maxPacked {
		return nil, false
	}
	d := u.d
	switch c := head[0]; {
	case c < 0x80:
		return d.NewUint(uint64(c)), true
	case c < 0x90:
		return u.object(int(c&15), depth)
	case c < 0xa0:
		return u.array(int(c&15), depth)
	case c < 0xc0:
		return u.text(int(c & 31))
	case c >= 0xe0:
		return d.NewInt(int64(int8(c))), true
	case c == 0xc0:
		return d.NewNull(), true
	case c == 0xc2, c == 0xc3:
		return d.NewBool(c == 0xc3), true
	case c == 0xca:
		n, ok := u.uint(4)
		return u.float(float64(math.Float32frombits(uint32(n)))), ok
	case c == 0xcb:
		n, ok := u.uint(8)
		return u.float(math.Float64frombits(n)), ok
	case c >= 0xcc && c <= 0xcf:
		n, ok := u.uint(1 << (c - 0xcc))
		return d.NewUint(n), ok
	case c >= 0xd0 && c <= 0xd3:
		size := 1 << (c - 0xd0)
		n, ok := u.uint(size)
		shift := 64 - 8*size
		return d.NewInt(int64(n<<shift) >> shift), ok
	case c >= 0xd9 && c <= 0xdb:
		return u.sized(1<<(c-0xd9), u.text)
	case c == 0xdc, c == 0xdd:
		return u.sized(2<<(c-0xdc), func(n int) (*event.Value, bool) { return u.array(n, depth) })
	case c == 0xde, c == 0xdf:
		return u.sized(2<<(c-0xde), func(n int) (*event.Value, bool) { return u.object(n, depth) })
	}
	return nil, false
}

// sized reads a length of n bytes and then what has it.
func (u *unpacker) sized(n int, read func(int) (*event.Value, bool)) (*event.Value, bool) {
	size, ok := u.uint(n)
	if !ok || size > uint64(len(u.b)) { // every element has at least one byte
		return nil, false
	}
	return read(int(size))
}

func (u *unpacker) float(f float64) *event.Value {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return u.d.NewNull()
	}
	return u.d.NewFloat(f)
}

func (u *unpacker) text(n int) (*event.Value, bool) {
	b, ok := u.take(n)
	if !ok || !utf8.Valid(b) {
		return nil, false
	}
	return u.d.NewString(u.d.Intern(b)), true
}

func (u *unpacker) array(n, depth int) (*event.Value, bool) {
	if n > len(u.b) {
		return nil, false
	}
	v := u.d.NewArray(min(n, maxRoom))
	for range n {
		x, ok := u.value(depth + 1)
		if !ok {
			return nil, false
		}
		v.Append(x)
	}
	return v, true
}

// key is a text, also as binary data.
func (u *unpacker) key(depth int) (string, bool) {
	k, ok := (*event.Value)(nil), false
	if len(u.b) > 0 && u.b[0] >= 0xc4 && u.b[0] <= 0xc6 {
		size := 1 << (u.b[0] - 0xc4)
		u.b = u.b[1:]
		k, ok = u.sized(size, u.text)
	} else {
		k, ok = u.value(depth + 1)
	}
	if !ok {
		return "", false
	}
	return k.Str()
}

func (u *unpacker) object(n, depth int) (*event.Value, bool) {
	if n > len(u.b) {
		return nil, false
	}
	v := u.d.NewObject(min(n, maxRoom))
	seen := make(map[string]int, min(n, maxRoom))
	for range n {
		key, ok := u.key(depth)
		if !ok {
			return nil, false
		}
		x, ok := u.value(depth + 1)
		if !ok {
			return nil, false
		}
		if i, again := seen[key]; again {
			v.SetAt(i, x)
			continue
		}
		seen[key] = v.Len()
		v.Insert(v.Len(), key, x)
	}
	return v, true
}
