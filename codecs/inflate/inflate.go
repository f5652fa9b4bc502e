package inflate

import (
	"encoding/binary"
	"errors"
	"slices"
)

// Errors of decoding.
var (
	ErrCorrupt  = errors.New("inflate: corrupt input")
	ErrTooLarge = errors.New("inflate: more output than the limit")
	ErrNoRoom   = errors.New("inflate: the output may not grow")
)

// Decoder holds the tables of one block. It can be used again and again; the zero value is ready.
type Decoder struct {
	tables tables
	codes  [1 << codeBits]entry // of the code lengths
	lens   [maxLit + maxDist]uint8

	// Grow returns b with room for at least n more bytes, or b itself when it may not grow. nil: append grows.
	Grow func(b []byte, n int) []byte

	// input: pos is the next byte, buf the next n bits
	in  []byte
	pos int
	buf uint64
	n   uint
	// output: w is the next byte of out; data begins at start and must not go beyond end
	out           []byte
	w, start, end int
}

// Slop is how far decoding may write behind the end of the data, in bytes: one longest match and one word. A slice with so much more room
// than the data needs does not have to grow.
const Slop = 258 + 8

// Append decodes raw DEFLATE from src behind dst. It returns the grown slice and how much of src the data took. At most limit bytes
// are appended; memory for a little more may be used.
func (d *Decoder) Append(dst, src []byte, limit int) (out []byte, read int, err error) {
	d.in, d.pos, d.buf, d.n = src, 0, 0, 0
	d.start, d.end = len(dst), len(dst)+limit
	d.out, d.w = dst[:cap(dst)], len(dst)
	err = d.blocks()
	out = d.out[:d.w]
	read = d.pos - int(d.n/8)
	d.in, d.out = nil, nil
	return out, read, err
}

func (d *Decoder) blocks() (err error) {
	for {
		d.refill()
		if d.n < 3 {
			return ErrCorrupt
		}
		final := d.buf&1 == 1
		kind := d.buf >> 1 & 3
		d.drop(3)
		switch kind {
		case 0:
			err = d.stored()
		case 1:
			err = d.block(fixedTables())
		case 2:
			if err = d.readTables(); err == nil {
				err = d.block(&d.tables)
			}
		default:
			err = ErrCorrupt
		}
		if err != nil || final {
			return err
		}
	}
}

// room makes sure that n bytes can be written.
func (d *Decoder) room(n int) bool {
	if d.w+n <= len(d.out) {
		return true
	}
	var grown []byte
	if d.Grow != nil {
		grown = d.Grow(d.out[:d.w], n)
	} else {
		grown = slices.Grow(d.out[:d.w], n)
	}
	d.out = grown[:cap(grown)]
	return d.w+n <= len(d.out)
}

// refill makes at least 56 bits available, or all that is left.
func (d *Decoder) refill() {
	if d.pos+8 <= len(d.in) {
		d.buf |= binary.LittleEndian.Uint64(d.in[d.pos:]) << d.n
		d.pos += int((63 - d.n) >> 3)
		d.n |= 56
		return
	}
	for d.n <= 56 && d.pos < len(d.in) {
		d.buf |= uint64(d.in[d.pos]) << d.n
		d.pos++
		d.n += 8
	}
}

func (d *Decoder) drop(n uint) {
	d.buf >>= n
	d.n -= n
}

// stored copies a block that is not compressed.
func (d *Decoder) stored() error {
	d.drop(d.n & 7)
	// Give whole bytes back.
	d.pos -= int(d.n / 8)
	d.buf, d.n = 0, 0
	if d.pos+4 > len(d.in) {
		return ErrCorrupt
	}
	size := int(binary.LittleEndian.Uint16(d.in[d.pos:]))
	if int(^binary.LittleEndian.Uint16(d.in[d.pos+2:])) != size {
		return ErrCorrupt
	}
	d.pos += 4
	switch {
	case d.pos+size > len(d.in):
		return ErrCorrupt
	case d.w+size > d.end:
		return ErrTooLarge
	case !d.room(size):
		return ErrNoRoom
	}
	d.w += copy(d.out[d.w:], d.in[d.pos:d.pos+size])
	d.pos += size
	return nil
}

// block decodes literals and matches until the end of the block. Matches reach back to the start of the output at most.
func (d *Decoder) block(t *tables) error {
	lit, dist := &t.lit, &t.dist
	buf, n, pos, in := d.buf, d.n, d.pos, d.in
	out, w := d.out, d.w
	for {
		if w+Slop > len(out) || w > d.end {
			if d.w = w; w > d.end {
				return ErrTooLarge
			}
			if !d.room(Slop) {
				return ErrNoRoom
			}
			out = d.out
		}
		// One length with its distance takes at most 15+5+15+13 = 48 bits.
		if pos+8 <= len(in) {
			buf |= binary.LittleEndian.Uint64(in[pos:]) << (n & 63)
			pos += int((63 - n) >> 3)
			n |= 56
		} else {
			for n <= 56 && pos < len(in) {
				buf |= uint64(in[pos]) << (n & 63)
				pos++
				n += 8
			}
		}
		e := lit[buf&(1<<litBits-1)]
		if e&kindMask == kindLiteral && e&15 != 0 && n >= 15 {
			// Literals come in runs; 15 bits are enough for one more.
			buf >>= e & 15
			n -= uint(e & 15)
			out[w] = byte(e >> 16)
			w++
			e = lit[buf&(1<<litBits-1)]
			for e&kindMask == kindLiteral && e&15 != 0 && n >= 15 {
				buf >>= e & 15
				n -= uint(e & 15)
				out[w] = byte(e >> 16)
				w++
				e = lit[buf&(1<<litBits-1)]
			}
			if n < 48 {
				continue
			}
		}
		if e&kindMask == kindLink {
			buf >>= litBits
			n -= litBits
			e = t.lit2[uint64(e>>16)+buf&(1<<(e>>4&15)-1)]
		}
		buf >>= e & 15
		n -= uint(e & 15)
		if int(n) < 0 || e&15 == 0 {
			return ErrCorrupt
		}
		switch e & kindMask {
		case kindLiteral:
			out[w] = byte(e >> 16)
			w++
			continue
		case kindEnd:
			d.buf, d.n, d.pos, d.w = buf, n, pos, w
			if w > d.end {
				return ErrTooLarge
			}
			return nil
		}
		extra := uint(e >> 4 & 15)
		length := int(e>>16) + int(buf&(1<<extra-1))
		buf >>= extra
		n -= extra
		e = dist[buf&(1<<distBits-1)]
		if e&kindMask == kindLink {
			buf >>= distBits
			n -= distBits
			e = t.dist2[uint64(e>>16)+buf&(1<<(e>>4&15)-1)]
		}
		buf >>= e & 15
		n -= uint(e & 15)
		extra = uint(e >> 4 & 15)
		back := int(e>>16) + int(buf&(1<<extra-1))
		buf >>= extra
		n -= extra
		if int(n) < 0 || e&kindMask != kindBase || e&15 == 0 || back > w-d.start {
			return ErrCorrupt
		}
		from := w - back
		switch {
		case back >= 8: // words, up to seven bytes too many
			for i := 0; i < length; i += 8 {
				binary.LittleEndian.PutUint64(out[w+i:], binary.LittleEndian.Uint64(out[from+i:]))
			}
		default:
			for i := range length {
				out[w+i] = out[from+i]
			}
		}
		w += length
	}
}

// order is in which the lengths of the code length code are sent.
var order = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// readTables reads the head of a dynamic block.
func (d *Decoder) readTables() error {
	d.refill()
	if d.n < 14 {
		return ErrCorrupt
	}
	numLit, numDist, numCode := int(d.buf&31)+257, int(d.buf>>5&31)+1, int(d.buf>>10&15)+4
	d.drop(14)
	if numLit > maxLit || numDist > maxDist {
		return ErrCorrupt
	}
	var codeLens [19]uint8
	for i := range numCode {
		if d.n < 3 {
			if d.refill(); d.n < 3 {
				return ErrCorrupt
			}
		}
		codeLens[order[i]] = uint8(d.buf & 7)
		d.drop(3)
	}
	if !build(d.codes[:], nil, codeLens[:], symbolCode) {
		return ErrCorrupt
	}
	lens := d.lens[:numLit+numDist]
	for i := 0; i < len(lens); {
		d.refill()
		e := d.codes[d.buf&(1<<codeBits-1)]
		if e&15 == 0 || uint(e&15) > d.n {
			return ErrCorrupt
		}
		d.drop(uint(e & 15))
		sym := e >> 16
		if sym < 16 {
			lens[i] = uint8(sym)
			i++
			continue
		}
		var repeat, extra int
		var value uint8
		switch sym {
		case 16:
			if i == 0 {
				return ErrCorrupt
			}
			repeat, extra, value = 3, 2, lens[i-1]
		case 17:
			repeat, extra = 3, 3
		default:
			repeat, extra = 11, 7
		}
		if d.n < uint(extra) {
			return ErrCorrupt
		}
		repeat += int(d.buf & (1<<extra - 1))
		d.drop(uint(extra))
		if i+repeat > len(lens) {
			return ErrCorrupt
		}
		for range repeat {
			lens[i] = value
			i++
		}
	}
	t := &d.tables
	if lens[256] == 0 || !build(t.lit[:], &t.lit2, lens[:numLit], symbolLit) || !build(t.dist[:], &t.dist2, lens[numLit:], symbolDist) {
		return ErrCorrupt
	}
	return nil
}
