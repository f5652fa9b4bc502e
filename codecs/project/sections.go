package project

import (
	"encoding/base64"
	"encoding/json"
)

func parseTrustedRelays(o *object) []string {
	list, _ := o.texts("trustedRelays")
	for _, s := range list {
		if b, err := base64.RawURLEncoding.Strict().DecodeString(s); err != nil || len(b) != 32 {
			o.fail("trustedRelays: %q is no Ed25519 public key", s)
		}
	}
	return list
}

// parsePII checks the form of piiConfig.
func parsePII(o *object) json.RawMessage {
	raw, ok := o.get("piiConfig", nullIsNo)
	if !ok {
		return nil
	}
	o.asObject("piiConfig", raw)
	return raw
}

// parseSampling isolates its faults: a broken object means that everything is kept (pipeline 3.2).
func parseSampling(o *object) json.RawMessage {
	raw, ok := o.get("sampling", nullIsNo)
	if !ok {
		raw, ok = o.get("dynamicSampling", nullIsNo)
	}
	if !ok {
		return nil
	}
	return raw
}

func parseBreakdowns(o *object) json.RawMessage {
	raw, ok := o.get("breakdownsV2", nullIsNo)
	if !ok {
		return nil
	}
	o.asObject("breakdownsV2", raw)
	return raw
}

func parsePerformanceScore(o *object) json.RawMessage {
	raw, ok := o.get("performanceScore", nullIsNo)
	if !ok {
		return nil
	}
	o.asObject("performanceScore", raw)
	return raw
}
