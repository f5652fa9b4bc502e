package filter

import (
	"net/netip"
	"strings"

	"weir/codecs/event"
	"weir/processors/match"
)

// eventItem is a normalised event of any type, or a transaction.
type eventItem struct {
	root         *event.Value
	forwardedFor string
}

// The event types that filters ask for; normalisation decides them.
const (
	typeTransaction = "transaction"
	typeCSP         = "csp"
)

// unlabeled is how a transaction without a name is called (filters 4.4).
const unlabeled = "<unlabeled transaction>"

func (e *eventItem) is(kind string) bool { return e.root.Get("type").Text() == kind }

func (e *eventItem) ClientIP() (netip.Addr, bool) { return match.ClientIP(e.forwardedFor) }

func (e *eventItem) Release() (string, bool) { return e.root.Get("release").Str() }

func (e *eventItem) UserIP() (string, bool) { return e.root.Get("user").Get("ip_address").Str() }

func (e *eventItem) Transaction() (string, bool) {
	if !e.is(typeTransaction) {
		return "", false
	}
	if name, ok := e.root.Get("transaction").Str(); ok {
		return name, true
	}
	return unlabeled, true
}

func (e *eventItem) URL() (string, bool) { return e.root.Get("request").Get("url").Str() }

func (e *eventItem) Browser() (family, major string, ok bool) { return "", "", false }

// UserAgent is the first header of that name in any case.
func (e *eventItem) UserAgent() (string, bool) {
	return e.header(func(name string) bool { return strings.EqualFold(name, "user-agent") })
}

// Header is the first header of exactly that name: normalisation made names canonical.
func (e *eventItem) Header(name string) (string, bool) {
	return e.header(func(s string) bool { return s == name })
}

func (e *eventItem) header(is func(string) bool) (string, bool) {
	return pair(e.root.Get("request").Get("headers"), is)
}

// pair returns the text of the first entry of a pair list whose key fits.
func pair(list *event.Value, is func(string) bool) (string, bool) {
	for _, m := range list.Members() {
		if key, ok := m.Value.Index(0).Str(); ok && is(key) {
			return m.Value.Index(1).Str()
		}
	}
	return "", false
}

// exceptions are the entries of exception.values; entries may be null.
func (e *eventItem) exceptions() *event.Value { return e.root.Get("exception").Get("values") }

// disallowed tests the report of an event of type csp (filters 4.6).
func (e *eventItem) disallowed(sources *match.Sources) bool {
	report := e.root.Get("csp")
	if report.IsNull() || !e.is(typeCSP) {
		return false
	}
	if sources.MatchesAll() {
		return true
	}
	for _, key := range [...]string{"blocked_uri", "source_file", "document_uri"} {
		if uri, ok := report.Get(key).Str(); ok && sources.Match(uri) {
			return true
		}
	}
	return false
}

// anyMessage tests the message and every exception (filters 4.3).
func (e *eventItem) anyMessage(patterns *match.Globs) bool {
	entry := e.root.Get("logentry")
	text, ok := entry.Get("formatted").Str()
	if !ok {
		text, ok = entry.Get("message").Str()
	}
	if ok && patterns.Match(text) {
		return true
	}
	for _, m := range e.exceptions().Members() {
		kind, value := m.Value.Get("type").Text(), m.Value.Get("value").Text()
		switch {
		case kind == "" && value == "":
			continue
		case kind != "" && value != "":
			kind += ": " + value
		case kind == "":
			kind = value
		}
		if patterns.Match(kind) {
			return true
		}
	}
	return false
}
