package filter

import (
	"net/netip"

	"weir/codecs/session"
	"weir/processors/match"
)

// sessionItem is a session update or a list of session aggregates (filters 4.1).
type sessionItem struct {
	attrs        *session.Attrs
	forwardedFor string
}

func (s *sessionItem) ClientIP() (netip.Addr, bool) { return match.ClientIP(s.forwardedFor) }

func (s *sessionItem) Release() (string, bool) { return s.attrs.Release, true }

func (s *sessionItem) UserIP() (string, bool) { return s.attrs.IPAddress, s.attrs.IPAddress != "" }

func (s *sessionItem) UserAgent() (string, bool) { return s.attrs.UserAgent, s.attrs.UserAgent != "" }

func (s *sessionItem) Transaction() (string, bool) { return "", false }

func (s *sessionItem) URL() (string, bool) { return "", false }

func (s *sessionItem) Browser() (family, major string, ok bool) { return "", "", false }

func (s *sessionItem) Header(string) (string, bool) { return "", false }

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
		if a, ok := s.ClientIP(); ok {
			return match.Addr(a)
		}
	}
	return match.Value{}
}

func (s *sessionItem) Elements(string, func(match.Fields) bool) bool { return false }
