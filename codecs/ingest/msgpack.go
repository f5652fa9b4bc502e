package ingest

import "encoding/binary"

// The msgpack forms of pipeline 9.5: integers in the shortest form, byte strings as bin, maps with string keys.

func appendMap(dst []byte, n int) []byte {
	if n < 16 {
		return append(dst, 0x80|byte(n))
	}
	return binary.BigEndian.AppendUint16(append(dst, 0xDE), uint16(n))
}

func appendArray(dst []byte, n int) []byte {
	switch {
	case n < 16:
		return append(dst, 0x90|byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(dst, 0xDC), uint16(n))
	}
	return binary.BigEndian.AppendUint32(append(dst, 0xDD), uint32(n))
}

func appendStr[T string | []byte](dst []byte, s T) []byte {
	switch n := len(s); {
	case n < 32:
		dst = append(dst, 0xA0|byte(n))
	case n < 1<<8:
		dst = append(dst, 0xD9, byte(n))
	case n < 1<<16:
		dst = binary.BigEndian.AppendUint16(append(dst, 0xDA), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint32(append(dst, 0xDB), uint32(n))
	}
	return append(dst, s...)
}

func appendBin(dst, b []byte) []byte {
	switch n := len(b); {
	case n < 1<<8:
		dst = append(dst, 0xC4, byte(n))
	case n < 1<<16:
		dst = binary.BigEndian.AppendUint16(append(dst, 0xC5), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint32(append(dst, 0xC6), uint32(n))
	}
	return append(dst, b...)
}

func appendBinOrNil(dst, b []byte) []byte {
	if b == nil {
		return append(dst, 0xC0)
	}
	return appendBin(dst, b)
}

func appendUint(dst []byte, n uint64) []byte {
	switch {
	case n < 1<<7:
		return append(dst, byte(n))
	case n < 1<<8:
		return append(dst, 0xCC, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(dst, 0xCD), uint16(n))
	case n < 1<<32:
		return binary.BigEndian.AppendUint32(append(dst, 0xCE), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(dst, 0xCF), n)
}

func appendInt(dst []byte, n int64) []byte {
	switch {
	case n >= 0:
		return appendUint(dst, uint64(n))
	case n >= -32:
		return append(dst, byte(n))
	case n >= -1<<7:
		return append(dst, 0xD0, byte(n))
	case n >= -1<<15:
		return binary.BigEndian.AppendUint16(append(dst, 0xD1), uint16(n))
	case n >= -1<<31:
		return binary.BigEndian.AppendUint32(append(dst, 0xD2), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(dst, 0xD3), uint64(n))
}

func appendBool(dst []byte, v bool) []byte {
	if v {
		return append(dst, 0xC3)
	}
	return append(dst, 0xC2)
}

// entry appends a key; the value follows.
func entry(dst []byte, key string) []byte { return appendStr(dst, key) }

func strEntry(dst []byte, key, value string) []byte { return appendStr(entry(dst, key), value) }

func uintEntry(dst []byte, key string, value uint64) []byte {
	return appendUint(entry(dst, key), value)
}

func binEntry(dst []byte, key string, value []byte) []byte { return appendBin(entry(dst, key), value) }
