package jsontext

import (
	"strconv"
)

// MaxDepth is the largest number of nested containers a Reader accepts, its own included.
const MaxDepth = 127

// SyntaxError says where a text stops being JSON.
type SyntaxError struct {
	Offset int // bytes from the start of the buffer
	Msg    string
}

func (e *SyntaxError) Error() string { return e.Msg + " at byte " + strconv.Itoa(e.Offset) }

// Reader walks the members of one object or the elements of one array. Nested containers are values; to look
// into one, read it with a Reader of its own. The zero value is unusable; the buffer must not change while slices of it live.
type Reader struct {
	buf   []byte
	pos   int
	key   []byte
	close byte
	first bool
	err   *SyntaxError
}

// NewReader starts at buf[pos:].
func NewReader(buf []byte, pos int) Reader { return Reader{buf: buf, pos: pos} }

// Object enters an object after optional white space; false means that the next value is none (see Err).
func (r *Reader) Object() bool { return r.open('{', '}', "expected an object") }

// Array enters an array after optional white space; false means that the next value is none (see Err).
func (r *Reader) Array() bool { return r.open('[', ']', "expected an array") }

func (r *Reader) open(start, end byte, msg string) bool {
	r.pos = SkipSpace(r.buf, r.pos)
	if r.pos >= len(r.buf) {
		return r.fail("unexpected end")
	}
	if r.buf[r.pos] != start {
		return r.fail(msg)
	}
	r.pos++
	r.close, r.first = end, true
	return true
}

// More advances to the next member or element. It returns false behind the closing bracket and on errors.
// Every true must be followed by one call of Value.
func (r *Reader) More() bool {
	if r.err != nil {
		return false
	}
	r.pos = SkipSpace(r.buf, r.pos)
	if r.pos >= len(r.buf) {
		return r.fail("unexpected end")
	}
	if r.buf[r.pos] == r.close {
		r.pos++
		return false
	}
	if !r.first {
		if r.buf[r.pos] != ',' {
			return r.fail("expected a comma")
		}
		r.pos = SkipSpace(r.buf, r.pos+1)
	}
	r.first = false
	if r.close == ']' {
		return true
	}
	if r.pos >= len(r.buf) || r.buf[r.pos] != '"' {
		return r.fail("expected a member name")
	}
	start := r.pos
	end, msg := skipString(r.buf, r.pos)
	r.pos = end
	if msg != "" {
		return r.fail(msg)
	}
	r.key, _ = Text(r.buf[start:end])
	r.pos = SkipSpace(r.buf, r.pos)
	if r.pos >= len(r.buf) || r.buf[r.pos] != ':' {
		return r.fail("expected a colon")
	}
	r.pos++
	return true
}

// Key returns the decoded name of the current member. It aliases the buffer unless the name has escapes.
func (r *Reader) Key() []byte { return r.key }

// Value returns the text of the current value without surrounding white space, validated; nil on errors. It aliases the buffer.
func (r *Reader) Value() []byte {
	if r.err != nil {
		return nil
	}
	start := SkipSpace(r.buf, r.pos)
	end, msg := skipValue(r.buf, start, 1)
	r.pos = end
	if msg != "" {
		r.fail(msg)
		return nil
	}
	return r.buf[start:end:end]
}

// Pos returns the offset behind what has been read.
func (r *Reader) Pos() int { return r.pos }

// Err returns the first error.
func (r *Reader) Err() error {
	if r.err == nil {
		return nil
	}
	return r.err
}

func (r *Reader) fail(msg string) bool {
	if r.err == nil {
		r.err = &SyntaxError{Offset: r.pos, Msg: msg}
	}
	return false
}

// SkipSpace returns the index of the first byte at or behind i that is no JSON white space.
func SkipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// Valid reports whether b is exactly one JSON value with optional white space around it.
func Valid(b []byte) bool {
	end, msg := skipValue(b, SkipSpace(b, 0), 0)
	return msg == "" && SkipSpace(b, end) == len(b)
}

// Skip returns the index behind the value that starts at or behind b[i] after optional white space. What follows is not looked at.
func Skip(b []byte, i int) (int, error) {
	end, msg := skipValue(b, SkipSpace(b, i), 0)
	if msg != "" {
		return 0, &SyntaxError{Offset: end, Msg: msg}
	}
	return end, nil
}
