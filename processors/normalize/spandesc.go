package normalize

import (
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/publicsuffix"

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

// httpMethods are the methods that make a description or a name one of a request.
var httpMethods = [...]string{"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}

// leadingMethod returns the method that s starts with, in upper or lower case. What no word goes on with may follow it.
func leadingMethod(s string) string {
	for _, m := range httpMethods {
		if len(s) >= len(m) && strings.EqualFold(s[:len(m)], m) {
			if next, _ := utf8.DecodeRuneInString(s[len(m):]); len(s) == len(m) || next != '_' && !unicode.IsLetter(next) && !unicode.IsDigit(next) {
				return m
			}
		}
	}
	return ""
}

// httpDescription keeps method, scheme and the public part of the host. Only requests to a server tell its domain, not those to oneself.
func httpDescription(op, text string, data lookup, hosts []string) (d description) {
	method, address, two := strings.Cut(text, " ")
	if !two || leadingMethod(method) == "" {
		return d
	}
	u, ok := parseURL(address)
	switch {
	case strings.HasPrefix(address, "data:image/"):
		d = masked(method + " data:image/*")
	case !ok:
		d = masked(method + " *")
	default:
		host := hideHost(u, hosts)
		d = masked(method + " " + u.scheme + "://" + host)
		d.domain = domainOf(host)
	}
	if !strings.EqualFold(op, "http.client") {
		d.domain = ""
	} else if d.domain == "" {
		d.domain = hideServer(data("server.address").Text())
	}
	return d
}

// hideHost hides what may name a customer in host and port of a URL: addresses and subdomains, unless the host is allowed.
func hideHost(u webURL, allowed []string) string {
	host, bare := u.host, strings.Trim(u.host, "[]")
	switch ip, err := netip.ParseAddr(bare); {
	case bare == "127.0.0.1" || bare == "::1":
		host = bare
	case slices.Contains(allowed, u.host):
	case err != nil:
		host = hideSubdomain(host)
	case ip.Is4():
		host = "*.*.*.*"
	default:
		host = "*:*:*:*:*:*:*:*"
	}
	if u.port != "" {
		host += ":" + u.port
	}
	return host
}

// domainOf is a hidden host as a domain; addresses of version 6, which are no longer in brackets, give none.
func domainOf(host string) string {
	if strings.Count(host, ":") > 1 {
		return ""
	}
	return host
}

// hideServer hides the subdomain of a server's address, which may have a port; an IP address stays. What follows the colon and is no port does not count.
func hideServer(address string) string {
	name, rest, _ := strings.Cut(address, ":")
	if ip, err := netip.ParseAddr(name); err != nil || !ip.Is4() {
		name = hideSubdomain(name)
	}
	if port, err := strconv.ParseUint(rest, 10, 16); err == nil {
		name += ":" + strconv.FormatUint(port, 10)
	}
	return name
}

// hideSubdomain keeps the part of a name that somebody registered.
func hideSubdomain(name string) string {
	bare := strings.TrimSuffix(name, ".")
	suffix, _ := publicsuffix.PublicSuffix(bare)
	end := len(bare) - len(suffix) - 1
	if end <= 0 {
		return name
	}
	if i := strings.LastIndexByte(bare[:end], '.'); i >= 0 {
		return "*" + name[i:]
	}
	return name
}

// knownPaths are words of paths that say nothing about a customer.
var knownPaths = map[string]bool{
	"_app": true, "_next": true, "_nuxt": true, "ajax": true, "assets": true, "avatar": true, "build": true, "cdn": true, "chunks": true, "data": true, "dist": true, "files": true,
	"icons": true, "image": true, "images": true, "img": true, "immutable": true, "js": true, "lib": true, "libs": true, "media": true, "node_modules": true, "products": true,
	"static": true, "svg": true, "video": true, "webpack": true, "wp-includes": true,
}

// browserExtensions are the schemes of what is part of a browser.
var browserExtensions = [...]string{"chrome-extension", "moz-extension", "ms-browser-extension"}

// resourceDescription masks path and file name of what a page loads. Operations with a second part tell domain and extension.
func resourceDescription(op, text string, data lookup, hosts []string) (d description) {
	kind, whole := strings.CutPrefix(op, "resource.")
	host := ""
	if u, ok := parseURL(text); ok && u.scheme == "data" {
		media, _, typed := strings.Cut(text[len("data:"):], ";")
		if d = masked("data:*/*"); typed {
			d = masked("data:" + media)
		}
	} else if ok && slices.Contains(browserExtensions[:], u.scheme) {
		d, host = masked("browser-extension://*"), "*"
	} else {
		prefix := ""
		if !ok && strings.HasPrefix(text, "//") {
			u, ok = parseURL("http:" + text)
		}
		switch {
		case ok:
			host = hideHost(u, hosts)
			prefix = u.scheme + "://" + host
			if u.opaque {
				u.path = "/"
			}
		case strings.HasPrefix(text, "/"):
			u, _ = parseURL("http://a" + text)
		default:
			u, _ = parseURL("http://a/" + text)
			u.path = strings.TrimPrefix(u.path, "/")
		}
		var file string
		file, d.extension = maskPath(u.path, kind == "img")
		d.text, d.ok = prefix+file, true
	}
	if !whole {
		d.extension = ""
		return d
	}
	if d.domain = domainOf(host); d.domain != "" {
		return d
	}
	address := data("server.address").Text()
	if d.domain = hideServer(address); d.domain != "" {
		if scheme, ok := data("url.scheme").Str(); ok {
			d.rawDomain = scheme + "://" + address
		}
	}
	return d
}

// maxExtension is the length of the longest extension that is kept.
const maxExtension = 10

// maskPath keeps known words, one star for all that stand between them, and the name of the file.
func maskPath(file string, image bool) (hidden, extension string) {
	var b strings.Builder
	slash := strings.LastIndexByte(file, '/') + 1
	dirs, star := file[:slash], false
	if strings.HasPrefix(dirs, "/") {
		b.WriteByte('/')
		dirs = dirs[1:]
	}
	for dir := range strings.SplitAfterSeq(dirs, "/") {
		switch name := strings.TrimSuffix(dir, "/"); {
		case dir == "":
		case knownPaths[name]:
			b.WriteString(dir)
			star = false
		case !star:
			b.WriteString("*/")
			star = true
		}
	}
	name, ext := file[slash:], path.Ext(file[slash:])
	name = strings.TrimSuffix(name, ext)
	if ext != "" {
		if end := strings.IndexFunc(ext[1:], isNoWord); end >= 0 {
			ext = ext[:1+end]
		}
		if len(ext) > 1+maxExtension || twoDigits.MatchString(ext) {
			ext = ".*"
		}
		if ext == "." {
			ext = ""
		}
		extension = strings.ToLower(strings.TrimPrefix(ext, "."))
	}
	if name != "" || image && ext != "" {
		b.WriteString(maskFile(name, image))
	}
	b.WriteString(ext)
	return b.String(), extension
}

var (
	fileIDs   = regexp.MustCompile(`[0-9a-f]{6,}|[0-9]{2,}`)
	twoDigits = regexp.MustCompile(`[0-9]{2}`)
)

// maxFile is the length of the longest name of a file that is kept.
const maxFile = 25

// maskFile hides ids in the name of a file, or the whole name when more may be in it: digits, capitals, escapes, too many letters.
func maskFile(name string, image bool) string {
	if image {
		return "*"
	}
	first, _, _ := strings.Cut(name, ".")
	if strings.ContainsAny(name, "%+=") || strings.ToLower(first) != first {
		return "*"
	}
	hidden := fileIDs.ReplaceAllString(name, "*")
	if len(hidden) > maxFile || strings.ContainsAny(hidden, "0123456789") {
		return "*"
	}
	return hidden
}

func isNoWord(c rune) bool {
	return (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
}
