package inflate

import (
	"encoding/binary"
	"hash/adler32"
	"hash/crc32"
)

// flags of a gzip header.
const (
	flagCRC     = 1 << 1
	flagExtra   = 1 << 2
	flagName    = 1 << 3
	flagComment = 1 << 4
)

// Gzip appends the decoded first member of src; what follows it is not looked at. Its checksum is verified.
func (d *Decoder) Gzip(dst, src []byte, limit int) ([]byte, error) {
	head, ok := gzipHeader(src)
	if !ok {
		return dst, ErrCorrupt
	}
	start := len(dst)
	out, n, err := d.Append(dst, src[head:], limit)
	if err != nil {
		return out, err
	}
	if src = src[head+n:]; len(src) < 8 || binary.LittleEndian.Uint32(src) != crc32.ChecksumIEEE(out[start:]) || binary.LittleEndian.Uint32(src[4:]) != uint32(len(out)-start) {
		return out, ErrCorrupt
	}
	return out, nil
}

// GzipSize returns what the end of src says about its size: a hint for memory, not to be trusted.
func GzipSize(src []byte) int {
	if len(src) < 18 {
		return 0
	}
	return int(binary.LittleEndian.Uint32(src[len(src)-4:]))
}

// gzipHeader returns the length of the header.
func gzipHeader(b []byte) (int, bool) {
	if len(b) < 10 || b[0] != 0x1F || b[1] != 0x8B || b[2] != 8 {
		return 0, false
	}
	flags, n := b[3], 10
	if flags&flagExtra != 0 {
		if len(b) < n+2 {
			return 0, false
		}
		n += 2 + int(binary.LittleEndian.Uint16(b[n:]))
	}
	for _, f := range [...]byte{flagName, flagComment} {
		if flags&f == 0 {
			continue
		}
		for ; n < len(b) && b[n] != 0; n++ {
		}
		n++
	}
	if flags&flagCRC != 0 {
		if len(b) < n+2 || binary.LittleEndian.Uint16(b[n:]) != uint16(crc32.ChecksumIEEE(b[:n])) {
			return 0, false
		}
		n += 2
	}
	return n, n <= len(b)
}

// Zlib appends the decoded form of src; the checksum is verified. Bytes behind the stream are ignored, preset dictionaries are
// not known.
func (d *Decoder) Zlib(dst, src []byte, limit int) ([]byte, error) {
	if len(src) < 2 || src[0]&15 != 8 || src[0]>>4 > 7 || binary.BigEndian.Uint16(src)%31 != 0 || src[1]&0x20 != 0 {
		return dst, ErrCorrupt
	}
	start := len(dst)
	dst, n, err := d.Append(dst, src[2:], limit)
	if err != nil {
		return dst, err
	}
	if src = src[2+n:]; len(src) < 4 || binary.BigEndian.Uint32(src) != adler32.Checksum(dst[start:]) {
		return dst, ErrCorrupt
	}
	return dst, nil
}
