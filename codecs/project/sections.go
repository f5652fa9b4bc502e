package project

import (
	"encoding/json"

	"weir/codecs/signature"
)

func parseTrustedRelays(o *object) []string {
	list, _ := o.texts("trustedRelays")
	for i, s := range list {
		key, err := signature.ParsePublicKey(s)
		if err != nil {
			o.fail("trustedRelays: %w", err)
			break
		}
		list[i] = key.String()
	}
	return list
}

// parseBreakdowns checks breakdownsV2: spanOperations needs its matches, other types are ignored.
func parseBreakdowns(o *object) json.RawMessage {
	raw, ok := o.get("breakdownsV2", nullIsNo)
	if !ok {
		return nil
	}
	all := o.asObject("breakdownsV2", raw)
	for name := range all.members {
		b, ok := all.object(name, notNull)
		if !ok {
			b = all.asObject(name, all.members[name])
		}
		b.need("type")
		if kind, _ := b.text("type", notNull); kind == "spanOperations" || kind == "span_operations" {
			b.need("matches")
			b.texts("matches")
		}
	}
	return raw
}

// parsePerformanceScore checks performanceScore; processors/normalize compiles it.
func parsePerformanceScore(o *object) json.RawMessage {
	raw, ok := o.get("performanceScore", nullIsNo)
	if !ok {
		return nil
	}
	raw = section(raw)
	s := o.asObject("performanceScore", raw)
	profiles, _ := s.list("profiles", notNull)
	for _, raw := range profiles {
		p := s.asObject("profiles", raw)
		p.text("name", nullIsNo)
		p.text("version", nullIsNo)
		if raw, ok := p.get("condition", nullIsNo); ok {
			parseCondition(&p.node, "condition", raw)
		}
		components, _ := p.list("scoreComponents", notNull)
		for _, raw := range components {
			c := p.asObject("scoreComponents", raw)
			c.need("measurement")
			c.text("measurement", notNull)
			for _, key := range [...]string{"weight", "p10", "p50"} {
				c.need(key)
				if raw, ok := c.get(key, notNull); ok {
					c.asFloat(key, raw)
				}
			}
			c.boolean("optional")
		}
	}
	return raw
}

// parseSpanRules checks spanDescriptionRules, which are only passed on.
func parseSpanRules(o *object) json.RawMessage {
	list, ok := o.list("spanDescriptionRules", nullIsNo)
	if !ok {
		return nil
	}
	for _, raw := range list {
		r := o.asObject("spanDescriptionRules", raw)
		for _, key := range [...]string{"pattern", "expiry", "scope", "redaction"} {
			r.need(key)
		}
		r.text("pattern", notNull)
		r.timestamp("expiry", notNull)
		if scope, ok := r.object("scope", notNull); ok {
			scope.need("op")
			scope.text("op", notNull)
		}
		if red, ok := r.object("redaction", notNull); ok {
			red.need("method")
			red.text("method", notNull)
			red.text("substitution", notNull)
		}
	}
	return o.members["spanDescriptionRules"]
}
