package project

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// ParseGlobal reads the global config (pipeline 3.8). Faults in filters, options, aiModelMetadata and spanOpDefaults are isolated;
// in measurements and quotas they are errors.
func ParseGlobal(b []byte) (*Global, error) {
	r := &reader{}
	o := parseRoot(r, b)
	g := &Global{Raw: bytes.Clone(b)}
	g.Measurements = parseMeasurements(&o)
	g.Quotas = parseQuotas(&o)
	g.GenericFilters = parseGlobalFilters(&o)
	g.SpanOpDefaults, _ = o.get("spanOpDefaults", nullIsNo)
	if raw, ok := o.members["options"]; ok && json.Unmarshal(raw, &g.Options) != nil {
		g.Options = nil
	}
	if r.err != nil {
		return nil, fmt.Errorf("parse global config: %w", r.err)
	}
	return g, nil
}

// DefaultGlobal is the global config of a weir that stands alone.
func DefaultGlobal() *Global { return &Global{Raw: []byte("{}")} }

// Default is the state of a project without any settings: everything passes (proxy mode, tests).
func Default() *State {
	s := &State{Raw: []byte("{}"), Config: Config{AllowedDomains: []string{"*"}}}
	s.Config.graduate()
	return s
}

func parseGlobalFilters(o *object) json.RawMessage {
	own := object{node: node{r: &reader{}}, members: o.members}
	raw := parseGeneric(&own, "filters")
	if own.r.err != nil {
		return nil
	}
	return raw
}
