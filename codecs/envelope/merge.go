package envelope

import "weir/codecs/dsn"

// Request is what an HTTP request tells about an envelope (edge 4.3).
type Request struct {
	// DSN has key and project of the request; scheme, host and port are those of our upstream (edge 4.2). With FromHeader it is the
	// header's own key and project.
	DSN dsn.DSN
	// AnyProject says that the request named no project (edge 1.1 R3): no DSN in a header agrees with it then.
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
	Empty        Empty // of the texts above
	NoCache      bool
}

// Merge checks the header against the request and fills it up: what the header gives wins, the DSN is always the request's (edge 4.3).
// Errors are *Error with one of the three mismatch causes.
func Merge(h *Header, req Request) error {
	switch {
	case h.Origin != "" && h.Origin != req.Origin && !(req.FromHeader && req.Origin == ""):
		return &Error{Cause: CauseOriginMismatch}
	case h.DSN != nil && (req.AnyProject || h.DSN.Project != req.DSN.Project):
		return &Error{Cause: CauseProjectMismatch}
	case h.DSN != nil && h.DSN.Key != req.DSN.Key:
		return &Error{Cause: CauseKeyMismatch}
	}
	d := req.DSN
	h.DSN = &d
	if h.Version == 7 {
		h.Version = req.Version
	}
	sender := func(to *string, value string, one Empty) {
		if *to == "" && !h.Empty.Has(one) {
			*to = value
			h.Empty |= req.Empty & one
		}
	}
	sender(&h.Client, req.Client, EmptyClient)
	sender(&h.UserAgent, req.UserAgent, EmptyUserAgent)
	sender(&h.ClientHints.UA, req.ClientHints.UA, EmptyHintUA)
	sender(&h.ClientHints.Platform, req.ClientHints.Platform, EmptyHintPlatform)
	sender(&h.ClientHints.PlatformVersion, req.ClientHints.PlatformVersion, EmptyHintPlatformVersion)
	sender(&h.ClientHints.Model, req.ClientHints.Model, EmptyHintModel)
	fill(&h.Origin, req.Origin)
	fill(&h.RemoteAddr, req.RemoteAddr)
	fill(&h.ForwardedFor, req.ForwardedFor)
	h.NoCache = h.NoCache || req.NoCache
	return nil
}

func fill(to *string, value string) {
	if *to == "" {
		*to = value
	}
}

// NormalizeURL returns the form in which origins are compared (edge 4.3). False means that s is no absolute URL.
func NormalizeURL(s string) (string, bool) {
	u, err := dsn.ParseURL(s)
	if err != nil {
		return "", false
	}
	return u.String(), true
}

// RequestOrigin returns the origin of a request from its Origin and Referer headers: the first that is an absolute http or https URL,
// normalised, or "" (edge 4.3).
func RequestOrigin(origin, referer string) string {
	for _, s := range [...]string{origin, referer} {
		if s == "" {
			continue
		}
		if u, err := dsn.ParseURL(s); err == nil && (u.Scheme == "http" || u.Scheme == "https") {
			return u.String()
		}
	}
	return ""
}
