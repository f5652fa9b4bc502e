package normalize

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

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
