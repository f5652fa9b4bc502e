package project

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// Options of the global config that weir reads (pipeline 3.8).
const (
	OptionSessionsEAPRollout = "relay.sessions-eap.rollout-rate"
	OptionSpanAllowedHosts   = "relay.span-normalization.allowed_hosts"
)

// optionTypes are the known options; a value of another type is left out, so that the default counts.
var optionTypes = map[string]func(json.RawMessage) bool{
	OptionSessionsEAPRollout:                     isFloat,
	OptionSpanAllowedHosts:                       isTexts,
	"relay.attachment-inline.limit":              isUint,
	"relay.upload-chunk.size":                    isUint,
	"relay.objectstore-attachments.sample-rate":  isFloat,
	"relay.endpoint-fetch-config.enabled":        isBool,
	"relay.metric-bucket-set-encodings":          anything,
	"relay.metric-bucket-distribution-encodings": anything,
}

// ParseGlobal reads the global config (pipeline 3.8). Faults in filters, options, aiModelMetadata and spanOpDefaults are isolated;
// in measurements and quotas they are errors. Quotas are not validated.
func ParseGlobal(b []byte) (*Global, error) {
	r := &reader{}
	o := parseRoot(r, b)
	g := &Global{Raw: bytes.Clone(b)}
	g.Measurements = parseMeasurements(&o)
	g.Quotas = parseQuotas(&o)
	if r.err != nil {
		return nil, fmt.Errorf("parse global config: %w", r.err)
	}
	g.GenericFilters, g.FiltersBroken = isolated(&o, func(o *object) *GenericFilters { return parseGeneric(o, "filters") }, "filters")
	g.SpanOpDefaults, _ = isolated(&o, parseSpanOps, "spanOpDefaults")
	g.AIModels, _ = isolated(&o, func(o *object) json.RawMessage {
		o.object("aiModelMetadata", notNull)
		return o.members["aiModelMetadata"]
	}, "aiModelMetadata")
	g.Options, _ = isolated(&o, parseOptions, "options")
	return g, nil
}

// isolated reads one member with an error of its own: null and faults give the zero value.
func isolated[T any](o *object, parse func(*object) T, key string) (value T, broken bool) {
	raw, ok := o.members[key]
	if !ok || string(raw) == "null" {
		return value, false
	}
	own := object{node: node{r: &reader{}}, members: map[string]json.RawMessage{key: raw}}
	v := parse(&own)
	if own.r.err != nil {
		return value, true
	}
	return v, false
}

func parseSpanOps(o *object) json.RawMessage {
	s, _ := o.object("spanOpDefaults", notNull)
	rules, _ := s.list("rules", notNull)
	for _, raw := range rules {
		r := s.asObject("rules", raw)
		r.need("condition")
		r.need("value")
		r.text("value", notNull)
		if raw, ok := r.get("condition", notNull); ok {
			parseCondition(&r.node, "condition", raw)
		}
	}
	return o.members["spanOpDefaults"]
}

func parseOptions(o *object) map[string]json.RawMessage {
	s, _ := o.object("options", notNull)
	for key, value := range s.members {
		if fits := optionTypes[key]; fits != nil && !fits(value) {
			delete(s.members, key)
		}
	}
	return s.members
}

func isFloat(raw json.RawMessage) bool  { return isNumber(raw) }
func isBool(raw json.RawMessage) bool   { return string(raw) == "true" || string(raw) == "false" }
func anything(raw json.RawMessage) bool { return true }

func isUint(raw json.RawMessage) bool {
	_, err := strconv.ParseUint(string(raw), 10, 64)
	return err == nil
}

func isTexts(raw json.RawMessage) bool {
	n := node{r: &reader{}}
	for _, s := range n.asList("", raw) {
		n.asText("", s)
	}
	return n.r.err == nil
}

// FloatOption returns a numeric option, 0 when it is not set.
func (g *Global) FloatOption(name string) float64 {
	f, _ := strconv.ParseFloat(string(g.Options[name]), 64)
	return f
}

// TextsOption returns a list of strings, nil when it is not set.
func (g *Global) TextsOption(name string) []string {
	var list []string
	if raw, ok := g.Options[name]; ok && json.Unmarshal(raw, &list) != nil {
		return nil
	}
	return list
}

// DefaultGlobal is the global config of a weir that stands alone.
func DefaultGlobal() *Global { return &Global{Raw: []byte("{}")} }

// Default is the state of a project without any settings: everything passes (proxy mode, tests).
func Default() *State {
	s := &State{Config: Config{AllowedDomains: []string{"*"}}}
	s.Config.graduate()
	s.Raw = s.AppendFull(nil, "")
	return s
}
