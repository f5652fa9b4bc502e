package main

import (
	"encoding/binary"
	"errors"
	"math"
)

// unpacker reads msgpack as the operator's topics carry it (pipeline 9.5): no extension types, and no value nested deeper than maxUnpacked.
type unpacker struct{ b []byte }

const maxUnpacked = 64

var errMsgpack = errors.New("no msgpack of an ingest message")

// unpackMessage reads one value and nothing behind it.
func unpackMessage(b []byte) (any, error) {
	u := unpacker{b}
	v, err := u.value(0)
	if err == nil && len(u.b) > 0 {
		err = errMsgpack
	}
	return v, err
}

// messageField returns a byte string or text member of a msgpack map, nil when there is none.
func messageField(b []byte, name string) []byte {
	u := unpacker{b}
	kind, n, err := u.head()
	if err != nil || kind != packedMap {
		return nil
	}
	for ; n > 0; n-- {
		key, err := u.value(0)
		if err != nil {
			return nil
		}
		v, err := u.value(0)
		if err != nil {
			return nil
		}
		if key != name {
			continue
		}
		switch v := v.(type) {
		case []byte:
			return v
		case string:
			return []byte(v)
		}
		return nil
	}
	return nil
}

// The kinds of values that have a length.
type packedKind uint8

const (
	packedScalar packedKind = iota
	packedText
	packedBytes
	packedArray
	packedMap
)

// take removes n bytes.
func (u *unpacker) take(n uint64) ([]byte, error) {
	if n > uint64(len(u.b)) {
		return nil, errMsgpack
	}
	b := u.b[:n:n]
	u.b = u.b[n:]
	return b, nil
}

// number removes a big-endian number of 1, 2, 4 or 8 bytes.
func (u *unpacker) number(size int) (uint64, error) {
	b, err := u.take(uint64(size))
	if err != nil {
		return 0, err
	}
	var buf [8]byte
	copy(buf[8-size:], b)
	return binary.BigEndian.Uint64(buf[:]), nil
}

// head reads what a value is. For scalars n is the first byte.
func (u *unpacker) head() (kind packedKind, n uint64, err error) {
	first, err := u.number(1)
	if err != nil {
		return 0, 0, err
	}
	sized := func(kind packedKind, size int) (packedKind, uint64, error) {
		n, err := u.number(size)
		return kind, n, err
	}
	switch c := first; {
	case c >= 0x80 && c < 0x90:
		return packedMap, c & 15, nil
	case c >= 0x90 && c < 0xa0:
		return packedArray, c & 15, nil
	case c >= 0xa0 && c < 0xc0:
		return packedText, c & 31, nil
	case c >= 0xc4 && c <= 0xc6:
		return sized(packedBytes, 1<<(c-0xc4))
	case c >= 0xd9 && c <= 0xdb:
		return sized(packedText, 1<<(c-0xd9))
	case c == 0xdc || c == 0xdd:
		return sized(packedArray, 2<<(c-0xdc))
	case c == 0xde || c == 0xdf:
		return sized(packedMap, 2<<(c-0xde))
	}
	return packedScalar, first, nil
}

func (u *unpacker) value(depth int) (any, error) {
	kind, n, err := u.head()
	if err != nil || depth > maxUnpacked {
		return nil, errMsgpack
	}
	switch kind {
	case packedText:
		b, err := u.take(n)
		return string(b), err
	case packedBytes:
		b, err := u.take(n)
		return b, err
	case packedArray:
		return u.array(n, depth)
	case packedMap:
		return u.object(n, depth)
	}
	return u.scalar(n)
}

func (u *unpacker) array(n uint64, depth int) (any, error) {
	list := []any{}
	for ; n > 0; n-- {
		v, err := u.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

func (u *unpacker) object(n uint64, depth int) (any, error) {
	m := map[string]any{}
	for ; n > 0; n-- {
		key, err := u.value(depth + 1)
		if err != nil {
			return nil, err
		}
		name, ok := key.(string)
		if !ok {
			return nil, errMsgpack
		}
		if m[name], err = u.value(depth + 1); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (u *unpacker) scalar(c uint64) (any, error) {
	switch {
	case c < 0x80:
		return c, nil
	case c >= 0xe0:
		return int64(int8(c)), nil
	case c == 0xc0:
		return nil, nil
	case c == 0xc2, c == 0xc3:
		return c == 0xc3, nil
	case c == 0xca:
		n, err := u.number(4)
		return finite(float64(math.Float32frombits(uint32(n)))), err
	case c == 0xcb:
		n, err := u.number(8)
		return finite(math.Float64frombits(n)), err
	case c >= 0xcc && c <= 0xcf:
		return u.number(1 << (c - 0xcc))
	case c >= 0xd0 && c <= 0xd3:
		size := 1 << (c - 0xd0)
		n, err := u.number(size)
		shift := 64 - 8*size
		return int64(n<<shift) >> shift, err
	}
	return nil, errMsgpack
}

// finite makes null of what JSON cannot say.
func finite(f float64) any {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return f
}
