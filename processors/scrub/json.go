package scrub

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// The readers of this file are strict where encoding/json is not: keys are case-sensitive and null is no value of any type.

type member struct {
	key string
	raw json.RawMessage
}

func expected(what string, raw json.RawMessage) error {
	if len(raw) > 40 {
		raw = append(raw[:40:40], "..."...)
	}
	return fmt.Errorf("invalid type: %s, expected %s", raw, what)
}

func first(raw json.RawMessage) byte {
	if raw = bytes.TrimLeft(raw, " \t\r\n"); len(raw) == 0 {
		return 0
	}
	return raw[0]
}

func object(raw json.RawMessage) (map[string]json.RawMessage, error) {
	if first(raw) != '{' {
		return nil, expected("a map", raw)
	}
	var o map[string]json.RawMessage
	err := json.Unmarshal(raw, &o)
	return o, err
}

// members returns the members of an object in order; a key that stands twice is there twice.
func members(raw json.RawMessage) ([]member, error) {
	if first(raw) != '{' {
		return nil, expected("a map", raw)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	var out []member
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		m := member{key: key.(string)}
		if err := d.Decode(&m.raw); err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	_, err := d.Token()
	return out, err
}

func array(raw json.RawMessage) ([]json.RawMessage, error) {
	if first(raw) != '[' {
		return nil, expected("a sequence", raw)
	}
	var list []json.RawMessage
	err := json.Unmarshal(raw, &list)
	return list, err
}

func text(raw json.RawMessage) (s string, err error) {
	if first(raw) != '"' {
		return "", expected("a string", raw)
	}
	err = json.Unmarshal(raw, &s)
	return s, err
}

func texts(raw json.RawMessage) ([]string, error) {
	list, err := array(raw)
	if err != nil {
		return nil, err
	}
	out := make([]string, 0, len(list))
	for _, raw := range list {
		s, err := text(raw)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func boolean(raw json.RawMessage) (b bool, err error) {
	if c := first(raw); c != 't' && c != 'f' {
		return false, expected("a boolean", raw)
	}
	err = json.Unmarshal(raw, &b)
	return b, err
}

func need[T any](o map[string]json.RawMessage, key string, read func(json.RawMessage) (T, error)) (v T, err error) {
	raw, ok := o[key]
	if !ok {
		return v, fmt.Errorf("missing field `%s`", key)
	}
	if v, err = read(raw); err != nil {
		err = fmt.Errorf("%s: %w", key, err)
	}
	return v, err
}
