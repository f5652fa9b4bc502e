package traceitem

import (
	"encoding/binary"
	"math"
	"math/bits"
	"time"
)

// The wire types of protobuf.
const (
	wireVarint = 0
	wire64     = 1
	wireBytes  = 2
)

// tag appends the number and wire type of a field.
func tag(dst []byte, field, wire int) []byte {
	return binary.AppendUvarint(dst, uint64(field)<<3|uint64(wire))
}

// uint appends a number that is not the default.
func appendUint(dst []byte, field int, n uint64) []byte {
	if n == 0 {
		return dst
	}
	return binary.AppendUvarint(tag(dst, field, wireVarint), n)
}

func appendDouble(dst []byte, field int, f float64) []byte {
	if f == 0 && !math.Signbit(f) {
		return dst
	}
	return binary.LittleEndian.AppendUint64(tag(dst, field, wire64), math.Float64bits(f))
}

func appendText[T string | []byte](dst []byte, field int, s T) []byte {
	if len(s) == 0 {
		return dst
	}
	dst = binary.AppendUvarint(tag(dst, field, wireBytes), uint64(len(s)))
	return append(dst, s...)
}

// appendTime appends a google.protobuf.Timestamp; it is there even for the epoch.
func appendTime(dst []byte, field int, t time.Time) []byte {
	sec, nsec := uint64(t.Unix()), uint64(t.Nanosecond())
	n := 0
	if sec != 0 {
		n += 1 + varint(sec)
	}
	if nsec != 0 {
		n += 1 + varint(nsec)
	}
	dst = binary.AppendUvarint(tag(dst, field, wireBytes), uint64(n))
	return appendUint(appendUint(dst, 1, sec), 2, nsec)
}

// varint is the number of bytes of a varint.
func varint(n uint64) int { return (bits.Len64(n|1) + 6) / 7 }

// sized is the number of bytes of content with its length before it.
func sized(n int) int { return varint(uint64(n)) + n }
