package downstream

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// Errors of a registration that does not fit its challenge.
var (
	ErrTokenSignature = errors.New("bad signature")
	ErrTokenEncoding  = errors.New("bad encoding")
	ErrTokenExpired   = errors.New("expired")
)

// tokenState is what the root remembers between challenge and response: nothing of its own, all of it is in the token (edge 12.3).
type tokenState struct {
	Timestamp int64  `json:"timestamp"` // Unix seconds
	RelayID   string `json:"relay_id"`
	PublicKey string `json:"public_key"`
	Rand      string `json:"rand"`
}

// text returns base64url of the state, a colon, and base64url of its HMAC-SHA512.
func (s tokenState) text(secret []byte) (string, error) {
	b, err := json.Marshal(s)
	if err != nil {
		return "", err
	}
	state := base64.RawURLEncoding.EncodeToString(b)
	return state + ":" + base64.RawURLEncoding.EncodeToString(mac(secret, state)), nil
}

func mac(secret []byte, state string) []byte {
	h := hmac.New(sha512.New, secret)
	h.Write([]byte(state))
	return h.Sum(nil)
}

// openToken checks MAC and age.
func openToken(token string, secret []byte, now time.Time, maxAge time.Duration) (s tokenState, err error) {
	state, sum, ok := strings.Cut(token, ":")
	if !ok {
		return s, ErrTokenSignature
	}
	got, err := base64.RawURLEncoding.DecodeString(sum)
	switch {
	case err != nil:
		return s, ErrTokenEncoding
	case !hmac.Equal(got, mac(secret, state)):
		return s, ErrTokenSignature
	}
	b, err := base64.RawURLEncoding.DecodeString(state)
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	switch {
	case err != nil:
		return s, ErrTokenEncoding
	case now.Sub(time.Unix(s.Timestamp, 0)) > maxAge:
		return s, ErrTokenExpired
	}
	return s, nil
}
