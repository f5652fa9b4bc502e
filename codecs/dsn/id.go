package dsn

import (
	"errors"
	"strconv"
	"strings"
)

// PublicKey is the public part of a DSN: exactly 32 ASCII characters, not necessarily hex (edge 3.2).
type PublicKey string

// ProjectID is the numeric id of a project; 0 while unknown.
type ProjectID uint64

// OrgID is the numeric id of an organization; 0 while unknown and never written to outcomes.
type OrgID uint64

// KeyID is the numeric id of a public key; 0 while unknown.
type KeyID uint64

// keyLength is the number of characters of a key.
const keyLength = 32

// ErrPublicKey says that a text is not 32 ASCII characters.
var ErrPublicKey = errors.New("invalid project key")

// ParsePublicKey checks the only rule there is for keys: 32 ASCII characters (edge 3.2).
func ParsePublicKey(s string) (PublicKey, error) {
	if len(s) != keyLength {
		return "", ErrPublicKey
	}
	for i := range len(s) {
		if s[i] >= 0x80 {
			return "", ErrPublicKey
		}
	}
	return PublicKey(s), nil
}

// ParseProjectID reads an unsigned 64-bit decimal, with or without a plus sign.
func ParseProjectID(s string) (ProjectID, error) {
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "+"), 10, 64)
	return ProjectID(n), err
}

func (p ProjectID) String() string { return strconv.FormatUint(uint64(p), 10) }

// Scoping names the three scopes that quotas, rate limits and outcomes refer to (pipeline 2).
type Scoping struct {
	Org     OrgID
	Project ProjectID
	Key     PublicKey
	KeyID   KeyID
}
