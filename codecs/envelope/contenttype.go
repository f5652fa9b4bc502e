package envelope

import (
	"strings"

	"weir/codecs/jsontext"
)

// Content types of edge 6.4 that rules ask for.
const (
	ContentJSON            = "application/json"
	ContentMsgpack         = "application/x-msgpack"
	ContentOctets          = "application/octet-stream"
	ContentMinidump        = "application/x-dmp"
	ContentLogs            = "application/vnd.sentry.items.log+json"
	ContentSpans           = "application/vnd.sentry.items.span.v2+json"
	ContentTraceMetrics    = "application/vnd.sentry.items.trace-metric+json"
	ContentTraceAttachment = "application/vnd.sentry.trace-attachment"
)

// contentTypes is the list of edge 6.4. With charset, the parameter charset=utf-8 is allowed; alias is another spelling.
var contentTypes = [...]struct {
	name, alias string
	charset     bool
}{
	{name: "text/plain"},
	{name: ContentJSON, charset: true},
	{name: "application/x-ndjson", charset: true},
	{name: ContentMsgpack},
	{name: ContentOctets},
	{name: ContentMinidump},
	{name: "text/xml", alias: "application/xml", charset: true},
	{name: "application/x-sentry-envelope"},
	{name: "application/x-protobuf"},
	{name: ContentLogs},
	{name: ContentSpans},
	{name: ContentTraceMetrics},
	{name: ContentTraceAttachment, alias: "application/vnd.sentry.attachment.v2"},
	{name: "application/vnd.sentry.attachment-ref+json"},
	{name: "application/x-perfetto-trace"},
}

// CanonicalContentType returns the name of a known content type, or "" for any other text (edge 6.4).
func CanonicalContentType(s string) string {
	for i := range contentTypes {
		t := &contentTypes[i]
		rest, ok := cutFold(s, t.name)
		if !ok && t.alias != "" {
			rest, ok = cutFold(s, t.alias)
		}
		if ok && (rest == "" || t.charset && utf8Parameter(rest)) {
			return t.name
		}
	}
	return ""
}

func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return "", false
	}
	return s[len(prefix):], true
}

// utf8Parameter reports whether s is `;charset=utf-8` with optional blanks around the semicolon and optional quotes.
func utf8Parameter(s string) bool {
	s, ok := strings.CutPrefix(strings.TrimLeft(s, " \t"), ";")
	if !ok {
		return false
	}
	s, ok = cutFold(strings.TrimLeft(s, " \t"), "charset=")
	return ok && (strings.EqualFold(s, "utf-8") || strings.EqualFold(s, `"utf-8"`))
}

// IsContainer reports whether the payload is `{"items":[..]}` by content type (edge 6.4).
func (it *Item) IsContainer() bool {
	switch CanonicalContentType(it.ContentType) {
	case ContentLogs, ContentSpans, ContentTraceMetrics:
		return true
	}
	return false
}

// HasContentType says that the item tells a content type, be it an empty one.
func (it *Item) HasContentType() bool {
	raw, _ := it.Member("content_type")
	return it.ContentType != "" || string(raw) == `""`
}

// contentTypeText reads a content type as sent, without allocating for known spellings. Empty texts stay in Other.
func contentTypeText(raw []byte) (string, bool) {
	text, ok := jsontext.Text(raw)
	for i := range contentTypes {
		if contentTypes[i].name == string(text) {
			return contentTypes[i].name, true
		}
	}
	return string(text), ok && len(text) > 0
}

// platformText reads a platform without allocating for the usual ones.
func platformText(raw []byte) (string, bool) {
	text, ok := jsontext.Text(raw)
	for _, p := range [...]string{"javascript", "python", "node", "cocoa", "android", "php", "ruby", "java", "go", "rust", "other"} {
		if p == string(text) {
			return p, true
		}
	}
	return string(text), ok && len(text) > 0
}
