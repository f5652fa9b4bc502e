package files

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"weir/codecs/dsn"
	"weir/codecs/project"
)

// Split makes the states of one file: every entry of publicKeys gets a state of its own, with that entry first and alone,
// because only the first entry is used (pipeline 3.1). A missing projectId is taken from the file's name without
// extension when that is a number. The states are compact JSON.
func Split(stem string, content []byte) (map[dsn.PublicKey][]byte, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(content, &members); err != nil {
		return nil, fmt.Errorf("not a JSON object: %w", err)
	}
	if raw, ok := members["projectId"]; !ok || string(raw) == "null" {
		if id, err := dsn.ParseProjectID(stem); err == nil {
			members["projectId"] = json.RawMessage(id.String())
		}
	}
	var keys []json.RawMessage
	if raw, ok := members["publicKeys"]; ok {
		if err := json.Unmarshal(raw, &keys); err != nil {
			return nil, fmt.Errorf("publicKeys: %w", err)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("publicKeys is empty: no DSN leads to this project")
	}
	states := make(map[dsn.PublicKey][]byte, len(keys))
	for i, k := range keys {
		members["publicKeys"] = append(append(json.RawMessage{'['}, k...), ']')
		state, err := compact(members)
		if err != nil {
			return nil, err
		}
		parsed, err := project.Parse(state)
		if err != nil {
			return nil, err
		}
		if len(parsed.Keys) == 0 {
			return nil, fmt.Errorf("publicKeys: entry %d has no key", i)
		}
		states[parsed.Keys[0].Public] = state
	}
	return states, nil
}

func compact(members map[string]json.RawMessage) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(members); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
