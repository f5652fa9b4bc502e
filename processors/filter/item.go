package filter

import (
	"net/netip"

	"weir/codecs/outcome"
	"weir/processors/match"
)

// Item is what the filters read of whatever they are asked about (filters 4.1). Data that a kind of item does not have are "", false.
type Item interface {
	match.Fields
	// ClientIP is the client address of the request, not that of the user.
	ClientIP() (netip.Addr, bool)
	Release() (string, bool)
	// UserIP is text and need not be an address.
	UserIP() (string, bool)
	// Transaction is the name of a transaction, or of the segment that the item belongs to.
	Transaction() (string, bool)
	URL() (string, bool)
	UserAgent() (string, bool)
	// Browser is the browser that the item itself names; without it the user agent text is parsed.
	Browser() (family, major string, ok bool)
	// Header is the first request header of exactly that name.
	Header(name string) (string, bool)
}

// check tries the filters in the order of filters 3.
func (f *filters) check(s *settings, global *generic, it Item) (outcome.Reason, bool) {
	if s.generic != nil || global != nil {
		if reason, hit := matchGeneric(s.generic, global, it); hit {
			return reason, true
		}
	}
	if !s.fixed {
		return "", false
	}
	ev, _ := it.(*eventItem)
	switch {
	case s.csp != nil && ev != nil && ev.disallowed(s.csp):
		return ReasonCSP, true
	case !s.ips.Empty() && fromNetwork(s, it):
		return ReasonClientIP, true
	case !s.releases.Empty() && matchText(&s.releases, it.Release):
		return ReasonRelease, true
	case !s.messages.Empty() && ev != nil && ev.anyMessage(&s.messages):
		return ReasonErrorMessage, true
	case s.localhost && fromLocalhost(it):
		return ReasonLocalhost, true
	case s.extensions && ev != nil && ev.fromExtension():
		return ReasonBrowserExtensions, true
	case len(s.browsers) > 0 && f.legacy(s.browsers, it):
		return ReasonLegacyBrowsers, true
	case s.crawlers && fromCrawler(it):
		return ReasonWebCrawlers, true
	case !s.transactions.Empty() && matchText(&s.transactions, it.Transaction):
		return ReasonTransaction, true
	}
	return "", false
}

func fromNetwork(s *settings, it Item) bool {
	a, ok := it.ClientIP()
	return ok && s.ips.Contains(a)
}

func matchText(g *match.Globs, datum func() (string, bool)) bool {
	text, ok := datum()
	return ok && g.Match(text)
}
