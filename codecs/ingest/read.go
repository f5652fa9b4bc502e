package ingest

import (
	"bytes"
	"encoding/binary"
)

// The heads of messages as this package writes them.
var (
	eventHead      = binEntryHead(7, "event")
	userReportHead = strEntry(appendMap(nil, 4), "type", "user_report")
	checkInHead    = strEntry(appendMap(nil, 7), "type", "check_in")
)

func binEntryHead(members int, kind string) []byte {
	return entry(strEntry(appendMap(nil, members), "type", kind), "payload")
}

// Alike reports whether another envelope can have caused the very same message: user reports and check-ins have nothing in them of the
// record that they came with but the second. All others have an id, a time in microseconds or a key of their own.
func Alike(value []byte) bool {
	return bytes.HasPrefix(value, userReportHead) || bytes.HasPrefix(value, checkInHead)
}

// StartOfEvent returns the receive time of an event message in seconds since 1970; false for everything else.
func StartOfEvent(value []byte) (start int64, ok bool) {
	b, ok := bytes.CutPrefix(value, eventHead)
	if !ok {
		return 0, false
	}
	size, width := uint64(0), 0
	if len(b) > 0 && b[0] >= 0xC4 && b[0] <= 0xC6 {
		width = 1 << (b[0] - 0xC4)
		size, b = bigEndian(b[1:], width)
	}
	if width == 0 || b == nil || uint64(len(b)) < size {
		return 0, false
	}
	b, ok = bytes.CutPrefix(b[size:], entry(nil, "start_time"))
	switch {
	case !ok || len(b) == 0:
		return 0, false
	case b[0] < 0x80 || b[0] >= 0xE0:
		return int64(int8(b[0])), true
	case b[0] >= 0xCC && b[0] <= 0xCF:
		n, rest := bigEndian(b[1:], 1<<(b[0]-0xCC))
		return int64(n), rest != nil
	case b[0] >= 0xD0 && b[0] <= 0xD3:
		width = 1 << (b[0] - 0xD0)
		n, rest := bigEndian(b[1:], width)
		return int64(n<<(64-8*width)) >> (64 - 8*width), rest != nil
	}
	return 0, false
}

// bigEndian reads a number of 1, 2, 4 or 8 bytes; rest is nil when there are fewer.
func bigEndian(b []byte, width int) (n uint64, rest []byte) {
	if len(b) < width {
		return 0, nil
	}
	var full [8]byte
	copy(full[8-width:], b[:width])
	return binary.BigEndian.Uint64(full[:]), b[width:len(b):len(b)]
}
