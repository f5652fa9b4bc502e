package server

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

const (
	maxFields = 100   // header fields of a request
	maxTarget = 65534 // bytes of a request target
)

// malformed returns the status of a request that net/http reads and the contract does not, 0 for others. A fragment, which no request should
// have, is cut off.
func malformed(r *http.Request) int {
	fields := len(r.TransferEncoding)
	for _, values := range r.Header {
		fields += len(values)
	}
	if r.Host != "" { // not among the fields
		fields++
	}
	switch {
	case fields > maxFields:
		return http.StatusRequestHeaderFieldsTooLarge
	case len(r.RequestURI) > maxTarget:
		return http.StatusRequestURITooLong
	case r.ProtoMajor == 1 && r.ProtoMinor > 1:
		return http.StatusBadRequest
	}
	if target, _, ok := strings.Cut(r.RequestURI, "#"); ok {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			return http.StatusBadRequest
		}
		r.URL = u
	}
	path, _, _ := strings.Cut(r.RequestURI, "?")
	path, _, _ = strings.Cut(path, "#")
	absolute := strings.Contains(path, "://") && path[0] != '/'
	if strings.ContainsAny(r.URL.RawQuery, "\"<>") || strings.ContainsAny(path, "<>`") || !utf8.ValidString(r.RequestURI) || absolute && r.URL.Host == "" {
		return http.StatusBadRequest
	}
	return 0
}
