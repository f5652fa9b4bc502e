package project

import (
	"strings"
)

// defaultRetention is the retention of events in days when a project sets none (pipeline 3.2).
const defaultRetention = 90

// maxUnitLength bounds custom metric units, in bytes.
const maxUnitLength = 15

// retentionProducts are the known members of `retentions`.
var retentionProducts = []string{"log", "span", "traceMetric", "traceAttachment"}

// parseConfig reads the `config` object (pipeline 3.2). Unknown members are ignored.
func parseConfig(o *object) Config {
	c := Config{AllowedDomains: []string{"*"}}
	if list, ok := o.texts("allowedDomains"); ok {
		c.AllowedDomains = list
	}
	c.TrustedRelays = parseTrustedRelays(o)
	if s, ok := o.section("trustedRelaySettings", notNull); ok {
		c.VerifySignature = parseVerify(&s)
	}
	c.PII = parsePII(o)
	c.Grouping, _ = o.get("groupingConfig", nullIsNo)
	if s, ok := o.section("filterSettings", notNull); ok {
		c.Filters = parseFilters(&s)
	}
	if s, ok := o.section("datascrubbingSettings", notNull); ok {
		c.Scrubbing = parseScrubbing(&s)
	}
	if n, ok := o.uint("eventRetention", 16, nullIsNo); ok {
		c.EventRetention = uint16(n)
	}
	if n, ok := o.uint("downsampledEventRetention", 16, nullIsNo); ok {
		days := uint16(n)
		c.DownsampledRetention = &days
	}
	c.Retentions = parseRetentions(o)
	if s, ok := o.object("trimming", notNull); ok {
		c.TrimSpanMaxSize = parseTrimming(&s)
	}
	c.Quotas = parseQuotas(o)
	c.Sampling, c.SamplingBroken = parseSampling(o)
	c.Measurements = parseMeasurements(o)
	c.Breakdowns = parseBreakdowns(o)
	c.PerformanceScore = parsePerformanceScore(o)
	if s, ok := o.section("sessionMetrics", notNull); ok {
		n, _ := s.uint("version", 16, notNull)
		c.SessionMetrics = uint16(n)
	}
	c.Features = parseFeatures(o)
	c.TxNameRules = parseTxNameRules(o)
	c.TxNameReady = o.boolean("txNameReady")
	c.SpanDescriptionRules = parseSpanRules(o)
	return c
}

func parseVerify(o *object) bool {
	switch s, ok := o.text("verifySignature", notNull); {
	case ok && s == "enabled":
		return true
	case ok && s != "disabled":
		o.fail("verifySignature: unknown value %q", s)
	}
	return false
}

func parseScrubbing(o *object) Scrubbing {
	var s Scrubbing
	s.ExcludeFields, _ = o.texts("excludeFields")
	s.SensitiveFields, _ = o.texts("sensitiveFields")
	s.ScrubData = o.boolean("scrubData")
	s.ScrubIPAddresses = o.boolean("scrubIpAddresses")
	s.ScrubDefaults = o.boolean("scrubDefaults")
	return s
}

func parseRetentions(o *object) map[string]Retention {
	all, ok := o.object("retentions", notNull)
	if !ok {
		return nil
	}
	var m map[string]Retention
	for _, product := range retentionProducts {
		p, ok := all.object(product, nullIsNo)
		if !ok {
			continue
		}
		p.need("standard")
		standard, _ := p.uint("standard", 16, notNull)
		down, ok := p.uint("downsampled", 16, nullIsNo)
		if !ok {
			down = standard
		}
		if m == nil {
			m = make(map[string]Retention)
		}
		m[product] = Retention{Standard: uint16(standard), Downsampled: uint16(down)}
	}
	return m
}

func parseTrimming(o *object) *uint32 {
	span, ok := o.object("span", nullIsNo)
	if !ok {
		return nil
	}
	span.need("maxSize")
	n, _ := span.uint("maxSize", 32, notNull)
	size := uint32(n)
	return &size
}

func parseMeasurements(o *object) *Measurements {
	s, ok := o.section("measurements", nullIsNo)
	if !ok {
		return nil
	}
	m := &Measurements{}
	list, _ := s.list("builtinMeasurements", notNull)
	for _, raw := range list {
		b := s.asObject("builtinMeasurements", raw)
		one := BuiltinMeasurement{Unit: "none"}
		one.Name, _ = b.text("name", notNull)
		if s, ok := b.text("unit", notNull); ok {
			one.Unit = parseUnit(&b, s)
		}
		one.AllowNegative = b.boolean("allowNegative")
		m.Builtin = append(m.Builtin, one)
	}
	n, _ := s.uint("maxCustomMeasurements", 63, notNull)
	m.MaxCustom = int(n)
	return m
}

// parseUnit normalises a metric unit (metric_units.tsv): names are lower-case, three have short forms, and others are custom units of
// up to 15 ASCII letters, digits and underscores.
func parseUnit(o *object, s string) string {
	lower := strings.ToLower(s)
	switch {
	case s == "":
		return "none"
	case s == "ns":
		return "nanosecond"
	case s == "ms":
		return "millisecond"
	case s == "s":
		return "second"
	case len(s) > maxUnitLength:
		o.fail("unit: %q is longer than %d bytes", s, maxUnitLength)
	case strings.ContainsFunc(lower, func(r rune) bool { return !('a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '_') }):
		o.fail("unit: %q has other characters than letters, digits and underscores", s)
	}
	return lower
}

func parseTxNameRules(o *object) []TxNameRule {
	list, _ := o.list("txNameRules", notNull)
	var rules []TxNameRule
	for _, raw := range list {
		r := o.asObject("txNameRules", raw)
		r.need("pattern")
		r.need("expiry")
		r.need("redaction")
		rule := TxNameRule{Substitution: "*"}
		rule.Pattern, _ = r.text("pattern", notNull)
		rule.Expiry, _ = r.timestamp("expiry", notNull)
		if red, ok := r.object("redaction", notNull); ok {
			red.need("method")
			m, _ := red.text("method", notNull)
			rule.Unknown = m != "replace"
			if s, ok := red.text("substitution", notNull); ok && !rule.Unknown {
				rule.Substitution = s
			}
		}
		rules = append(rules, rule)
	}
	return rules
}

// Retention returns the days that product's data is kept: `retentions.<product>` if present, else the event's (pipeline 3.2).
// Products are log, span, traceMetric and traceAttachment; any other text means events.
func (c *Config) Retention(product string) Retention {
	if r, ok := c.Retentions[product]; ok {
		return r
	}
	r := Retention{Standard: c.EventRetention}
	if r.Standard == 0 {
		r.Standard = defaultRetention
	}
	r.Downsampled = r.Standard
	if c.DownsampledRetention != nil {
		r.Downsampled = *c.DownsampledRetention
	}
	return r
}
