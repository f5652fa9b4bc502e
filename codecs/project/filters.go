package project

import (
	"slices"
	"strings"
)

// browserOrder is the order in which legacy browser options are served; unknown names follow (filters 4.8).
var browserOrder = []string{
	"default", "ie_pre_9", "ie9", "ie10", "ie11", "opera_pre_15", "opera_mini_pre_8", "android_pre_4", "safari_pre_6", "edge_pre_79",
	"ie", "safari", "opera", "opera_mini", "android", "firefox", "chrome", "edge",
}

// sortBrowsers orders options and removes duplicates.
func sortBrowsers(list []string) []string {
	rank := func(s string) int {
		if i := slices.Index(browserOrder, s); i >= 0 {
			return i
		}
		return len(browserOrder)
	}
	slices.SortFunc(list, func(a, b string) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return slices.Compact(list)
}

// parseFilters reads filterSettings (filters 2): a fault in a filter that is present breaks the whole config.
func parseFilters(o *object) FilterSettings {
	var f FilterSettings
	f.BrowserExtensions = parseSwitch(o, "browserExtensions")
	f.WebCrawlers = parseSwitch(o, "webCrawlers")
	f.Localhost = parseSwitch(o, "localhost")
	f.ClientIPs = parseStrings(o, "clientIps", "blacklistedIps")
	f.CSPDisallowed = parseStrings(o, "csp", "disallowedSources")
	f.ErrorMessages.Patterns = normalPatterns(parseStrings(o, "errorMessages", "patterns"))
	f.ErrorMessages.Enabled = len(f.ErrorMessages.Patterns) > 0
	f.Releases = normalPatterns(parseStrings(o, "releases", "releases"))
	if s, ok := o.object("legacyBrowsers", notNull); ok {
		s.need("isEnabled")
		f.LegacyBrowsers.Enabled = s.boolean("isEnabled")
		options, _ := s.texts("options")
		f.LegacyBrowsers.Options = sortBrowsers(options)
	}
	if s, ok := o.object("ignoreTransactions", notNull); ok {
		s.need("patterns")
		f.IgnoreTransactions.Enabled = s.boolean("isEnabled")
		list, _ := s.texts("patterns")
		f.IgnoreTransactions.Patterns = normalPatterns(list)
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

// parseGeneric reads a list of generic filters (filters 5.1); of equal ids the first stays.
func parseGeneric(o *object, key string) *GenericFilters {
	g, ok := o.object(key, notNull)
	if !ok {
		return nil
	}
	g.need("version")
	version, _ := g.uint("version", 16, notNull)
	all := &GenericFilters{Version: uint16(version)}
	list, _ := g.list("filters", notNull)
	for _, raw := range list {
		f := g.asObject("filters", raw)
		f.need("id")
		f.need("isEnabled")
		var one GenericFilter
		one.ID, _ = f.text("id", notNull)
		one.Enabled = f.boolean("isEnabled")
		if raw, ok := f.get("condition", nullIsNo); ok {
			one.Condition = parseCondition(&f.node, "condition", raw)
		}
		if _, known := all.Find(one.ID); !known {
			all.Filters = append(all.Filters, one)
		}
	}
	return all
}

// Find returns the filter with an id; a nil list has none.
func (g *GenericFilters) Find(id string) (*GenericFilter, bool) {
	if g == nil {
		return nil, false
	}
	for i := range g.Filters {
		if g.Filters[i].ID == id {
			return &g.Filters[i], true
		}
	}
	return nil, false
}
