package project

import (
	"encoding/json"
	"time"

	"weir/codecs/dsn"
)

var _ = dsn.PublicKey("")

// defaultRetention is the retention of events in days when a project sets none (pipeline 3.2).
const defaultRetention = 90

// retentionProducts are the known members of `retentions`.
var retentionProducts = []string{"log", "span", "traceMetric", "traceAttachment"}

// parseConfig reads the `config` object (pipeline 3.2). Unknown members are ignored.
func parseConfig(o *object) Config {
	c := Config{AllowedDomains: []string{"*"}}
	if list, ok := o.texts("allowedDomains"); ok {
		c.AllowedDomains = list
	}
	c.TrustedRelays = parseTrustedRelays(o)
	if s, ok := o.object("trustedRelaySettings", notNull); ok {
		c.VerifySignature = parseVerify(&s)
	}
	c.PII = parsePII(o)
	c.Grouping, _ = o.get("groupingConfig", nullIsNo)
	if s, ok := o.object("filterSettings", notNull); ok {
		c.Filters = parseFilters(&s)
	}
	if s, ok := o.object("datascrubbingSettings", notNull); ok {
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
	c.Sampling = parseSampling(o)
	c.Measurements = parseMeasurements(o)
	c.Breakdowns = parseBreakdowns(o)
	c.PerformanceScore = parsePerformanceScore(o)
	if s, ok := o.object("sessionMetrics", notNull); ok {
		n, _ := s.uint("version", 16, notNull)
		c.SessionMetrics = uint16(n)
	}
	c.Features = parseFeatures(o)
	c.TxNameRules = parseTxNameRules(o)
	c.TxNameReady = o.boolean("txNameReady")
	if raw, ok := o.get("spanDescriptionRules", nullIsNo); ok {
		o.asList("spanDescriptionRules", raw)
		c.SpanDescriptionRules = raw
	}
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
	n, ok := span.uint("maxSize", 32, nullIsNo)
	if !ok {
		return nil
	}
	size := uint32(n)
	return &size
}

func parseMeasurements(o *object) *Measurements {
	s, ok := o.object("measurements", nullIsNo)
	if !ok {
		return nil
	}
	m := &Measurements{}
	list, _ := s.list("builtinMeasurements", notNull)
	for _, raw := range list {
		b := s.asObject("builtinMeasurements", raw)
		b.need("name")
		b.need("unit")
		var one BuiltinMeasurement
		one.Name, _ = b.text("name", notNull)
		one.Unit, _ = b.text("unit", notNull)
		one.AllowNegative = b.boolean("allowNegative")
		m.Builtin = append(m.Builtin, one)
	}
	n, _ := s.uint("maxCustomMeasurements", 63, notNull)
	m.MaxCustom = int(n)
	return m
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
			if m, ok := red.text("method", notNull); ok && m != "replace" {
				red.fail("unknown method %q", m)
			}
			if s, ok := red.text("substitution", notNull); ok {
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

// timeOf is a timestamp as it is served: UTC, with as many digits of the second as needed (0, 3, 6 or 9).
func timeOf(t time.Time) string {
	layout := "2006-01-02T15:04:05Z"
	switch ns := t.Nanosecond(); {
	case ns == 0:
	case ns%1e6 == 0:
		layout = "2006-01-02T15:04:05.000Z"
	case ns%1e3 == 0:
		layout = "2006-01-02T15:04:05.000000Z"
	default:
		layout = "2006-01-02T15:04:05.000000000Z"
	}
	return t.UTC().Format(layout)
}

var _ json.RawMessage
