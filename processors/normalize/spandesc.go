package normalize

import (
	"path"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"weir/codecs/event"
)

// description is what a span's description says once it is free of what differs from call to call. It may be known and empty.
type description struct {
	text, domain, rawDomain, extension, action string
	ok                                         bool // there is a text
}

// masked is a description that says no more than its text.
func masked(text string) description { return description{text: text, ok: true} }

// maxDescription is the length of a description tag in bytes (11.10).
const maxDescription = 200

func cutDescription(s string) string {
	if len(s) <= maxDescription {
		return s
	}
	end := maxDescription - 1
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "*"
}

// lookup reads an attribute by its name; nil when it is absent.
type lookup func(name string) *event.Value

// noData is a lookup of nothing.
func noData(string) *event.Value { return nil }

// describeSpan masks a description by its operation, which counts as it was sent.
func describeSpan(op, system, text string, data lookup, hosts []string) (d description) {
	first, rest, _ := strings.Cut(op, ".")
	switch {
	case first == "http":
		return httpDescription(op, text, data, hosts)
	case first == "cache" || first == "db" && (system == "redis" || rest == "redis"):
		d = masked(commandOnly(text))
		if op == "db.redis" {
			d.action, _, _ = strings.Cut(d.text, " ")
		}
	case first == "db":
		return dbDescription(rest, system, text, data)
	case first == "resource":
		return resourceDescription(op, text, data, hosts)
	case op == "ui.load" || op == "contentprovider.load" || op == "application.load" || op == "activity.load" || first == "app" ||
		strings.HasPrefix(op, "ai.run") || strings.HasPrefix(op, "ai.pipeline"):
		return masked(text)
	case strings.HasPrefix(op, "ui.interaction.") || strings.HasPrefix(op, "ui.react."):
		d.text, d.ok = data("ui.component_name").Str()
	case first == "file":
		return masked("*" + fileExtension(text))
	case first == "function":
		return masked(hexIDs.ReplaceAllString(text, "*"))
	}
	return d
}

// fileExtension is the extension of a file, which a space or what is no letter or digit ends. One with two digits side by side says nothing.
func fileExtension(text string) string {
	if i := strings.IndexFunc(text, unicode.IsSpace); i >= 0 {
		text = text[:i]
	}
	name := path.Base(strings.TrimRight(text, "/"))
	dot := strings.LastIndexByte(name, '.')
	if dot <= 0 || name == ".." {
		return ""
	}
	ext := name[dot:]
	if end := strings.IndexFunc(ext[1:], isNoWord); end >= 0 {
		ext = ext[:1+end]
	}
	digits := 0
	for i := range len(ext) {
		if c := ext[i]; c >= '0' && c <= '9' {
			digits++
		}
	}
	if digits > 1 {
		return ""
	}
	return ext
}

// hexIDs are UUIDs and hexadecimal numbers of more than five digits.
var hexIDs = regexp.MustCompile(`(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b[0-9a-f]{6,}\b`)
