package scrub

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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

// object returns the members of an object by name; the last one of a name counts.
func object(raw json.RawMessage) (map[string]json.RawMessage, error) {
	list, err := members(raw)
	o := make(map[string]json.RawMessage, len(list))
	for _, m := range list {
		o[m.key] = m.raw
	}
	return o, err
}

// structure reads a structure: an object in which no known field stands twice, or the values of the known fields in order.
func structure(raw json.RawMessage, known ...string) (map[string]json.RawMessage, error) {
	if first(raw) != '[' {
		list, err := members(raw)
		if err != nil {
			return nil, err
		}
		return once(list, known...)
	}
	list, err := array(raw)
	if err == nil && len(list) > len(known) {
		err = fmt.Errorf("invalid length %d, expected at most %d elements", len(list), len(known))
	}
	o := make(map[string]json.RawMessage, len(list))
	for i, v := range list[:min(len(list), len(known))] {
		o[known[i]] = v
	}
	return o, err
}

// once returns members by name. Known fields may not stand twice.
func once(list []member, known ...string) (map[string]json.RawMessage, error) {
	o := make(map[string]json.RawMessage, len(list))
	for _, m := range list {
		if _, twice := o[m.key]; twice && slices.Contains(known, m.key) {
			return nil, fmt.Errorf("duplicate field `%s`", m.key)
		}
		o[m.key] = m.raw
	}
	return o, nil
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
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if rest := raw[d.InputOffset():]; first(rest) != 0 {
		return nil, errors.New("trailing characters")
	}
	return out, nil
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
