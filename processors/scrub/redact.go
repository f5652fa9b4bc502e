package scrub

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the contract of the hash method
	"encoding/hex"
	"unicode/utf8"
)

// appendTo appends what the redaction writes in place of match.
func (r *redaction) appendTo(dst []byte, match string) []byte {
	switch r.method {
	case methodReplace:
		return append(dst, r.text...)
	case methodMask:
		for range utf8.RuneCountInString(match) {
			dst = append(dst, '*')
		}
	case methodHash:
		return appendHash(dst, match)
	}
	return dst
}

// appendHash appends HMAC-SHA1 with an empty key in upper-case hex (scrub 2.2).
func appendHash(dst []byte, s string) []byte {
	h := hmac.New(sha1.New, nil)
	h.Write([]byte(s))
	at := len(dst)
	dst = hex.AppendEncode(dst, h.Sum(nil))
	for i, c := range dst[at:] {
		if c >= 'a' {
			dst[at+i] = c - 0x20
		}
	}
	return dst
}
