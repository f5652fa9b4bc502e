package intake

import (
	"net/http"
	"time"
	"unicode/utf8"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/edge"
)

// emptySignature stands for a header without a text, which is a wrong signature and not a missing one.
const emptySignature = "."

// sender is what a request tells about where it comes from (edge 4).
type sender struct {
	envelope.Request
	receivedAt time.Time
	signature  string // X-Sentry-Relay-Signature
	trusted    bool   // edge 4.4
}

// authenticate checks path, sources and key in the order of edge 3.4, and collects the metadata of edge 4. project is the path
// segment, pathKey that of source 5; noProject says that the path has none (R3). With fromHeader the envelope header may stand in
// for missing credentials (edge 3.3): DSN is then left to the caller and FromHeader is set.
func (in *Intake) authenticate(x *edge.Exchange, project, pathKey string, noProject, fromHeader bool) (s sender, problem edge.Reply) {
	for _, p := range x.Params {
		if !utf8.ValidString(p) {
			return s, edge.BadRequest("bad project path parameter", "the path is not UTF-8")
		}
	}
	id, err := dsn.ParseProjectID(project)
	if err != nil && !noProject {
		return s, edge.BadRequest("bad project path parameter", "the project id is not an unsigned 64-bit number")
	}
	c, found, problem := findCredentials(x.R, pathKey)
	if problem.Status != 0 {
		return s, problem
	}
	if !found && !fromHeader {
		return s, noCredentials
	}
	s.receivedAt = x.ReceivedAt
	if values := x.R.Header["X-Sentry-Relay-Signature"]; len(values) > 0 {
		if s.signature = values[0]; !edge.Visible(s.signature) {
			return s, edge.BadRequest("bad x-sentry-relay-signature header")
		}
		if s.signature == "" {
			s.signature = emptySignature
		}
	}
	s.DSN = in.upstream
	if found {
		if s.DSN.Key, s.NoCache, problem = c.check(); problem.Status != 0 {
			return s, problem
		}
		s.DSN.Project, s.AnyProject = id, noProject
		s.Client, s.Version = c.client, uint16(c.version)
	} else {
		s.FromHeader, s.Version = true, maxVersion
	}
	in.describe(&s, x.R)
	return s, edge.Reply{}
}

// describe collects what headers and socket tell (edge 4.1, 4.3, 4.4).
func (in *Intake) describe(s *sender, r *http.Request) {
	s.RemoteAddr, s.ForwardedFor = edge.Addresses(r)
	s.Origin = envelope.RequestOrigin(edge.Header(r, "Origin"), edge.Header(r, "Referer"))
	for _, h := range [...]struct {
		name  string
		to    *string
		empty envelope.Empty
	}{
		{"User-Agent", &s.UserAgent, envelope.EmptyUserAgent}, {"Sec-Ch-Ua", &s.ClientHints.UA, envelope.EmptyHintUA},
		{"Sec-Ch-Ua-Platform", &s.ClientHints.Platform, envelope.EmptyHintPlatform},
		{"Sec-Ch-Ua-Platform-Version", &s.ClientHints.PlatformVersion, envelope.EmptyHintPlatformVersion},
		{"Sec-Ch-Ua-Model", &s.ClientHints.Model, envelope.EmptyHintModel},
	} {
		*h.to = edge.Header(r, h.name)
		if values := r.Header[h.name]; len(values) > 0 && values[0] == "" {
			s.Empty |= h.empty
		}
	}
	if len(in.cfg.InternalRelays) > 0 {
		if id, err := envelope.ParseEventID(edge.Header(r, "X-Sentry-Relay-Id")); err == nil {
			s.trusted = in.cfg.InternalRelays[id]
		}
	}
}
