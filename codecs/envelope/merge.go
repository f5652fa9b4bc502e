package envelope

import (
	"net/url"
	"strings"

	"weir/codecs/dsn"
)

// Request is what an HTTP request tells about an envelope (edge 4.3).
type Request struct {
	// DSN has key and project of the request; scheme, host and port are those of our upstream (edge 4.2). With FromHeader it is the
	// header's own key and project.
	DSN dsn.DSN
	// AnyProject says that the request named no project (edge 1.1 R3), so that a DSN in the header may name any.
	AnyProject bool
	// FromHeader says that authentication came from the envelope header (edge 3.3): an origin in the header needs none in the request.
	FromHeader bool

	Client       string // sentry_client
	Version      uint16 // protocol version
	Origin       string // normalised by NormalizeURL, empty when there is none
	RemoteAddr   string // peer IP without port
	ForwardedFor string // edge 4.1
	UserAgent    string
	ClientHints  ClientHints
	NoCache      bool
}

// Merge checks the header against the request and fills it up: what the header gives wins, the DSN is always the request's (edge 4.3).
// Errors are *Error with one of the three mismatch causes.
func Merge(h *Header, req Request) error {
	switch {
	case h.Origin != "" && h.Origin != req.Origin && !(req.FromHeader && req.Origin == ""):
		return &Error{Cause: CauseOriginMismatch}
	case h.DSN != nil && h.DSN.Project != req.DSN.Project && !req.AnyProject:
		return &Error{Cause: CauseProjectMismatch}
	case h.DSN != nil && h.DSN.Key != req.DSN.Key:
		return &Error{Cause: CauseKeyMismatch}
	}
	d := req.DSN
	h.DSN = &d
	if h.Version == 7 {
		h.Version = req.Version
	}
	if !h.emptyClient {
		fill(&h.Client, req.Client)
	}
	if !h.emptyUserAgent {
		fill(&h.UserAgent, req.UserAgent)
	}
	fill(&h.Origin, req.Origin)
	fill(&h.RemoteAddr, req.RemoteAddr)
	fill(&h.ForwardedFor, req.ForwardedFor)
	fill(&h.ClientHints.UA, req.ClientHints.UA)
	fill(&h.ClientHints.Platform, req.ClientHints.Platform)
	fill(&h.ClientHints.PlatformVersion, req.ClientHints.PlatformVersion)
	fill(&h.ClientHints.Model, req.ClientHints.Model)
	h.NoCache = h.NoCache || req.NoCache
	return nil
}

func fill(to *string, value string) {
	if *to == "" {
		*to = value
	}
}

// NormalizeURL returns the form in which origins are compared (edge 4.3): lower-case scheme and host, no default port, a path of
// at least "/". False means that s is no absolute URL.
func NormalizeURL(s string) (string, bool) {
	s = strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	u, err := url.Parse(s)
	if err != nil || u.Scheme == "" {
		return "", false
	}
	u.Scheme = strings.ToLower(u.Scheme)
	port := ""
	switch u.Scheme {
	case "http", "ws":
		port = "80"
	case "https", "wss":
		port = "443"
	case "ftp":
		port = "21"
	default:
		return u.String(), true
	}
	if u.Host == "" || u.Hostname() == "" {
		return "", false
	}
	u.Host = strings.ToLower(u.Host)
	if u.Port() == port || strings.HasSuffix(u.Host, ":") {
		u.Host = u.Host[:strings.LastIndexByte(u.Host, ':')]
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return u.String(), true
}
