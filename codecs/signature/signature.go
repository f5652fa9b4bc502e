package signature

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/sha512"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// MaxAhead is how far a signature's time may lie in the future.
const MaxAhead = 15 * time.Second

// Errors of Verify. Their texts are the causes that clients look for (edge 12.2).
var (
	ErrInvalid = errors.New("invalid signature on data")
	ErrPast    = errors.New("the timestamp is too far in the past")
	ErrFuture  = errors.New("the timestamp is too far in the future")
)

// Sign returns the signature text over data with the time at, algorithm v0.
func (k SecretKey) Sign(data []byte, at time.Time) string {
	header := []byte(`{"t":"` + at.UTC().Format(time.RFC3339Nano) + `"}`)
	return encode(ed25519.Sign(k.key, message(header, data))) + "." + encode(header)
}

// Verify checks a signature text over data: its form, the signature itself, and its age at now. A maxAge of 0
// means that any age is fine; more than MaxAhead in the future never is.
func (k PublicKey) Verify(text string, data []byte, now time.Time, maxAge time.Duration) error {
	sigText, headText, _ := strings.Cut(text, ".")
	sig, err := decode(sigText)
	if err != nil {
		return ErrInvalid
	}
	head, err := decode(headText)
	if err != nil {
		return ErrInvalid
	}
	at, prehashed, ok := parseHeader(head)
	if !ok {
		return ErrInvalid
	}
	msg, opts := message(head, data), ed25519.Options{}
	if prehashed {
		sum := sha512.Sum512(msg)
		msg, opts.Hash = sum[:], crypto.SHA512
	}
	if ed25519.VerifyWithOptions(k[:], msg, sig, &opts) != nil {
		return ErrInvalid
	}
	if maxAge > 0 && now.Sub(at) > maxAge {
		return ErrPast
	}
	if at.Sub(now) > MaxAhead {
		return ErrFuture
	}
	return nil
}

// message is what gets signed: the header bytes as transmitted, a zero byte, the data.
func message(header, data []byte) []byte {
	msg := make([]byte, 0, len(header)+1+len(data))
	msg = append(msg, header...)
	msg = append(msg, 0)
	return append(msg, data...)
}

// parseHeader reads `{"t":RFC 3339,"a":"v0"|"v1"|null}`. Names are case-sensitive, which is why this is a map.
func parseHeader(b []byte) (at time.Time, prehashed, ok bool) {
	var members map[string]json.RawMessage
	if json.Unmarshal(b, &members) != nil || members == nil {
		return at, false, false
	}
	switch a := members["a"]; {
	case a == nil, bytes.Equal(a, []byte("null")), bytes.Equal(a, []byte(`"v0"`)):
	case bytes.Equal(a, []byte(`"v1"`)):
		prehashed = true
	default:
		return at, false, false
	}
	var t string
	if members["t"] == nil || json.Unmarshal(members["t"], &t) != nil {
		return at, false, false
	}
	at, err := parseTime(t)
	return at, prehashed, err == nil
}

// parseTime reads RFC 3339 with a zone; a space may stand for the T.
func parseTime(s string) (time.Time, error) {
	if len(s) > 10 && s[10] == ' ' {
		s = s[:10] + "T" + s[11:]
	}
	return time.Parse(time.RFC3339Nano, s)
}

// Verify is PublicKey.Verify for a key in its text form; a text that is no key verifies nothing.
func Verify(publicKey, text string, data []byte, now time.Time, maxAge time.Duration) error {
	k, err := ParsePublicKey(publicKey)
	if err != nil {
		return ErrInvalid
	}
	return k.Verify(text, data, now, maxAge)
}
