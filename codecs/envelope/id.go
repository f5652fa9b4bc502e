package envelope

import (
	"encoding/hex"
	"errors"
)

// EventID is the id of an event, replay or other envelope content. The zero value means "none".
type EventID [16]byte

// ErrEventID says that a text is none of the accepted UUID forms.
var ErrEventID = errors.New("invalid event id")

// ParseEventID reads 32 hex digits or the hyphenated form, the latter also in braces or behind urn:uuid:; digits in any
// case (edge 4.2).
func ParseEventID(s string) (EventID, error) {
	var id EventID
	switch {
	case len(s) == 45 && s[:9] == "urn:uuid:":
		s = s[9:]
	case len(s) == 38 && s[0] == '{' && s[37] == '}':
		s = s[1:37]
	}
	hyphens := len(s) == 36
	if !hyphens && len(s) != 32 {
		return id, ErrEventID
	}
	for i, at := 0, 0; i < len(id); i++ {
		if hyphens && (at == 8 || at == 13 || at == 18 || at == 23) {
			if s[at] != '-' {
				return EventID{}, ErrEventID
			}
			at++
		}
		high, ok1 := nibble(s[at])
		low, ok2 := nibble(s[at+1])
		if !ok1 || !ok2 {
			return EventID{}, ErrEventID
		}
		id[i] = high<<4 | low
		at += 2
	}
	return id, nil
}

func nibble(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// NewEventID makes a version 4 id of 16 random bytes (edge 5.1 rule 10).
func NewEventID(random [16]byte) EventID {
	random[6] = random[6]&0x0F | 0x40
	random[8] = random[8]&0x3F | 0x80
	return random
}

// String returns 32 lower-case hex digits.
func (id EventID) String() string { return string(id.Append(make([]byte, 0, 32))) }

// Append appends 32 lower-case hex digits.
func (id EventID) Append(dst []byte) []byte { return hex.AppendEncode(dst, id[:]) }

// Hyphenated returns the 8-4-4-4-12 form in lower case.
func (id EventID) Hyphenated() string { return string(id.AppendHyphenated(make([]byte, 0, 36))) }

// AppendHyphenated appends the 8-4-4-4-12 form in lower case.
func (id EventID) AppendHyphenated(dst []byte) []byte {
	dst = append(hex.AppendEncode(dst, id[:4]), '-')
	dst = append(hex.AppendEncode(dst, id[4:6]), '-')
	dst = append(hex.AppendEncode(dst, id[6:8]), '-')
	dst = append(hex.AppendEncode(dst, id[8:10]), '-')
	return hex.AppendEncode(dst, id[10:])
}

// IsNil reports whether there is no id.
func (id EventID) IsNil() bool { return id == EventID{} }
