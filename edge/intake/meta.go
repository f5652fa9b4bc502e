package intake

import (
	"net/http"
	"strings"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/edge"
)

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
		if s.signature = values[0]; !visible(s.signature) {
			return s, edge.BadRequest("bad x-sentry-relay-signature header")
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
	s.RemoteAddr = peerIP(r.RemoteAddr)
	s.ForwardedFor = s.RemoteAddr
	for _, name := range [...]string{"Cf-Connecting-Ip", "X-Vercel-Forwarded-For", "X-Sentry-Forwarded-For", "X-Forwarded-For"} {
		if v := header(r, name); v != "" {
			s.ForwardedFor = v + ", " + s.RemoteAddr
			break
		}
	}
	for _, name := range [...]string{"Origin", "Referer"} {
		if v := header(r, name); v != "" {
			if url, ok := envelope.NormalizeURL(v); ok && (strings.HasPrefix(url, "http://") || strings.HasPrefix(url, "https://")) {
				s.Origin = url
				break
			}
		}
	}
	s.UserAgent = header(r, "User-Agent")
	s.ClientHints = envelope.ClientHints{
		UA:              header(r, "Sec-Ch-Ua"),
		Platform:        header(r, "Sec-Ch-Ua-Platform"),
		PlatformVersion: header(r, "Sec-Ch-Ua-Platform-Version"),
		Model:           header(r, "Sec-Ch-Ua-Model"),
	}
	if len(in.cfg.InternalRelays) > 0 {
		if id, err := envelope.ParseEventID(header(r, "X-Sentry-Relay-Id")); err == nil {
			s.trusted = in.cfg.InternalRelays[id]
		}
	}
}

// header returns the first value of a header in canonical form, empty unless it is visible ASCII.
func header(r *http.Request, canonical string) string {
	if values := r.Header[canonical]; len(values) > 0 && visible(values[0]) {
		return values[0]
	}
	return ""
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
