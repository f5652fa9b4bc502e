package scrub

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"weir/codecs/jsontext"
	"weir/codecs/project"
	"weir/processors/scrub/dialect"
	"weir/processors/scrub/selector"
)

// Problem is one fault of a PII config, or of data scrubbing settings, as an administrator wants it told (scrub 2.3).
type Problem struct {
	// Rule is the id of the rule or the text of the selector that it is about, "" for the config as a whole.
	Rule string
	// Path leads to the fault within the config: member names, joined by dots ("rules.a.pattern", "applications.$string").
	Path string
	// Offset is where the value at Path begins in the text of the PII config, in bytes; -1 for settings.
	Offset int
	Text   string
	// Warning: everything is read as it should be, but something in it does nothing. Else the project config is unreadable, or
	// the rule does not run.
	Warning bool
}

func (p Problem) String() string { return p.Path + ": " + p.Text }

// Problems checks a PII config (nil or null: none) and data scrubbing settings. It finds what makes the config unreadable,
// patterns that do not compile, and rules and selectors that can never match anything. Errors come first, each in the
// order of the text.
func Problems(pii json.RawMessage, settings project.Scrubbing) []Problem {
	c := checker{raw: pii}
	if trimmed := bytes.TrimSpace(pii); len(trimmed) > 0 && string(trimmed) != "null" {
		c.config()
	}
	c.settings(settings)
	slices.SortStableFunc(c.found, func(a, b Problem) int {
		if a.Warning != b.Warning {
			return index(a.Warning) - index(b.Warning)
		}
		return a.Offset - b.Offset
	})
	return c.found
}

type checker struct {
	raw   json.RawMessage
	found []Problem
}

func (c *checker) add(warning bool, rule, text string, path ...string) {
	c.found = append(c.found, Problem{rule, strings.Join(path, "."), locate(c.raw, path), text, warning})
}

// config reads the parts of a config one by one, so that one fault does not hide the others.
func (c *checker) config() {
	o, err := structure(c.raw, configFields...)
	if err != nil {
		c.add(false, "", err.Error())
		return
	}
	cfg := &config{rules: make(map[string]*rule)}
	if raw, ok := o["rules"]; ok {
		c.rules(raw, cfg)
	}
	if raw, ok := o["vars"]; ok {
		if _, err := readVars(raw); err != nil {
			c.add(false, "", err.Error(), "vars")
		}
	}
	if raw, ok := o["applications"]; ok {
		c.applications(raw, cfg)
	}
	if len(c.found) == 0 {
		c.patterns(cfg)
		c.useless(cfg)
	}
}

func (c *checker) rules(raw json.RawMessage, cfg *config) {
	o, err := object(raw)
	if err != nil {
		c.add(false, "", err.Error(), "rules")
	}
	for _, id := range slices.Sorted(maps.Keys(o)) {
		r, err := readRule(id, o[id])
		if err != nil {
			c.add(false, id, err.Error(), "rules", id)
			continue
		}
		cfg.rules[id] = r
	}
}

func (c *checker) applications(raw json.RawMessage, cfg *config) {
	list, err := members(raw)
	if err != nil {
		c.add(false, "", err.Error(), "applications")
	}
	at := make(map[string]string)
	for _, m := range list {
		e, err := selector.Parse(m.key)
		if err != nil {
			c.add(false, m.key, fmt.Sprintf("invalid value: string %q, expected a selector: %v", m.key, err), "applications", m.key)
			continue
		}
		ids, err := texts(m.raw)
		if err != nil {
			c.add(false, m.key, err.Error(), "applications", m.key)
			continue
		}
		if earlier, twice := at[e.String()]; twice {
			c.add(true, earlier, fmt.Sprintf("is the same selector as %q, whose rules are used instead", m.key), "applications", earlier)
		}
		at[e.String()] = m.key
		cfg.applications = append(cfg.applications, application{selector: e, rules: ids, text: m.key})
	}
}

// patterns compiles the patterns of all rules. Those of rules that no application reaches are no error (scrub 2.3).
func (c *checker) patterns(cfg *config) {
	used := make(map[*rule]bool)
	for _, a := range cfg.applications {
		for _, l := range cfg.resolve(a.rules) {
			used[l.rule] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(cfg.rules)) {
		r := cfg.rules[id]
		key := map[kind]string{kindPattern: "pattern", kindRedactPair: "keyPattern"}[r.kind]
		if key == "" {
			continue
		}
		re, err := dialect.Compile(r.pattern, dialect.Options{})
		if err != nil {
			c.add(!used[r], id, err.Error(), "rules", id, key)
			continue
		}
		c.groups(r, re)
		if re.Never() {
			c.add(true, id, "the pattern can never match", "rules", id, key)
		}
	}
}

// groups tells of groups to replace that the pattern does not have.
func (c *checker) groups(r *rule, re *dialect.Regexp) {
	if r.kind != kindPattern {
		return
	}
	for _, g := range r.groups {
		if int(g) > re.Groups() {
			c.add(true, r.id, fmt.Sprintf("the pattern has no group %d: there is nothing to replace", g), "rules", r.id, "replaceGroups")
		}
	}
	if len(r.groups) == 0 {
		c.add(true, r.id, "no group is to be replaced: the rule never changes anything", "rules", r.id, "replaceGroups")
	}
}

// settings tells of data scrubbing settings that have no effect (scrub 7.2).
func (c *checker) settings(s project.Scrubbing) {
	warn := func(key, text string) {
		c.found = append(c.found, Problem{Path: "datascrubbingSettings." + key, Offset: -1, Text: text, Warning: true})
	}
	if !s.ScrubData && s.ScrubDefaults {
		warn("scrubDefaults", "has no effect without scrubData")
	}
	if !s.ScrubData && len(s.SensitiveFields) > 0 {
		warn("sensitiveFields", "have no effect without scrubData")
	}
	if g := generate(s); len(s.ExcludeFields) > 0 && (g == nil || mainOf(g) == nil) {
		warn("excludeFields", "have no effect: there are no rules that they could keep from running")
	}
}

// mainOf returns the main application of a generated config, nil when it has none.
func mainOf(c *config) *application {
	for i := range c.applications {
		if c.applications[i].main {
			return &c.applications[i]
		}
	}
	return nil
}

// locate returns the offset of the value that a path of member names leads to, or of the innermost one that there is.
func locate(raw []byte, path []string) int {
	at := jsontext.SkipSpace(raw, 0)
next:
	for _, name := range path {
		found := -1
		r := jsontext.NewReader(raw, at)
		for ok := r.Object(); ok && r.More(); {
			same := string(r.Key()) == name
			if value := r.Value(); value != nil && same { // the last one counts
				found = r.Pos() - len(value)
			}
		}
		if found < 0 {
			break next
		}
		at = found
	}
	return at
}
