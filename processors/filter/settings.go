package filter

import (
	"slices"

	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/processors/match"
)

// The reasons of the fixed filters; those of generic filters are their ids (filters 3).
const (
	ReasonCSP               outcome.Reason = "invalid-csp"
	ReasonClientIP          outcome.Reason = "ip-address"
	ReasonRelease           outcome.Reason = "release-version"
	ReasonErrorMessage      outcome.Reason = "error-message"
	ReasonLocalhost         outcome.Reason = "localhost"
	ReasonBrowserExtensions outcome.Reason = "browser-extensions"
	ReasonLegacyBrowsers    outcome.Reason = "legacy-browsers"
	ReasonWebCrawlers       outcome.Reason = "web-crawlers"
	ReasonTransaction       outcome.Reason = "filtered-transaction"
)

// AllReasons lists the reasons of the fixed filters in the order in which they are tried.
var AllReasons = []outcome.Reason{
	ReasonCSP, ReasonClientIP, ReasonRelease, ReasonErrorMessage, ReasonLocalhost, ReasonBrowserExtensions, ReasonLegacyBrowsers,
	ReasonWebCrawlers, ReasonTransaction,
}

// settings are the compiled filterSettings of one project.
type settings struct {
	generic      *generic
	csp          *match.Sources // nil: off
	ips          match.Networks
	releases     match.Globs
	messages     match.Globs
	transactions match.Globs
	localhost    bool
	extensions   bool
	crawlers     bool
	browsers     browserRules
	fixed        bool // any of the fixed filters is on
}

type settingsKey struct{}

// settingsOf compiles once for each state; a nil state has none.
func settingsOf(st *project.State) *settings {
	if st == nil {
		return &settings{}
	}
	return project.Memoize(&st.Memo, settingsKey{}, func() *settings { return compile(&st.Config.Filters) })
}

func compile(f *project.FilterSettings) *settings {
	s := &settings{
		generic:    compileGeneric(f.Generic),
		ips:        match.CompileNetworks(f.ClientIPs),
		releases:   match.CompileGlobs(f.Releases),
		messages:   match.CompileGlobs(f.ErrorMessages.Patterns),
		localhost:  f.Localhost.Enabled,
		extensions: f.BrowserExtensions.Enabled,
		crawlers:   f.WebCrawlers.Enabled,
	}
	if len(f.CSPDisallowed) > 0 {
		s.csp = match.CompileSources(f.CSPDisallowed)
	}
	if f.LegacyBrowsers.Enabled {
		s.browsers = compileBrowsers(f.LegacyBrowsers.Options)
	}
	if f.IgnoreTransactions.Enabled {
		s.transactions = match.CompileGlobs(f.IgnoreTransactions.Patterns)
	}
	s.fixed = s.csp != nil || !s.ips.Empty() || !s.releases.Empty() || !s.messages.Empty() || !s.transactions.Empty() ||
		s.localhost || s.extensions || s.crawlers || len(s.browsers) > 0
	return s
}

// generic is a compiled list of generic filters.
type generic struct {
	version uint16
	list    []genericFilter
}

type genericFilter struct {
	id        string
	enabled   bool
	condition *match.Condition // nil: none
}

func compileGeneric(g *project.GenericFilters) *generic {
	if g == nil {
		return nil
	}
	c := &generic{version: g.Version}
	for i := range g.Filters {
		f := &g.Filters[i]
		c.list = append(c.list, genericFilter{id: f.ID, enabled: f.Enabled, condition: match.CompileCondition(f.Condition)})
	}
	return c
}

type globalKey struct{}

// globalOf compiles the generic filters of the global config, nil when it has none.
func globalOf(g *project.Global) *generic {
	if g == nil || g.GenericFilters == nil {
		return nil
	}
	return project.Memoize(&g.Memo, globalKey{}, func() *generic { return compileGeneric(g.GenericFilters) })
}

// maxVersion is the newest version of generic filters that weir knows.
const maxVersion = 1

func (g *generic) supported() bool { return g == nil || g.version <= maxVersion }

func (g *generic) find(id string) *genericFilter {
	if g == nil {
		return nil
	}
	if i := slices.IndexFunc(g.list, func(f genericFilter) bool { return f.id == id }); i >= 0 {
		return &g.list[i]
	}
	return nil
}

// matchGeneric walks the project's filters and then the global ones that the project does not name (filters 5.2).
func matchGeneric(own, global *generic, f match.Fields) (outcome.Reason, bool) {
	if !own.supported() || !global.supported() {
		return "", false
	}
	if own != nil {
		for i := range own.list {
			o := &own.list[i]
			if !o.enabled {
				continue
			}
			c := o.condition
			if c == nil {
				if g := global.find(o.id); g != nil {
					c = g.condition
				}
			}
			if c.Match(f) {
				return outcome.Reason(o.id), true
			}
		}
	}
	if global != nil {
		for i := range global.list {
			if g := &global.list[i]; g.enabled && own.find(g.id) == nil && g.condition.Match(f) {
				return outcome.Reason(g.id), true
			}
		}
	}
	return "", false
}
