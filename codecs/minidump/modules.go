package minidump

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// Signatures of CodeView records, and where their names begin.
const (
	codeViewPDB70     = "RSDS"
	codeViewPDB70Name = 24
	codeViewPDB20     = "NB10"
	codeViewPDB20Name = 16
)

// modules adds the names of the module list.
func (d *dump) modules() error {
	b, err := d.list(streamModules, moduleSize)
	for ; err == nil && len(b) > 0; b = b[moduleSize:] {
		if err = d.name(d.order.Uint32(b[20:])); err == nil {
			err = d.debugName(d.location(b[76:]))
		}
	}
	return err
}

// name adds a UTF-16 text with its length in bytes before it.
func (d *dump) name(at uint32) error {
	b, err := d.bytes(uint64(at), 4)
	if err != nil {
		return err
	}
	size := d.order.Uint32(b)
	text, err := d.bytes(uint64(at)+4, uint64(size))
	if err != nil {
		return err
	}
	if size%2 != 0 || !d.isUTF16(text) {
		return errors.New("a module name is no UTF-16 text")
	}
	return d.part(Code, location{size, at + 4})
}

func (d *dump) isUTF16(b []byte) bool {
	for i := 0; i+2 <= len(b); i += 2 {
		u := rune(d.order.Uint16(b[i:]))
		if !utf16.IsSurrogate(u) {
			continue
		}
		if i+4 > len(b) || utf16.DecodeRune(u, rune(d.order.Uint16(b[i+2:]))) == utf8.RuneError {
			return false
		}
		i += 2
	}
	return true
}

// debugName adds the file name of a CodeView record. Records of other kinds have none.
func (d *dump) debugName(l location) error {
	record, err := d.bytes(uint64(l.at), uint64(l.size))
	if err != nil {
		return fmt.Errorf("CodeView record: %w", err)
	}
	skip := uint32(0)
	switch {
	case bytes.HasPrefix(record, d.signature(codeViewPDB70)):
		skip = codeViewPDB70Name
	case bytes.HasPrefix(record, d.signature(codeViewPDB20)):
		skip = codeViewPDB20Name
	default:
		return nil
	}
	if l.size < skip {
		return errShort
	}
	text := record[skip:]
	if nul := bytes.IndexByte(text, 0); nul >= 0 {
		text = text[:nul]
	}
	if !utf8.Valid(text) {
		return errors.New("the name of a debug file is no UTF-8 text")
	}
	return d.part(Debug, location{uint32(len(text)), l.at + skip})
}

// signature returns the bytes of a signature, which is a number in the file's byte order.
func (d *dump) signature(s string) []byte {
	b := []byte(s)
	if d.order.Uint16([]byte{0, 1}) == 1 {
		b[0], b[1], b[2], b[3] = b[3], b[2], b[1], b[0]
	}
	return b
}
