package document

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"slices"

	"weir/codecs/jsontext"
)

// ErrMessage says that bytes are no message of codecs/ingest.
var ErrMessage = errors.New("no message of an operator's topic")

// documents are the byte strings that hold JSON, by the type of their message: they are written as what they hold.
var documents = map[string]string{"event": "payload", "user_report": "payload", "check_in": "payload", "profile": "payload", "profile_chunk": "payload", "replay_recording_not_chunked": "replay_event"}

// unpacker rewrites the msgpack of pipeline 9.5 as JSON.
type unpacker struct {
	b  []byte
	ok bool
}

// message rewrites a whole message: its member `type` apart, the others as an object.
func (u *unpacker) message(dst []byte) (kind string, item []byte, err error) {
	u.ok = true
	n, isMap := u.container(0x80, 0xDE)
	if !isMap || n == 0 || string(u.text()) != "type" {
		return "", nil, ErrMessage
	}
	kind = string(u.text())
	document := documents[kind]
	dst = append(dst, '{')
	for i := 1; i < n && u.ok; i++ {
		if i > 1 {
			dst = append(dst, ',')
		}
		key := u.text()
		dst = append(jsontext.AppendString(dst, string(key)), ':')
		dst = u.value(dst, string(key) == document)
	}
	if !u.ok || len(u.b) > 0 || !slices.Contains(AllTypes, kind) {
		return "", nil, ErrMessage
	}
	return kind, append(dst, '}'), nil
}

// take returns the next n bytes.
func (u *unpacker) take(n int) []byte {
	if !u.ok || n > len(u.b) {
		u.ok = false
		return nil
	}
	out := u.b[:n]
	u.b = u.b[n:]
	return out
}

func (u *unpacker) first() byte {
	if b := u.take(1); u.ok {
		return b[0]
	}
	return 0xC1 // unused
}

// length reads a big-endian number of n bytes.
func (u *unpacker) length(n int) int {
	var wide [8]byte
	copy(wide[8-n:], u.take(n))
	v := binary.BigEndian.Uint64(wide[:])
	if v > 1<<31 {
		u.ok = false
		return 0
	}
	return int(v)
}

// container reads the head of a map or an array: small ones in one byte, others behind the marker of 16 or 32 bits.
func (u *unpacker) container(small, wide byte) (n int, ok bool) {
	switch c := u.first(); {
	case c&0xF0 == small:
		return int(c & 0x0F), true
	case c == wide:
		return u.length(2), u.ok
	case c == wide+1:
		return u.length(4), u.ok
	}
	u.ok = false
	return 0, false
}

// text reads a text.
func (u *unpacker) text() []byte {
	switch c := u.first(); {
	case c&0xE0 == 0xA0:
		return u.take(int(c & 0x1F))
	case c >= 0xD9 && c <= 0xDB:
		return u.take(u.length(1 << (c - 0xD9)))
	}
	u.ok = false
	return nil
}

// value rewrites one value; document says that a byte string holds JSON.
func (u *unpacker) value(dst []byte, document bool) []byte {
	if len(u.b) == 0 {
		u.ok = false
		return dst
	}
	switch c := u.b[0]; {
	case c&0xF0 == 0x80 || c == 0xDE || c == 0xDF:
		n, _ := u.container(0x80, 0xDE)
		dst = append(dst, '{')
		for i := 0; i < n && u.ok; i++ {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(jsontext.AppendString(dst, string(u.text())), ':')
			dst = u.value(dst, false)
		}
		return append(dst, '}')
	case c&0xF0 == 0x90 || c == 0xDC || c == 0xDD:
		n, _ := u.container(0x90, 0xDC)
		dst = append(dst, '[')
		for i := 0; i < n && u.ok; i++ {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = u.value(dst, false)
		}
		return append(dst, ']')
	case c&0xE0 == 0xA0 || c >= 0xD9 && c <= 0xDB:
		return jsontext.AppendString(dst, string(u.text()))
	case c >= 0xC4 && c <= 0xC6:
		u.first()
		b := u.take(u.length(1 << (c - 0xC4)))
		if document && json.Valid(b) {
			return append(dst, b...)
		}
		return appendBase64(dst, b)
	}
	return u.scalar(dst)
}

// scalar rewrites nil, booleans and integers; messages have no floats.
func (u *unpacker) scalar(dst []byte) []byte {
	switch c := u.first(); {
	case c <= 0x7F:
		return number(dst, uint64(c))
	case c == 0xC0:
		return append(dst, "null"...)
	case c == 0xC2:
		return append(dst, "false"...)
	case c == 0xC3:
		return append(dst, "true"...)
	case c >= 0xCC && c <= 0xCF:
		var wide [8]byte
		n := 1 << (c - 0xCC)
		copy(wide[8-n:], u.take(n))
		return number(dst, binary.BigEndian.Uint64(wide[:]))
	case c >= 0xE0:
		return number(append(dst, '-'), uint64(-int64(int8(c))))
	case c >= 0xD0 && c <= 0xD3:
		n := 1 << (c - 0xD0)
		b := u.take(n)
		var v uint64
		if u.ok && b[0]&0x80 != 0 {
			v = ^uint64(0)
		}
		for _, x := range b {
			v = v<<8 | uint64(x)
		}
		if int64(v) < 0 {
			return number(append(dst, '-'), -v)
		}
		return number(dst, v)
	}
	u.ok = false
	return dst
}
