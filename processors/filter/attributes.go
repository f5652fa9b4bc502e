package filter

import (
	"net/netip"
	"strings"

	"weir/codecs/event"
	"weir/processors"
	"weir/processors/match"
)

// attributeItem is a span, log or trace metric: what filters read of it stands in attributes (filters 4.1, items 3.5).
type attributeItem struct{ match.Record }

// recordKinds are the kinds of units whose derived items are judged one by one.
var recordKinds = map[processors.Kind]match.RecordKind{
	processors.KindSpans: match.RecordSpan, processors.KindLogs: match.RecordLog, processors.KindTraceMetrics: match.RecordTraceMetric,
}

// The attributes that filters read.
const (
	attrLocalhost = "sentry.is_localhost"
	attrClient    = "client.address"
	attrRelease   = "sentry.release"
	attrSegment   = "sentry.segment.name"
	attrURL       = "url.full"
	attrAgent     = "user_agent.original"
	attrBrowser   = "browser.name"
	attrVersion   = "browser.version"
)

func (a *attributeItem) text(name string) (string, bool) { return a.Attribute(name).Str() }

func (a *attributeItem) ClientIP() (netip.Addr, bool) { return match.ClientIP(a.ForwardedFor) }

func (a *attributeItem) Release() (string, bool) { return a.text(attrRelease) }

func (a *attributeItem) UserIP() (string, bool) {
	if a.Attribute(attrLocalhost).Kind() == event.True {
		return "127.0.0.1", true
	}
	return a.text(attrClient)
}

func (a *attributeItem) Transaction() (string, bool) { return a.text(attrSegment) }

func (a *attributeItem) URL() (string, bool) { return a.text(attrURL) }

func (a *attributeItem) UserAgent() (string, bool) { return a.text(attrAgent) }

func (a *attributeItem) Header(string) (string, bool) { return "", false }

func (a *attributeItem) Browser() (family, major string, ok bool) {
	family, ok = a.text(attrBrowser)
	if !ok {
		return "", "", false
	}
	version, ok := a.text(attrVersion)
	major, _, _ = strings.Cut(version, ".")
	return family, major, ok
}
