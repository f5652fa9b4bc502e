package project

import (
	"encoding/json"
	"slices"
)

// piiTypes are the rule types without parameters that are required (scrub 2.1).
var piiTypes = []string{
	"anything", "imei", "mac", "uuid", "email", "ip", "creditcard", "iban", "userpath", "pemkey", "url_auth", "us_ssn", "bearer", "password",
	"cookies",
}

// parsePII checks the form of piiConfig: members, rule types and selectors (scrub 2). A fault makes the whole config unreadable; regular
// expressions are none of it.
func parsePII(o *object) json.RawMessage {
	raw, ok := o.get("piiConfig", nullIsNo)
	if !ok {
		return nil
	}
	raw = section(raw)
	c := o.asObject("piiConfig", raw)
	if rules, ok := c.object("rules", notNull); ok {
		for id, raw := range rules.members {
			checkPIIRule(rules.asObject(id, raw))
		}
	}
	if vars, ok := c.object("vars", notNull); ok {
		vars.text("hashKey", nullIsNo)
	}
	if apps, ok := c.object("applications", notNull); ok {
		for selector, raw := range apps.members {
			if !validSelector(selector) {
				apps.fail("invalid value: string %q, expected a selector", selector)
			}
			for _, id := range apps.asList(selector, raw) {
				apps.asText(selector, id)
			}
		}
	}
	return raw
}

func checkPIIRule(r object) {
	r.need("type")
	kind, ok := r.text("type", notNull)
	if !ok {
		return
	}
	required := func(key string) {
		r.need(key)
		r.text(key, notNull)
	}
	switch kind {
	case "pattern":
		required("pattern")
		list, _ := r.list("replaceGroups", nullIsNo)
		for _, raw := range list {
			r.asUint("replaceGroups", raw, 8)
		}
	case "redact_pair", "redactPair":
		required("keyPattern")
	case "multiple":
		r.need("rules")
		r.texts("rules")
		r.boolean("hideInner")
	case "alias":
		required("rule")
		r.boolean("hideInner")
	default:
		if !slices.Contains(piiTypes, kind) {
			r.fail("unknown rule type %q", kind)
		}
	}
	if red, ok := r.object("redaction", notNull); ok {
		red.need("method")
		if method, _ := red.text("method", notNull); method == "replace" {
			red.text("text", notNull)
		}
	}
}
