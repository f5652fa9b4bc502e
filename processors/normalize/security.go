package normalize

import (
	"strconv"
	"strings"

	"weir/codecs/event"
	"weir/codecs/jsontext"
	"weir/codecs/outcome"
	"weir/processors"
)

// reportField is a member of a CSP report with the names that browsers give it (15.2).
type reportField struct {
	name    string
	aliases []string
	number  bool
}

var reportFields = []reportField{
	{"effective_directive", []string{"effective-directive", "effectiveDirective"}, false},
	{"blocked_uri", []string{"blockedURL", "blocked-uri"}, false},
	{"document_uri", []string{"documentURL", "document-uri"}, false},
	{"original_policy", []string{"originalPolicy", "original-policy"}, false},
	{"referrer", nil, false},
	{"status_code", []string{"statusCode", "status-code"}, true},
	{"violated_directive", []string{"violatedDirective", "violated-directive"}, false},
	{"source_file", []string{"sourceFile", "source-file"}, false},
	{"line_number", []string{"lineNumber", "line-number"}, true},
	{"column_number", []string{"columnNumber", "column-number"}, true},
	{"script_sample", []string{"scriptSample", "script-sample", "sample"}, false},
	{"disposition", nil, false},
}

// convertReport makes an event of a report as browsers send it (15.2).
func convertReport(u *processors.Unit) (*event.Doc, processors.Verdict) {
	doc, err := event.Parse(u.Main.Payload)
	if err != nil {
		return nil, processors.Drop(outcome.Invalid, ReasonInvalidJSON)
	}
	if doc.Root.Kind() != event.Object || !jsontext.Valid(u.Main.Payload) { // text behind the object included
		doc.Release()
		return nil, processors.Drop(outcome.Invalid, ReasonInvalidJSON)
	}
	report := doc.Root.Get("csp-report")
	if report.IsNull() {
		switch ty, _ := doc.Root.Get("type").Str(); ty {
		case "csp-violation":
			report = doc.Root.Get("body")
		case "":
			doc.Release()
			return nil, processors.Drop(outcome.Invalid, ReasonSecurityType)
		default:
			doc.Release()
			return nil, processors.Drop(outcome.Filtered, ReasonInvalidCSP)
		}
	}
	csp, ok := readReport(doc, report)
	if !ok {
		doc.Release()
		return nil, processors.Drop(outcome.Invalid, ReasonSecurityReport)
	}
	origin := ""
	if u.Header != nil {
		origin = u.Header.Origin
	}
	reportEvent(doc, csp, origin)
	for _, m := range [...]struct{ key, value string }{{"release", u.Main.Release}, {"environment", u.Main.Environment}} {
		if raw, _ := u.Main.Member("sentry_" + m.key); m.value != "" || string(raw) == `""` { // an empty one is told as unusable
			doc.Root.Set(m.key, doc.NewString(m.value))
		}
	}
	return doc, processors.Keep()
}

// readReport gives the members of a report their names; false when one has the wrong type or the directive is unknown.
func readReport(d *event.Doc, report *event.Value) (csp *event.Value, ok bool) {
	if report.Kind() != event.Object {
		return nil, false
	}
	csp = d.NewObject(report.Len() + 3)
	for _, f := range reportFields {
		v := report.Get(f.name)
		for i := 0; v == nil && i < len(f.aliases); i++ {
			v = report.Get(f.aliases[i])
		}
		if v.IsNull() {
			continue
		}
		if f.number {
			if text, isText := v.Str(); isText {
				if _, err := strconv.ParseUint(text, 10, 64); err != nil {
					return nil, false
				}
				v.SetNumber(strings.TrimLeft(strings.TrimPrefix(text, "+"), "0"))
				if s, _ := v.NumberText(); s == "" {
					v.SetNumber("0")
				}
			} else if _, isInt := v.Uint(); !isInt {
				return nil, false
			}
		} else if v.Kind() != event.String {
			return nil, false
		}
		csp.Insert(csp.Len(), f.name, v)
	}
	if csp.Find("blocked_uri") < 0 {
		csp.Set("blocked_uri", d.NewString("self"))
	}
	if csp.Find("violated_directive") < 0 {
		csp.Set("violated_directive", d.NewString(""))
	}
	directive := firstWord(csp.Get("effective_directive").Text())
	if !theLists().cspDirectives[directive] {
		directive = firstWord(csp.Get("violated_directive").Text())
	}
	if !theLists().cspDirectives[directive] {
		return nil, false
	}
	csp.Set("effective_directive", d.NewString(directive))
	return csp, true
}

func firstWord(s string) string {
	s, _, _ = strings.Cut(s, " ")
	return s
}

// reportEvent makes doc the event of a report (15.2.4).
func reportEvent(d *event.Doc, csp *event.Value, origin string) {
	directive := csp.Get("effective_directive").Text()
	blocked := csp.Get("blocked_uri").Text()
	root := d.NewObject(8)
	set := func(v *event.Value, key, s string) { v.Set(key, d.NewString(s)) }
	entry := d.NewObject(1)
	set(entry, "formatted", reportMessage(directive, blocked, csp.Get("violated_directive").Text()))
	root.Set("logentry", entry)
	set(root, "culprit", reportCulprit(csp.Get("violated_directive").Text(), csp.Get("document_uri").Text()))

	tags := d.NewArray(3)
	tag := func(key, value string) {
		pair := d.NewArray(2)
		pair.Append(d.NewString(key))
		pair.Append(d.NewString(value))
		tags.Append(pair)
	}
	tag("effective-directive", directive)
	shown := blocked
	if strings.HasPrefix(blocked, "https://api.stripe.com/") {
		if i := strings.IndexAny(blocked, "#?"); i >= 0 {
			shown = blocked[:i]
		}
	}
	tag("blocked-uri", shown)
	if u, ok := parseURL(blocked); ok && (u.scheme == "http" || u.scheme == "https") {
		tag("blocked-host", u.host)
	}
	root.Set("tags", tags)

	request, headers := d.NewObject(2), d.NewArray(2)
	if uri := csp.Get("document_uri"); uri != nil {
		set(request, "url", uri.Text())
	}
	header := func(key, value string) {
		pair := d.NewArray(2)
		pair.Append(d.NewString(key))
		pair.Append(d.NewString(value))
		headers.Append(pair)
	}
	if referrer := csp.Get("referrer").Text(); referrer != "" {
		header("Referer", referrer)
	}
	if origin != "" {
		if u, ok := parseURL(origin); ok {
			origin = u.String()
		}
		header("Origin", origin)
	}
	request.Set("headers", headers)
	root.Set("request", request)
	root.Set("csp", csp)
	d.Root = root
}

// directiveWords are the directives that messages call by a shorter name.
var directiveWords = map[string]string{
	"child-src": "child", "connect-src": "connect", "font-src": "font", "img-src": "image", "manifest-src": "manifest", "media-src": "media", "object-src": "object",
}

func isLocal(uri string) bool { return uri == "" || uri == "self" || uri == "'self'" }

// reportMessage is the table of 15.2.
func reportMessage(directive, blocked, violated string) string {
	local, uri := isLocal(blocked), normalizedURI(blocked)
	if word := directiveWords[directive]; word != "" {
		if local {
			return "Blocked inline '" + word + "'"
		}
		return "Blocked '" + word + "' from '" + uri + "'"
	}
	switch directive {
	case "script-src":
		switch {
		case !local:
			return "Blocked 'script' from '" + uri + "'"
		case strings.Contains(violated, "'unsafe-inline'"):
			return "Blocked unsafe inline 'script'"
		case strings.Contains(violated, "'unsafe-eval'"):
			return "Blocked unsafe eval() 'script'"
		}
		return "Blocked unsafe (eval() or inline) 'script'"
	case "script-src-attr":
		if local {
			return "Blocked unsafe 'script' element"
		}
		return "Blocked inline script attribute from '" + uri + "'"
	case "script-src-elem":
		if local {
			return "Blocked inline script attribute"
		}
		return "Blocked 'script' from '" + uri + "'"
	case "style-src":
		if local {
			return "Blocked inline 'style'"
		}
		return "Blocked 'style' from '" + uri + "'"
	case "style-src-elem":
		if local {
			return "Blocked 'style' or 'link' element"
		}
		return "Blocked 'style' from '" + uri + "'"
	case "style-src-attr":
		if local {
			return "Blocked style attribute"
		}
		return "Blocked style attribute from '" + uri + "'"
	case "form-action":
		if local {
			return "Blocked inline 'form-action'"
		}
		return "Blocked 'form' action to '" + uri + "'"
	}
	if local {
		return "Blocked inline '" + directive + "'"
	}
	return "Blocked '" + directive + "' from '" + uri + "'"
}

// netlocSchemes are written with // behind the colon.
var netlocSchemes = map[string]bool{
	"ftp": true, "http": true, "gopher": true, "nntp": true, "telnet": true, "imap": true, "wais": true, "file": true, "mms": true, "https": true, "shttp": true, "snews": true,
	"prospero": true, "rtsp": true, "rtspu": true, "rsync": true, "svn": true, "svn+ssh": true, "sftp": true, "nfs": true, "git": true, "git+ssh": true, "ws": true, "wss": true,
}

func schemeForm(scheme string) string {
	if netlocSchemes[scheme] {
		return scheme + "://"
	}
	return scheme + ":"
}

// normalizedURI is the short form of an address that messages and culprits show.
func normalizedURI(uri string) string {
	if isLocal(uri) {
		return "'self'"
	}
	if !strings.Contains(uri, ":") {
		return schemeForm(uri)
	}
	u, ok := parseURL(uri)
	if !ok {
		return uri
	}
	text := u.host
	if u.scheme != "http" && u.scheme != "https" {
		text = schemeForm(u.scheme)
		if u.host != "" {
			text = u.scheme + "://" + u.host
		}
	}
	if u.port != "" {
		text += ":" + u.port
	}
	return text
}

var fetchSchemes = []string{"data:", "mediastream:", "blob:", "filesystem:", "http:", "https:", "file:"}

// reportCulprit is the violated directive with the document's own host called 'self'.
func reportCulprit(violated, document string) string {
	if violated == "" {
		return ""
	}
	self := normalizedURI(document)
	prefix := ""
	if scheme, _, ok := strings.Cut(document, ":"); ok && scheme != "http" && scheme != "https" { // of any text, not only of an address
		prefix = scheme + "://"
	}
	words := strings.FieldsFunc(violated, func(r rune) bool { return strings.ContainsRune(" \t\n\f\r", r) })
	for i, word := range words {
		if i > 0 {
			words[i] = culpritWord(word, self, prefix)
		}
	}
	return strings.Join(words, " ")
}

func culpritWord(word, self, prefix string) string {
	switch word {
	case "'none'", "'self'", "'unsafe-inline'", "'unsafe-eval'":
		return word
	}
	for _, scheme := range fetchSchemes {
		if strings.HasPrefix(word, scheme) {
			if normalizedURI(word) == self {
				return "'self'"
			}
			return word
		}
	}
	if word == self {
		return "'self'"
	}
	return prefix + word
}
