package upstream

import (
	"context"
	"encoding/json"
	"fmt"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/signature"
	"weir/edge"
)

// Answer is what the upstream says about a set of keys (edge 12.5). A key in none of the lists does not exist, or is not
// ours to see.
type Answer struct {
	Configs   map[dsn.PublicKey]json.RawMessage // states as received; nil for a key that the upstream gave as null
	Pending   []dsn.PublicKey
	Unchanged []dsn.PublicKey
}

type configsRequest struct {
	PublicKeys []dsn.PublicKey `json:"publicKeys"`
	Revisions  []*string       `json:"revisions"`
	FullConfig bool            `json:"fullConfig"`
	NoCache    bool            `json:"noCache"`
}

const pathConfigs = "/api/0/relays/projectconfigs/?version=3"

// ProjectConfigs asks for keys in one request (edge 12.5, pipeline 3.6). revisions has the known revision of each key, nil for
// none, in the same order. full asks for what only internal relays get.
func (c *Client) ProjectConfigs(ctx context.Context, keys []dsn.PublicKey, revisions []*string, full bool) (Answer, error) {
	if len(keys) != len(revisions) {
		return Answer{}, fmt.Errorf("project configs: %d keys with %d revisions", len(keys), len(revisions))
	}
	var a struct {
		Configs            map[string]json.RawMessage
		Pending, Unchanged []string
	}
	if err := c.query(ctx, pathConfigs, configsRequest{PublicKeys: keys, Revisions: revisions, FullConfig: full}, &a); err != nil {
		return Answer{}, fmt.Errorf("project configs: %w", err)
	}
	out := Answer{Configs: make(map[dsn.PublicKey]json.RawMessage, len(a.Configs))}
	var err error
	for text, state := range a.Configs {
		key, err := dsn.ParsePublicKey(text)
		if err != nil { // the answer as a whole cannot be trusted
			return Answer{}, fmt.Errorf("project configs: the answer: key %q: %w", text, err)
		}
		if string(state) == "null" {
			state = nil
		}
		out.Configs[key] = state
	}
	if out.Pending, err = parseKeys(a.Pending); err != nil {
		return Answer{}, err
	}
	out.Unchanged, err = parseKeys(a.Unchanged)
	return out, err
}

func parseKeys(texts []string) ([]dsn.PublicKey, error) {
	var keys []dsn.PublicKey
	for _, text := range texts {
		key, err := dsn.ParsePublicKey(text)
		if err != nil {
			return nil, fmt.Errorf("project configs: the answer: key %q: %w", text, err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// Global asks for the global config. ok is false while the upstream itself has none (edge 12.5, pipeline 3.8).
func (c *Client) Global(ctx context.Context) (state []byte, ok bool, err error) {
	var a struct {
		Global json.RawMessage
		Status *string `json:"globalStatus"`
	}
	in := struct {
		Global     bool     `json:"global"`
		PublicKeys []string `json:"publicKeys"`
	}{true, []string{}}
	if err := c.query(ctx, pathConfigs, in, &a); err != nil {
		return nil, false, fmt.Errorf("global config: %w", err)
	}
	switch {
	case a.Status != nil && *a.Status != "ready":
		return nil, false, nil
	case len(a.Global) == 0 || string(a.Global) == "null":
		return nil, false, fmt.Errorf("global config: the answer has none")
	}
	return a.Global, true, nil
}

// PublicKeys asks for the keys of relays (edge 12.6). Relays that the upstream does not know, or whose key cannot be read, are not
// in the answer.
func (c *Client) PublicKeys(ctx context.Context, ids []envelope.EventID) (map[envelope.EventID]edge.Relay, error) {
	in := struct {
		IDs []string `json:"relay_ids"`
	}{make([]string, len(ids))}
	for i, id := range ids {
		in.IDs[i] = id.Hyphenated()
	}
	var a struct {
		Relays map[string]*struct {
			PublicKey string
			Internal  bool
		}
		Old map[string]*string `json:"public_keys"`
	}
	if err := c.query(ctx, "/api/0/relays/publickeys/", in, &a); err != nil {
		return nil, fmt.Errorf("public keys: %w", err)
	}
	out := map[envelope.EventID]edge.Relay{}
	add := func(id, key string, internal bool) {
		parsed, err := envelope.ParseEventID(id)
		if err != nil {
			return
		}
		if k, err := signature.ParsePublicKey(key); err == nil {
			out[parsed] = edge.Relay{Key: k, Internal: internal}
		}
	}
	for id, r := range a.Relays {
		if r != nil {
			add(id, r.PublicKey, r.Internal)
		}
	}
	if len(a.Relays) == 0 {
		for id, key := range a.Old {
			if key != nil {
				add(id, *key, false)
			}
		}
	}
	return out, nil
}
