package envelope

import (
	"encoding/hex"
	"errors"
)

// EventID is the id of an event, replay or other envelope content. The zero value means "none".
type EventID [16]byte

// ErrEventID says that a text is none of the accepted UUID forms.
var ErrEventID = errors.New("invalid event id")

// ParseEventID reads 32 hex digits, hyphenated, braced or urn:uuid: forms in any case (edge 4.2).
func ParseEventID(s string) (EventID, error) {
	var id EventID
	switch {
	case len(s) == 45 && (s[:9] == "urn:uuid:" || s[:9] == "URN:UUID:"):
		s = s[9:]
	case len(s) == 38 && s[0] == '{' && s[37] == '}':
		s = s[1:37]
	}
	if len(s) == 36 {
		if s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
			return id, ErrEventID
		}
		s = s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	}
	if len(s) != 32 {
		return id, ErrEventID
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil {
		return EventID{}, ErrEventID
	}
	return id, nil
}

// String returns 32 lower-case hex digits.
func (id EventID) String() string { return hex.EncodeToString(id[:]) }

// Hyphenated returns the 8-4-4-4-12 form in lower case.
func (id EventID) Hyphenated() string {
	s := id.String()
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// IsNil reports whether there is no id.
func (id EventID) IsNil() bool { return id == EventID{} }
