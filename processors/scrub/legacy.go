package scrub

import (
	"strings"

	"weir/codecs/project"
	"weir/processors/scrub/selector"
)

// stripFields is the rule made of sensitiveFields.
const stripFields = "strip-fields"

// cookieNames are the session and CSRF cookies of scrub 7.3.
var cookieNames = strings.Fields(`sentrysid sudo su session __session sessionid user_session symfony phpsessid
	fasthttpsessionid mysession irissessionid _vercel_jwt csrf xsrf _xsrf _csrf csrf-token csrf_token xsrf-token
	xsrf_token fastcsrf _iris_csrf`)

// replaceOnlyAttributes hold prompts and answers: rules that would empty them do not run there (scrub 7.4).
var replaceOnlyAttributes = strings.Fields(`gen_ai.input.messages gen_ai.prompt gen_ai.request.messages
	gen_ai.tool.call.arguments gen_ai.tool.input gen_ai.tool.call.result gen_ai.tool.output gen_ai.output.messages
	gen_ai.response.tool_calls gen_ai.response.text gen_ai.response.object gen_ai.tool.definitions
	gen_ai.request.available_tools gen_ai.tool.name mcp.prompt.result mcp.tool.result.content`)

var replaceOnlyRules = []string{"@email:replace", "@creditcard:replace", "@iban:replace", "@usssn:replace", "@bearer:replace"}

const (
	knownIPFields = `$http.env.REMOTE_ADDR || $user.ip_address || $sdk.client_ip || $span.sentry_tags.'user.ip' || attributes.'client.address'`
	mainTypes     = `$string || $number || $array || $object`
	mainExcluded  = `debug_meta.** || $frame.filename || $frame.abs_path || $logentry.formatted || $error.value || $http.headers.user-agent`
)

// generate turns data scrubbing settings into a config, nil when nothing is to be done (scrub 7.2).
func generate(s project.Scrubbing) *config {
	c := new(config)
	var main []string
	if s.ScrubData && s.ScrubDefaults {
		main = append(main, "@common:filter")
		c.applications = append(c.applications,
			application{selector: replaceOnlyFields(), rules: replaceOnlyRules},
			application{selector: singleCookies(), rules: []string{"@anything:filter"}},
			application{selector: cookieStrings(), rules: []string{"@cookies:filter"}})
	}
	if s.ScrubIPAddresses {
		main = append(main, "@ip:replace")
		c.applications = append(c.applications, application{selector: mustParse(knownIPFields), rules: []string{"@anything:remove"}})
	}
	if r := sensitiveFields(s); r != nil {
		c.rules = map[string]*rule{stripFields: r}
		main = append(main, stripFields)
	}
	if len(main) > 0 {
		c.applications = append(c.applications, application{selector: mainSelector(s.ExcludeFields), rules: main, main: true})
	}
	if len(c.applications) == 0 {
		return nil
	}
	sortApplications(c.applications)
	return c
}

func sensitiveFields(s project.Scrubbing) *rule {
	if !s.ScrubData {
		return nil
	}
	var parts, words []string
	for _, f := range s.SensitiveFields {
		if f = strings.TrimSpace(f); f != "" {
			words = append(words, f)
			parts = append(parts, escapeRegex(f))
		}
	}
	if parts == nil {
		return nil
	}
	return &rule{
		id: stripFields, kind: kindRedactPair, pattern: strings.Join(parts, "|"), fold: true, words: words,
		redaction: redaction{methodReplace, defaultText},
	}
}

func escapeRegex(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune(`\.+*?()|[]{}^$#&-~`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// mainSelector selects every text, number and container but those that are excluded.
func mainSelector(exclude []string) *selector.Expr {
	terms := []*selector.Expr{mustParse(mainTypes), selector.Not(mustParse(mainExcluded))}
	for _, f := range exclude {
		if f = strings.TrimSpace(f); f == "" {
			continue
		}
		e, err := selector.ParsePlain(f)
		if err != nil {
			e = selector.Path(selector.KeyItem(f))
		}
		terms = append(terms, selector.Not(e))
	}
	return selector.And(terms...)
}

func singleCookies() *selector.Expr {
	var paths []*selector.Expr
	for _, name := range cookieNames {
		paths = append(paths,
			selector.Path(selector.Wildcard, selector.KeyItem("cookies"), selector.KeyItem(name)),
			selector.Path(selector.Wildcard, selector.KeyItem("http.request.header.cookie."+name)),
			selector.Path(selector.Wildcard, selector.KeyItem("http.response.header.set-cookie."+name)))
	}
	return selector.Or(paths...)
}

func cookieStrings() *selector.Expr {
	var paths []*selector.Expr
	for _, key := range []string{"http.request.header.cookie", "http.response.header.set-cookie"} {
		paths = append(paths,
			selector.Path(selector.Wildcard, selector.KeyItem(key), selector.Wildcard),
			selector.Path(selector.Wildcard, selector.KeyItem(key)))
	}
	return selector.Or(paths...)
}

func replaceOnlyFields() *selector.Expr {
	paths := []*selector.Expr{mustParse("$logentry.formatted"), mustParse("$log.body")}
	for _, a := range replaceOnlyAttributes {
		paths = append(paths,
			selector.Path(selector.TypeItem(selector.Span), selector.KeyItem("data"), selector.KeyItem(a)),
			selector.Path(selector.KeyItem("attributes"), selector.KeyItem(a), selector.KeyItem("value")))
	}
	return selector.Or(paths...)
}

// mustParse reads a selector of this file; a test parses them all.
func mustParse(s string) *selector.Expr {
	e, err := selector.Parse(s)
	if err != nil {
		return selector.Not(selector.Path(selector.DeepWildcard)) // unreachable: constant texts
	}
	return e
}
