package scrub

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"weir/processors/scrub/selector"
)

// config is a PII config: the JSON of scrub 2, or what data scrubbing settings turn into.
type config struct {
	rules        map[string]*rule
	hashKey      *string // accepted, without effect
	applications []application
}

// application applies rules to what a selector selects.
type application struct {
	selector *selector.Expr
	rules    []string
	text     string // the selector as it was written, for messages
	main     bool   // the main rules of data scrubbing settings
}

// ErrConfig is wrapped by every error of a PII config that makes the whole project config unreadable (scrub 2.3).
var ErrConfig = errors.New("invalid PII config")

// parseConfig reads a PII config. Absent or null JSON is no config.
func parseConfig(raw json.RawMessage) (*config, error) {
	if raw = bytes.TrimSpace(raw); len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	c, err := readConfig(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return c, nil
}

func readConfig(raw json.RawMessage) (*config, error) {
	c := new(config)
	o, err := structure(raw, configFields...)
	if err != nil {
		return nil, err
	}
	if raw, ok := o["rules"]; ok {
		if c.rules, err = readRules(raw); err != nil {
			return nil, fmt.Errorf("rules: %w", err)
		}
	}
	if raw, ok := o["vars"]; ok {
		if c.hashKey, err = readVars(raw); err != nil {
			return nil, fmt.Errorf("vars: %w", err)
		}
	}
	if raw, ok := o["applications"]; ok {
		if c.applications, err = readApplications(raw); err != nil {
			return nil, fmt.Errorf("applications: %w", err)
		}
	}
	return c, nil
}

// configFields are the fields of a PII config. Structures may also be written as lists of their fields' values, rules excepted.
var configFields = []string{"rules", "vars", "applications"}

func readRules(raw json.RawMessage) (map[string]*rule, error) {
	list, err := members(raw)
	if err != nil {
		return nil, err
	}
	rules := make(map[string]*rule, len(list))
	for _, m := range list {
		if rules[m.key], err = readRule(m.key, m.raw); err != nil {
			return nil, fmt.Errorf("%q: %w", m.key, err)
		}
	}
	return rules, nil
}

func readRule(id string, raw json.RawMessage) (*rule, error) {
	list, err := members(raw)
	if err != nil {
		return nil, err
	}
	o, err := once(list, "type", "redaction")
	if err != nil {
		return nil, err
	}
	r := &rule{id: id}
	if r.kind, err = need(o, "type", readKind); err != nil {
		return nil, err
	}
	if o, err = once(list, parameters[r.kind]...); err != nil {
		return nil, err
	}
	if err := r.parameters(o); err != nil {
		return nil, err
	}
	if raw, ok := o["redaction"]; ok {
		if r.redaction, err = readRedaction(raw); err != nil {
			return nil, fmt.Errorf("redaction: %w", err)
		}
	}
	return r, nil
}

// parameters are the fields that belong to the types of rules.
var parameters = map[kind][]string{
	kindPattern: {"pattern", "replaceGroups"}, kindRedactPair: {"keyPattern"}, kindMultiple: {"rules", "hideInner"}, kindAlias: {"rule", "hideInner"},
}

// readKind reads the type of a rule: its name, or its number in the list of types.
func readKind(raw json.RawMessage) (kind, error) {
	if n, err := strconv.ParseUint(string(raw), 10, 64); err == nil {
		if n < uint64(kindURLAuthLegacy) {
			return kind(n), nil
		}
		return 0, fmt.Errorf("invalid value: integer `%d`, expected variant index 0 <= i < %d", n, kindURLAuthLegacy)
	}
	name, err := text(raw)
	if err != nil {
		return 0, err
	}
	k, ok := kindByName(name)
	if !ok {
		err = fmt.Errorf("unknown variant `%s`", name)
	}
	return k, err
}

// parameters reads what belongs to the type of the rule.
func (r *rule) parameters(o map[string]json.RawMessage) (err error) {
	switch r.kind {
	case kindPattern:
		if r.pattern, err = need(o, "pattern", text); err == nil {
			r.groups, err = readGroups(o["replaceGroups"])
		}
	case kindRedactPair:
		r.pattern, err = need(o, "keyPattern", text)
	case kindMultiple:
		r.rules, err = need(o, "rules", texts)
	case kindAlias:
		var id string
		id, err = need(o, "rule", text)
		r.rules = []string{id}
	}
	if raw, ok := o["hideInner"]; ok && err == nil && (r.kind == kindMultiple || r.kind == kindAlias) {
		r.hideInner, err = boolean(raw)
	}
	return err
}

func readGroups(raw json.RawMessage) ([]uint8, error) {
	if raw == nil || string(raw) == "null" {
		return []uint8{0}, nil
	}
	list, err := array(raw)
	if err != nil {
		return nil, fmt.Errorf("replaceGroups: %w", err)
	}
	groups := make([]uint8, 0, len(list))
	for _, raw := range list {
		n, err := strconv.ParseUint(string(raw), 10, 8)
		if err != nil {
			return nil, fmt.Errorf("replaceGroups: invalid value %s, expected u8", raw)
		}
		groups = append(groups, uint8(n))
	}
	slices.Sort(groups)
	return slices.Compact(groups), nil
}

func readRedaction(raw json.RawMessage) (redaction, error) {
	o, err := structure(raw, "method", "text")
	if err != nil {
		return redaction{}, err
	}
	name, err := need(o, "method", text)
	if err != nil {
		return redaction{}, err
	}
	r := redaction{method: methodByName(name)}
	if r.method != methodReplace && first(raw) == '[' && len(o) > 1 {
		return r, errors.New("invalid length 1, expected 0 elements in sequence")
	}
	switch r.method {
	case methodUnknown:
		r.text = name
	case methodReplace:
		r.text = defaultText
		if raw, ok := o["text"]; ok {
			r.text, err = text(raw)
		}
	}
	return r, err
}

func readVars(raw json.RawMessage) (*string, error) {
	o, err := structure(raw, "hashKey")
	if err != nil {
		return nil, err
	}
	key, ok := o["hashKey"]
	if !ok || string(key) == "null" {
		return nil, nil
	}
	s, err := text(key)
	return &s, err
}

// readApplications reads the selectors and sorts them into the order in which they run (scrub 4.3). Of selectors with the
// same canonical text the last one wins.
func readApplications(raw json.RawMessage) ([]application, error) {
	members, err := members(raw)
	if err != nil {
		return nil, err
	}
	var apps []application
	at := make(map[string]int, len(members))
	for _, m := range members {
		e, err := selector.Parse(m.key)
		if err != nil {
			return nil, fmt.Errorf("invalid value: string %q, expected a selector: %w", m.key, err)
		}
		ids, err := texts(m.raw)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", m.key, err)
		}
		canonical := e.String()
		if i, ok := at[canonical]; ok {
			apps[i].rules = ids
			continue
		}
		at[canonical] = len(apps)
		apps = append(apps, application{selector: e, rules: ids, text: m.key})
	}
	return sortApplications(apps), nil
}

func sortApplications(apps []application) []application {
	slices.SortStableFunc(apps, func(a, b application) int { return selector.Compare(a.selector, b.selector) })
	return apps
}
