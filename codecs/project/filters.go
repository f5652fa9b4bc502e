package project

import "encoding/json"

// parseFilters reads filterSettings (filters 2): a fault in a filter that is present breaks the whole config.
func parseFilters(o *object) FilterSettings {
	var f FilterSettings
	f.BrowserExtensions = parseSwitch(o, "browserExtensions")
	f.WebCrawlers = parseSwitch(o, "webCrawlers")
	f.Localhost = parseSwitch(o, "localhost")
	f.ClientIPs = parseStrings(o, "clientIps", "blacklistedIps")
	f.CSPDisallowed = parseStrings(o, "csp", "disallowedSources")
	f.ErrorMessages.Patterns = parseStrings(o, "errorMessages", "patterns")
	f.ErrorMessages.Enabled = len(f.ErrorMessages.Patterns) > 0
	f.Releases = parseStrings(o, "releases", "releases")
	if s, ok := o.object("legacyBrowsers", notNull); ok {
		s.need("isEnabled")
		f.LegacyBrowsers.Enabled = s.boolean("isEnabled")
		f.LegacyBrowsers.Options, _ = s.texts("options")
	}
	if s, ok := o.object("ignoreTransactions", notNull); ok {
		s.need("patterns")
		f.IgnoreTransactions.Enabled = s.boolean("isEnabled")
		f.IgnoreTransactions.Patterns, _ = s.texts("patterns")
	}
	f.Generic = parseGeneric(o, "generic")
	return f
}

func parseSwitch(o *object, key string) Switch {
	s, ok := o.object(key, notNull)
	if !ok {
		return Switch{}
	}
	s.need("isEnabled")
	return Switch{Enabled: s.boolean("isEnabled")}
}

func parseStrings(o *object, key, member string) []string {
	s, ok := o.object(key, notNull)
	if !ok {
		return nil
	}
	s.need(member)
	list, _ := s.texts(member)
	return list
}

func parseGeneric(o *object, key string) json.RawMessage {
	raw, ok := o.get(key, notNull)
	if !ok {
		return nil
	}
	g := o.asObject(key, raw)
	g.need("version")
	g.uint("version", 16, notNull)
	list, _ := g.list("filters", notNull)
	for _, item := range list {
		f := g.asObject("filters", item)
		f.need("id")
		f.need("isEnabled")
		f.text("id", notNull)
		f.boolean("isEnabled")
	}
	return raw
}
