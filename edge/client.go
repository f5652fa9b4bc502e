package edge

import (
	"net/http"
	"strings"
)

// Header returns the first value of a header, given in canonical form; empty unless it is visible ASCII.
func Header(r *http.Request, canonical string) string {
	if values := r.Header[canonical]; len(values) > 0 && Visible(values[0]) {
		return values[0]
	}
	return ""
}

// Visible reports whether a header value is plain visible ASCII.
func Visible(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x7F || s[i] < ' ' && s[i] != '\t' {
			return false
		}
	}
	return true
}

// Addresses returns the peer's IP without port, and the chain of clients that ends with it (edge 4.1).
func Addresses(r *http.Request) (peer, forwardedFor string) {
	peer = peerIP(r.RemoteAddr)
	for _, name := range [...]string{"Cf-Connecting-Ip", "X-Vercel-Forwarded-For", "X-Sentry-Forwarded-For", "X-Forwarded-For"} {
		if v := Header(r, name); v != "" {
			return peer, v + ", " + peer
		}
	}
	return peer, peer
}

// peerIP cuts port, brackets and zone off a socket address.
func peerIP(addr string) string {
	if i := strings.LastIndexByte(addr, ':'); i >= 0 {
		addr = addr[:i]
	}
	addr = strings.TrimSuffix(strings.TrimPrefix(addr, "["), "]")
	addr, _, _ = strings.Cut(addr, "%")
	return addr
}
