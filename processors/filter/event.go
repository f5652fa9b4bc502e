package filter

import (
	"net/netip"
	"strings"

	"weir/processors/match"
)

// eventItem is a normalised event of any type, or a transaction.
type eventItem struct{ match.Event }

// The event types that filters ask for; normalisation decides them.
const (
	typeTransaction = "transaction"
	typeCSP         = "csp"
)

// unlabeled is how a transaction without a name is called (filters 4.4).
const unlabeled = "<unlabeled transaction>"

func (e *eventItem) is(kind string) bool { return e.Root.Get("type").Text() == kind }

func (e *eventItem) ClientIP() (netip.Addr, bool) { return match.ClientIP(e.ForwardedFor) }

func (e *eventItem) Release() (string, bool) { return e.Root.Get("release").Str() }

func (e *eventItem) UserIP() (string, bool) { return e.Root.Get("user").Get("ip_address").Str() }

func (e *eventItem) Transaction() (string, bool) {
	if !e.is(typeTransaction) {
		return "", false
	}
	if name, ok := e.Root.Get("transaction").Str(); ok {
		return name, true
	}
	return unlabeled, true
}

func (e *eventItem) URL() (string, bool) { return e.Root.Get("request").Get("url").Str() }

func (e *eventItem) Browser() (family, major string, ok bool) { return "", "", false }

// UserAgent is the first header of that name in any case.
func (e *eventItem) UserAgent() (string, bool) {
	return match.Pair(e.Root.Get("request").Get("headers"), func(name string) bool { return strings.EqualFold(name, "user-agent") })
}

// disallowed tests the report of an event of type csp (filters 4.6).
func (e *eventItem) disallowed(sources *match.Sources) bool {
	report := e.Root.Get("csp")
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
	entry := e.Root.Get("logentry")
	text, ok := entry.Get("formatted").Str()
	if !ok {
		text, ok = entry.Get("message").Str()
	}
	if ok && patterns.Match(text) {
		return true
	}
	for _, m := range e.Exceptions().Members() {
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
