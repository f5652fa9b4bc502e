package normalize

import (
	"net/netip"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/publicsuffix"

	"weir/codecs/event"
)

// description is what a span's description says once it is free of what differs from call to call.
type description struct{ text, domain, rawDomain, extension, action string }

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

// describeSpan masks a description by its operation.
func describeSpan(op, system, text string, data lookup) (d description) {
	first, rest, _ := strings.Cut(op, ".")
	switch {
	case op == "http" || strings.HasPrefix(op, "http."):
		return httpDescription(text, data)
	case first == "cache" || system == "redis" || op == "db.redis":
		d.text = commandOnly(text)
		if word, _, more := strings.Cut(strings.TrimSpace(text), " "); more && first != "cache" {
			d.action = strings.ToUpper(word)
		}
	case first == "db" || system != "":
		return dbDescription(system, text, data)
	case first == "resource":
		return resourceDescription(rest, text, data)
	case op == "ui.load" || op == "contentprovider.load" || op == "application.load" || op == "activity.load" || first == "app" ||
		strings.HasPrefix(op, "ai.run") || strings.HasPrefix(op, "ai.pipeline") || strings.Contains(op, "prisma"):
		d.text = text
	case strings.HasPrefix(op, "ui.interaction.") || strings.HasPrefix(op, "ui.react."):
		d.text = data("ui.component_name").Text()
	case first == "file":
		if ext := path.Ext(text); ext != "" && text != "" {
			d.text = "*" + ext
		} else if text != "" {
			d.text = "*"
		}
	case first == "function":
		d.text = hexIDs.ReplaceAllString(text, "*")
	}
	return d
}

// hexIDs are UUIDs and hexadecimal numbers of more than five digits.
var hexIDs = regexp.MustCompile(`(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b[0-9a-f]{6,}\b`)

// commandOnly keeps the command of a cache or Redis call.
func commandOnly(text string) string {
	command, _, more := strings.Cut(strings.TrimSpace(text), " ")
	if !more || command == "" {
		if text == "" {
			return ""
		}
		return "*"
	}
	return strings.ToUpper(command) + " *"
}

// httpDescription keeps method, scheme and the public part of the host.
func httpDescription(text string, data lookup) (d description) {
	if address, ok := data("server.address").Str(); ok {
		d.domain = scrubHost(address)
	}
	method, address, ok := strings.Cut(text, " ")
	if !ok || method == "" || strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") != "" {
		return d
	}
	method = strings.ToUpper(method)
	if strings.HasPrefix(address, "data:image/") {
		d.text = method + " data:image/*"
		return d
	}
	u, ok := parseURL(address)
	if !ok || u.host == "" {
		d.text = method + " *"
		return d
	}
	host := scrubHost(u.host)
	if u.port != "" {
		host += ":" + u.port
	}
	d.text = method + " " + u.scheme + "://" + host
	d.domain = host
	return d
}

// scrubHost hides what may name a customer: addresses and subdomains. A port stays.
func scrubHost(host string) string {
	name, port := host, ""
	if i := strings.LastIndexByte(host, ':'); i >= 0 && strings.Trim(host[i+1:], "0123456789") == "" {
		name, port = host[:i], host[i:]
	}
	bare := strings.Trim(name, "[]")
	if name == "localhost" || bare == "127.0.0.1" || bare == "::1" {
		return host
	}
	if ip, err := netip.ParseAddr(bare); err == nil {
		if ip.Is4() {
			return "*.*.*.*" + port
		}
		return "*:*:*:*:*:*:*:*" + port
	}
	registrable, err := publicsuffix.EffectiveTLDPlusOne(name)
	if err != nil || registrable == name {
		return host
	}
	return "*." + registrable + port
}

// knownPaths are words of paths that say nothing about a customer.
var knownPaths = map[string]bool{"static": true, "assets": true, "images": true, "img": true, "js": true, "css": true, "fonts": true, "media": true, "_next": true, "chunks": true, "public": true, "dist": true}

// resourceDescription masks path and file name of what a page loads.
func resourceDescription(kind, text string, data lookup) (d description) {
	if address, ok := data("server.address").Str(); ok {
		d.domain = scrubHost(address)
		if scheme, ok := data("url.scheme").Str(); ok {
			d.rawDomain = scheme + "://" + address
		} else {
			d.rawDomain = address
		}
	}
	if text == "" {
		return d
	}
	prefix, file := "", text
	u, ok := parseURL(text)
	switch {
	case ok && u.scheme == "data":
		d.text = "data:*/*"
		return d
	case ok && strings.HasSuffix(u.scheme, "-extension"):
		d.text = "browser-extension://*"
		return d
	case ok:
		host := scrubHost(u.host)
		if u.port != "" {
			host += ":" + u.port
		}
		prefix, file, d.domain = u.scheme+"://"+host, u.path, host
	}
	file, _, _ = strings.Cut(file, "?")
	file, _, _ = strings.Cut(file, "#")
	d.extension = strings.TrimPrefix(path.Ext(file), ".")
	d.text = prefix + maskPath(file, kind == "img")
	return d
}

// maskPath keeps known words and file names without digits; images lose their names.
func maskPath(file string, image bool) string {
	segments := strings.Split(file, "/")
	last := len(segments) - 1
	for i, s := range segments {
		switch {
		case s == "":
		case i < last:
			if !knownPaths[strings.ToLower(s)] {
				segments[i] = "*"
			}
		default:
			name := strings.TrimSuffix(s, path.Ext(s))
			if image || len(name) > 32 || strings.ContainsAny(name, "0123456789") {
				segments[i] = "*" + path.Ext(s)
			}
		}
	}
	return strings.Join(segments, "/")
}
