package intake

import (
	"encoding/binary"
	"errors"
	"math"

	"weir/codecs/envelope"
)

const maxMsgpackDepth = 128

var errMsgpack = errors.New("not a map with a readable event_id")

// msgpackEventID reads event_id of a msgpack map; no id when it is absent or nil (edge 8.4).
func msgpackEventID(b []byte) (id envelope.EventID, err error) {
	m := msgpackReader{b: b}
	n, ok := m.mapHeader()
	if !ok {
		return id, errMsgpack
	}
	for range n {
		key, ok := m.text()
		if !ok {
			key, value := m.skip(0), m.skip(0) // a key that is no text
			if !key || !value {
				return id, errMsgpack
			}
			continue
		}
		switch {
		case string(key) != "event_id":
			if !m.skip(1) {
				return id, errMsgpack
			}
		case m.take(0xC0):
		default:
			text, ok := m.text()
			if !ok {
				return id, errMsgpack
			}
			if id, err = envelope.ParseEventID(string(text)); err != nil {
				return id, err
			}
		}
	}
	return id, nil
}

// msgpackReader walks msgpack without building values.
type msgpackReader struct {
	b []byte
}

func (m *msgpackReader) take(c byte) bool {
	if len(m.b) == 0 || m.b[0] != c {
		return false
	}
	m.b = m.b[1:]
	return true
}

// number reads a big-endian length of 1, 2 or 4 bytes behind the type byte.
func (m *msgpackReader) number(size int) (int, bool) {
	if len(m.b) < 1+size {
		return 0, false
	}
	var n uint64
	switch p := m.b[1 : 1+size]; size {
	case 1:
		n = uint64(p[0])
	case 2:
		n = uint64(binary.BigEndian.Uint16(p))
	case 4:
		n = uint64(binary.BigEndian.Uint32(p))
	}
	m.b = m.b[1+size:]
	return int(n), n <= math.MaxInt32
}

func (m *msgpackReader) advance(n int) bool {
	if n > len(m.b) {
		return false
	}
	m.b = m.b[n:]
	return true
}

// mapHeader enters a map and returns its number of entries.
func (m *msgpackReader) mapHeader() (int, bool) {
	if len(m.b) == 0 {
		return 0, false
	}
	switch c := m.b[0]; {
	case c >= 0x80 && c <= 0x8F:
		m.b = m.b[1:]
		return int(c & 0x0F), true
	case c == 0xDE:
		return m.number(2)
	case c == 0xDF:
		return m.number(4)
	}
	return 0, false
}

// text reads a string; at anything else it stays where it is.
func (m *msgpackReader) text() ([]byte, bool) {
	if len(m.b) == 0 {
		return nil, false
	}
	at, n, ok := m.b, 0, true
	switch c := m.b[0]; {
	case c >= 0xA0 && c <= 0xBF:
		n = int(c & 0x1F)
		m.b = m.b[1:]
	case c == 0xD9:
		n, ok = m.number(1)
	case c == 0xDA:
		n, ok = m.number(2)
	case c == 0xDB:
		n, ok = m.number(4)
	default:
		return nil, false
	}
	if !ok || n > len(m.b) {
		m.b = at
		return nil, false
	}
	s := m.b[:n]
	m.b = m.b[n:]
	return s, true
}

// skip passes one value; false when the text ends within it or it is nested too deep.
func (m *msgpackReader) skip(depth int) bool {
	if len(m.b) == 0 || depth > maxMsgpackDepth {
		return false
	}
	c := m.b[0]
	switch {
	case c <= 0x7F, c >= 0xE0, c == 0xC0, c == 0xC2, c == 0xC3:
		return m.advance(1)
	case c <= 0x8F, c == 0xDE, c == 0xDF:
		n, ok := m.mapHeader()
		return ok && m.skipMany(2*n, depth)
	case c <= 0x9F:
		m.b = m.b[1:]
		return m.skipMany(int(c&0x0F), depth)
	case c == 0xDC, c == 0xDD:
		n, ok := m.number(2 << (c - 0xDC))
		return ok && m.skipMany(n, depth)
	case c <= 0xBF:
		return m.advance(1 + int(c&0x1F))
	case c >= 0xC4 && c <= 0xC6, c >= 0xD9 && c <= 0xDB: // bin, str
		n, ok := m.number(1 << ((c - 0xC4) % 3))
		return ok && m.advance(n)
	case c >= 0xC7 && c <= 0xC9: // ext
		n, ok := m.number(1 << (c - 0xC7))
		return ok && m.advance(n+1)
	case c >= 0xCA && c <= 0xD3: // numbers
		return m.advance(1 + [...]int{4, 8, 1, 2, 4, 8, 1, 2, 4, 8}[c-0xCA])
	case c >= 0xD4 && c <= 0xD8: // fixext
		return m.advance(2 + 1<<(c-0xD4))
	}
	return false // 0xC1 is never used
}

func (m *msgpackReader) skipMany(n, depth int) bool {
	for range n {
		if !m.skip(depth + 1) {
			return false
		}
	}
	return true
}
