package project

import (
	"maps"
	"slices"

	"weir/codecs/jsontext"
)

// AppendLimited appends the state as external relays get it: all its fields, and of the config what pipeline 3.2 marks "ext". upstream
// is relay.advertised_upstream, empty when there is none; the one that the state came with is never passed on.
func (s *State) AppendLimited(dst []byte, upstream string) []byte {
	return s.appendTo(dst, upstream, false)
}

// AppendFull appends the whole state, for internal relays that asked for it (pipeline 3.7).
func (s *State) AppendFull(dst []byte, upstream string) []byte {
	return s.appendTo(dst, upstream, true)
}

func (s *State) appendTo(dst []byte, upstream string, full bool) []byte {
	w := writer{dst}
	w.open()
	w.boolean("disabled", s.Disabled)
	w.uintOrNull("projectId", uint64(s.Project), s.HasProject)
	w.timeOrNull("lastChange", s.LastChange)
	w.textOrNull("rev", s.Rev, s.HasRev)
	w.list("publicKeys", len(s.Keys), func(w *writer, i int) {
		w.open()
		w.text("publicKey", string(s.Keys[i].Public))
		if s.Keys[i].HasNumeric {
			w.uint("numericId", uint64(s.Keys[i].Numeric))
		}
		w.close()
	})
	w.textOrNull("slug", s.Slug, s.HasSlug)
	w.object("config")
	s.Config.appendMembers(&w, full)
	w.close()
	w.uintOrNull("organizationId", uint64(s.Org), s.HasOrg)
	if upstream != "" {
		w.text("upstream", upstream)
	}
	w.close()
	return w.b
}

func (c *Config) appendMembers(w *writer, full bool) {
	w.texts("allowedDomains", c.AllowedDomains)
	w.texts("trustedRelays", c.TrustedRelays)
	if full && c.VerifySignature {
		w.raw("trustedRelaySettings", []byte(`{"verifySignature":"enabled"}`))
	}
	if c.PII == nil {
		w.null("piiConfig")
	} else {
		w.raw("piiConfig", c.PII)
	}
	if full {
		w.optional("groupingConfig", c.Grouping)
	}
	c.Filters.appendTo(w)
	c.Scrubbing.appendTo(w)
	if full {
		c.appendRetention(w)
	}
	if c.TrimSpanMaxSize != nil {
		w.object("trimming")
		w.object("span")
		w.uint("maxSize", uint64(*c.TrimSpanMaxSize))
		w.close()
		w.close()
	}
	if full {
		appendQuotas(w, c.Quotas)
		if c.SamplingBroken {
			w.null("sampling")
		} else {
			w.optional("sampling", c.Sampling)
		}
	}
	c.Measurements.appendTo(w)
	w.optional("breakdownsV2", c.Breakdowns)
	w.optional("performanceScore", c.PerformanceScore)
	if 1 <= c.SessionMetrics && c.SessionMetrics <= 3 {
		w.object("sessionMetrics")
		w.uint("version", uint64(c.SessionMetrics))
		w.close()
	}
	if len(c.Features) > 0 {
		features := slices.Sorted(maps.Keys(c.Features))
		w.list("features", len(features), func(w *writer, i int) { w.b = jsontext.AppendString(w.b, string(features[i])) })
	}
	c.appendNameRules(w)
	w.optional("spanDescriptionRules", c.SpanDescriptionRules)
}

func (c *Config) appendRetention(w *writer) {
	if c.EventRetention != 0 {
		w.uint("eventRetention", uint64(c.EventRetention))
	}
	if c.DownsampledRetention != nil {
		w.uint("downsampledEventRetention", uint64(*c.DownsampledRetention))
	}
	if len(c.Retentions) == 0 {
		return
	}
	w.object("retentions")
	for _, product := range retentionProducts {
		if r, ok := c.Retentions[product]; ok {
			w.object(product)
			w.uint("standard", uint64(r.Standard))
			w.uint("downsampled", uint64(r.Downsampled))
			w.close()
		}
	}
	w.close()
}

func (c *Config) appendNameRules(w *writer) {
	if len(c.TxNameRules) > 0 {
		w.list("txNameRules", len(c.TxNameRules), func(w *writer, i int) {
			r := &c.TxNameRules[i]
			w.open()
			w.text("pattern", r.Pattern)
			w.text("expiry", jsontext.TimeText(r.Expiry))
			w.object("redaction")
			if r.Unknown {
				w.text("method", "unknown")
			} else {
				w.text("method", "replace")
				w.text("substitution", r.Substitution)
			}
			w.close()
			w.close()
		})
	}
	if c.TxNameReady {
		w.boolean("txNameReady", true)
	}
}

func (s *Scrubbing) appendTo(w *writer) {
	if !s.ScrubData && !s.ScrubIPAddresses {
		return
	}
	w.object("datascrubbingSettings")
	w.texts("excludeFields", s.ExcludeFields)
	w.texts("sensitiveFields", s.SensitiveFields)
	w.on("scrubData", s.ScrubData)
	w.on("scrubIpAddresses", s.ScrubIPAddresses)
	w.on("scrubDefaults", s.ScrubDefaults)
	w.close()
}

func (m *Measurements) appendTo(w *writer) {
	if m == nil {
		return
	}
	w.object("measurements")
	if len(m.Builtin) > 0 {
		w.list("builtinMeasurements", len(m.Builtin), func(w *writer, i int) {
			w.open()
			w.text("name", m.Builtin[i].Name)
			w.text("unit", m.Builtin[i].Unit)
			w.on("allowNegative", m.Builtin[i].AllowNegative)
			w.close()
		})
	}
	w.uint("maxCustomMeasurements", uint64(m.MaxCustom))
	w.close()
}

func appendQuotas(w *writer, quotas []Quota) {
	if len(quotas) == 0 {
		return
	}
	w.list("quotas", len(quotas), func(w *writer, i int) {
		q := &quotas[i]
		w.open()
		w.textOrNull("id", q.ID, q.HasID)
		w.list("categories", len(q.Categories), func(w *writer, i int) { w.b = jsontext.AppendString(w.b, q.Categories[i].String()) })
		w.text("scope", q.Scope.String())
		if q.ScopeID != nil {
			w.text("scopeId", *q.ScopeID)
		}
		if q.Limit == nil {
			w.null("limit")
		} else {
			w.uint("limit", *q.Limit)
		}
		if q.Window != nil {
			w.uint("window", *q.Window)
		}
		w.textOrNull("namespace", q.Namespace, q.Namespace != "")
		if q.ReasonCode != "" {
			w.text("reasonCode", q.ReasonCode.Text())
		}
		if q.GroupBy != nil {
			w.object("groupBy")
			w.uint("maxCardinality", uint64(q.GroupBy.MaxCardinality))
			w.texts("dimensions", q.GroupBy.Dimensions)
			w.close()
		}
		w.close()
	})
}

// AppendTo appends the global config as it is served downstream (edge 12.5).
func (g *Global) AppendTo(dst []byte) []byte {
	w := writer{dst}
	w.open()
	g.Measurements.appendTo(&w)
	appendQuotas(&w, g.Quotas)
	if g.GenericFilters != nil {
		g.GenericFilters.appendTo(&w, "filters")
	}
	w.optional("aiModelMetadata", g.AIModels)
	w.optional("spanOpDefaults", g.SpanOpDefaults)
	if len(g.Options) > 0 {
		w.object("options")
		for _, key := range slices.Sorted(maps.Keys(g.Options)) {
			w.raw(key, g.Options[key])
		}
		w.close()
	}
	w.close()
	return w.b
}
