package client

import (
	"encoding/binary"
	"testing"
)

// batch makes the header of a record batch with n records over the offsets [first, first+span).
func batch(first int64, span, n int32, attributes uint16) []byte {
	b := make([]byte, 61+10*n)
	binary.BigEndian.PutUint64(b, uint64(first))
	binary.BigEndian.PutUint32(b[8:], uint32(len(b)-12))
	binary.BigEndian.PutUint16(b[21:], attributes)
	binary.BigEndian.PutUint32(b[23:], uint32(span-1))
	binary.BigEndian.PutUint32(b[57:], uint32(n))
	return b
}

// Compaction leaves batches without records, transactions leave markers; both are passed, records are not.
func TestSkipEmpty(t *testing.T) {
	const control = 0x30
	cat := func(bs ...[]byte) (all []byte) {
		for _, b := range bs {
			all = append(all, b...)
		}
		return all
	}
	for _, c := range []struct {
		name        string
		b           []byte
		after, from int64
		want        int64
	}{
		{"nothing", nil, 4, 5, 5},
		{"an empty batch", batch(5, 3, 0, 0), 4, 5, 8},
		{"a marker", batch(5, 1, 1, control), 4, 5, 6},
		{"records", batch(5, 3, 3, 0), 4, 5, 5},
		{"the rest of a batch that was read", batch(3, 4, 2, 0), 4, 5, 7},
		{"a marker, an empty batch, records", cat(batch(5, 1, 1, control), batch(6, 2, 0, 0), batch(8, 1, 1, 0)), 4, 5, 8},
		{"cut in the middle", cat(batch(5, 1, 1, control), batch(6, 1, 1, 0)[:30]), 4, 5, 6},
		{"nonsense", make([]byte, 100), 4, 5, 5},
	} {
		if got := skipEmpty(c.b, c.after, c.from); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
