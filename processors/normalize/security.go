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
	drop := func(o outcome.ID, why outcome.Reason) (*event.Doc, processors.Verdict) {
		doc.Release()
		return nil, processors.Drop(o, why)
	}
	if doc.Root.Kind() != event.Object || !jsontext.Valid(u.Main.Payload) { // text behind the object included
		return drop(outcome.Invalid, ReasonInvalidJSON)
	}
	report, ty := doc.Root.Get("csp-report"), doc.Root.Get("type")
	if !ty.IsNull() && ty.Kind() != event.String {
		return drop(outcome.Invalid, ReasonInvalidJSON)
	}
	violation := ty.Text() == "csp-violation"
	if report.IsNull() && !violation {
		if ty.IsNull() {
			return drop(outcome.Invalid, ReasonSecurityType)
		}
		return drop(outcome.Filtered, ReasonInvalidCSP)
	}
	csp := readReport(doc, report)
	if csp == nil && violation {
		csp = readReport(doc, doc.Root.Get("body"))
	}
	if csp == nil || !directed(doc, csp) {
		return drop(outcome.Invalid, ReasonSecurityReport)
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

// readReport gives the members of a report their names; nil when it is none or one has the wrong type.
func readReport(d *event.Doc, report *event.Value) *event.Value {
	if report.Kind() != event.Object {
		return nil
	}
	csp := d.NewObject(report.Len() + 3)
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
					return nil
				}
				v.SetNumber(strings.TrimLeft(strings.TrimPrefix(text, "+"), "0"))
				if s, _ := v.NumberText(); s == "" {
					v.SetNumber("0")
				}
			} else if _, isInt := v.Uint(); !isInt {
				return nil
			}
		} else if v.Kind() != event.String {
			return nil
		}
		csp.Insert(csp.Len(), f.name, v)
	}
	return csp
}

// directed completes a report; false when its directive is unknown.
func directed(d *event.Doc, csp *event.Value) bool {
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
		return false
	}
	csp.Set("effective_directive", d.NewString(directive))
	return true
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

	pair := func(list *event.Value, key, value string) { list.Append(newPair(d, key, d.NewString(value))) }
	tags := d.NewArray(3)
	pair(tags, "effective-directive", directive)
	shown := blocked
	if strings.HasPrefix(blocked, "https://api.stripe.com/") {
		if i := strings.IndexAny(blocked, "#?"); i >= 0 {
			shown = blocked[:i]
		}
	}
	pair(tags, "blocked-uri", shown)
	if u, ok := parseURL(blocked); ok && (u.scheme == "http" || u.scheme == "https") {
		pair(tags, "blocked-host", u.host)
	}
	root.Set("tags", tags)

	request, headers := d.NewObject(2), d.NewArray(2)
	if uri := csp.Get("document_uri"); uri != nil {
		set(request, "url", uri.Text())
	}
	if referrer := csp.Get("referrer").Text(); referrer != "" {
		pair(headers, "Referer", referrer)
	}
	if origin != "" {
		if u, ok := parseURL(origin); ok {
			origin = u.String()
		}
		pair(headers, "Origin", origin)
	}
	request.Set("headers", headers)
	root.Set("request", request)
	root.Set("csp", csp)
	d.Root = root
}
