package filter

import (
	"strings"

	"weir/codecs/dsn"
)

// fromLocalhost looks at the user's address, the url and the host headers, each in turn (filters 4.7).
func fromLocalhost(it Item) bool {
	if ip, ok := it.UserIP(); ok && (ip == "127.0.0.1" || ip == "::1") {
		return true
	}
	if url, ok := it.URL(); ok && isLocalURL(url) {
		return true
	}
	for _, name := range [...]string{"Host", "X-Forwarded-Host"} {
		if host, ok := it.Header(name); ok {
			host, _, _ = strings.Cut(host, ":")
			if isLocalHost(host) {
				return true
			}
		}
	}
	return false
}

func isLocalHost(host string) bool { return host == "localhost" || host == "127.0.0.1" }

// isLocalURL says that a url is a file or on this machine.
func isLocalURL(text string) bool {
	u, err := dsn.ParseURL(text)
	if err != nil {
		return false
	}
	if u.Scheme == "file" {
		return true
	}
	host := u.Host
	if host == "" {
		host = opaqueHost(u.Rest)
	}
	return isLocalHost(host) || strings.HasSuffix(host, ".localhost") || strings.HasSuffix(host, ".127.0.0.1")
}

// opaqueHost returns the host of a url that is not for the web, from what stands behind the scheme.
func opaqueHost(rest string) string {
	authority, ok := strings.CutPrefix(rest, "//")
	if !ok {
		return ""
	}
	if end := strings.IndexAny(authority, "/?#"); end >= 0 {
		authority = authority[:end]
	}
	authority = authority[strings.LastIndexByte(authority, '@')+1:]
	if colon := strings.LastIndexByte(authority, ':'); colon > strings.LastIndexByte(authority, ']') {
		authority = authority[:colon]
	}
	return authority
}
