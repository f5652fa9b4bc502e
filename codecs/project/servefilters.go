package project

// configured says whether any filter is (filters 2).
func (f *FilterSettings) configured() bool {
	return f.BrowserExtensions.Enabled || f.WebCrawlers.Enabled || f.Localhost.Enabled || len(f.ClientIPs) > 0 || len(f.CSPDisallowed) > 0 ||
		len(f.ErrorMessages.Patterns) > 0 || len(f.Releases) > 0 || f.LegacyBrowsers.listed() || f.IgnoreTransactions.configured() ||
		f.Generic.configured()
}

func (l *LegacyBrowsers) listed() bool { return l.Enabled || len(l.Options) > 0 }

func (p *Patterns) configured() bool { return p.Enabled && len(p.Patterns) > 0 }

func (g *GenericFilters) configured() bool { return g != nil && len(g.Filters) > 0 }

// appendTo writes filterSettings without the filters that are not configured.
func (f *FilterSettings) appendTo(w *writer) {
	if !f.configured() {
		return
	}
	w.object("filterSettings")
	for _, s := range [...]struct {
		key string
		on  bool
	}{{"browserExtensions", f.BrowserExtensions.Enabled}, {"webCrawlers", f.WebCrawlers.Enabled}, {"localhost", f.Localhost.Enabled}} {
		if s.on {
			w.raw(s.key, []byte(`{"isEnabled":true}`))
		}
	}
	if f.LegacyBrowsers.listed() {
		w.object("legacyBrowsers")
		w.boolean("isEnabled", f.LegacyBrowsers.Enabled)
		w.texts("options", f.LegacyBrowsers.Options)
		w.close()
	}
	for _, s := range [...]struct {
		key, member string
		list        []string
	}{
		{"clientIps", "blacklistedIps", f.ClientIPs}, {"csp", "disallowedSources", f.CSPDisallowed},
		{"errorMessages", "patterns", f.ErrorMessages.Patterns}, {"releases", "releases", f.Releases},
	} {
		if len(s.list) > 0 {
			w.object(s.key)
			w.texts(s.member, s.list)
			w.close()
		}
	}
	if f.IgnoreTransactions.configured() {
		w.object("ignoreTransactions")
		w.texts("patterns", f.IgnoreTransactions.Patterns)
		w.boolean("isEnabled", true)
		w.close()
	}
	if f.Generic.configured() {
		f.Generic.appendTo(w, "generic")
	}
	w.close()
}

func (g *GenericFilters) appendTo(w *writer, key string) {
	w.object(key)
	w.uint("version", uint64(g.Version))
	if len(g.Filters) > 0 {
		w.list("filters", len(g.Filters), func(w *writer, i int) {
			f := &g.Filters[i]
			w.open()
			w.text("id", f.ID)
			w.boolean("isEnabled", f.Enabled)
			if f.Condition == nil {
				w.null("condition")
			} else {
				w.key("condition")
				w.b = f.Condition.AppendTo(w.b)
			}
			w.close()
		})
	}
	w.close()
}
