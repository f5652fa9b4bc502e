package filter

import (
	"net/netip"

	"weir/codecs/session"
	"weir/processors/match"
)

// sessionItem is a session update or a list of session aggregates (filters 4.1).
type sessionItem struct {
	absent
	attrs        *session.Attrs
	forwardedFor string
}

func (s *sessionItem) ClientIP() (netip.Addr, bool) { return match.ClientIP(s.forwardedFor) }

func (s *sessionItem) Release() (string, bool) { return s.attrs.Release, true }

func (s *sessionItem) UserIP() (string, bool) { return s.attrs.IPAddress, s.attrs.IPAddress != "" }

func (s *sessionItem) UserAgent() (string, bool) { return s.attrs.UserAgent, s.attrs.UserAgent != "" }

// Field knows the names of filters 7.5.
func (s *sessionItem) Field(name string) match.Value {
	switch name {
	case "event.release":
		return match.Text(s.attrs.Release)
	case "event.environment":
		if s.attrs.HasEnvironment {
			return match.Text(s.attrs.Environment)
		}
	case match.FieldClientIP:
		return match.ClientField(s.forwardedFor)
	}
	return match.Value{}
}
