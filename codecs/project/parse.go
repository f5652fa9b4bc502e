package project

import (
	"bytes"
	"fmt"
	"net/url"

	"weir/codecs/dsn"
)

// Parse reads a project state (pipeline 3.1). The error says where the text departs from the contract; such a state counts as
// Pending. Faults that the contract isolates (sampling, invalid quotas, patterns and addresses) are no error.
func Parse(b []byte) (*State, error) {
	r := &reader{}
	o := parseRoot(r, b)
	s := &State{Raw: bytes.Clone(b)}
	s.Disabled = o.boolean("disabled")
	if n, ok := o.uint("projectId", 64, nullIsNo); ok {
		s.Project, s.HasProject = dsn.ProjectID(n), true
	}
	s.LastChange, _ = o.timestamp("lastChange", nullIsNo)
	s.Rev, s.HasRev = o.text("rev", nullIsNo)
	s.Slug, s.HasSlug = o.text("slug", nullIsNo)
	if n, ok := o.uint("organizationId", 64, nullIsNo); ok {
		s.Org, s.HasOrg = dsn.OrgID(n), true
	}
	s.Upstream = parseUpstream(&o)
	s.Keys = parseKeys(&o)
	config, ok := o.section("config", notNull)
	if !ok {
		config = object{node: o.child("config")}
	}
	s.Config = parseConfig(&config)
	s.Config.Quotas, s.InvalidQuota = validQuotas(s.Config.Quotas)
	if r.err != nil {
		return nil, fmt.Errorf("parse project state: %w", r.err)
	}
	s.Config.graduate()
	return s, nil
}

func parseUpstream(o *object) string {
	text, ok := o.text("upstream", nullIsNo)
	if !ok {
		return ""
	}
	if u, err := url.Parse(text); err != nil || u.Scheme == "" || u.Host == "" {
		o.fail("upstream: %q is no URL", text)
	}
	return text
}

func parseKeys(o *object) []Key {
	list, _ := o.list("publicKeys", notNull)
	var keys []Key
	for _, raw := range list {
		k := o.asObject("publicKeys", raw)
		k.need("publicKey")
		text, _ := k.text("publicKey", notNull)
		key, err := dsn.ParsePublicKey(text)
		if err != nil {
			k.fail("publicKey: %w", err)
		}
		id, numbered := k.uint("numericId", 64, nullIsNo)
		keys = append(keys, Key{Public: key, Numeric: dsn.KeyID(id), HasNumeric: numbered})
	}
	return keys
}

// Status is Enabled or Disabled: a state that could be read is never Pending.
func (s *State) Status() Status {
	if s.Disabled {
		return Disabled
	}
	return Enabled
}
