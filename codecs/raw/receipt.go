package raw

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"time"

	"weir/codecs/envelope"
)

// NewReceipt makes a UUIDv7 of a time (milliseconds) and ten random bytes.
func NewReceipt(now time.Time, rnd [10]byte) ReceiptID {
	var r ReceiptID
	binary.BigEndian.PutUint64(r[:8], uint64(now.UnixMilli())<<16)
	copy(r[6:], rnd[:])
	r[6] = r[6]&0x0F | 0x70
	r[8] = r[8]&0x3F | 0x80
	return r
}

// ErrReceipt says that a text is no receipt id.
var ErrReceipt = errors.New("invalid receipt id")

// ParseReceipt reads 32 hex digits, with or without hyphens.
func ParseReceipt(s string) (ReceiptID, error) {
	id, err := envelope.ParseEventID(s)
	if err != nil || len(s) > 36 {
		return ReceiptID{}, ErrReceipt
	}
	return ReceiptID(id), nil
}

// Time returns when the receipt was made, to the millisecond.
func (r ReceiptID) Time() time.Time {
	return time.UnixMilli(int64(binary.BigEndian.Uint64(r[:8]) >> 16)).UTC()
}

// IsNil reports whether there is no receipt.
func (r ReceiptID) IsNil() bool { return r == ReceiptID{} }

// Derive returns 16 bytes that depend on the receipt, an index (of an item) and a purpose only: everything that the contract makes
// random comes from here, so that the same record gives the same bytes again (house 1.2). They are uniform; an id of version 4 is
// envelope.NewEventID of them.
func (r ReceiptID) Derive(index int, purpose string) [16]byte {
	var buf [64]byte
	b := append(buf[:0], r[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(index))
	sum := sha256.Sum256(append(b, purpose...))
	return [16]byte(sum[:16])
}
