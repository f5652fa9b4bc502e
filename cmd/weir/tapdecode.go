package main

import (
	"encoding/json"
	"fmt"
)

// decodeMessage reads a message of an operator's topic for people: JSON as it is, msgpack as objects with JSON payloads opened. What is
// neither (protobuf) comes back as bytes.
func decodeMessage(b []byte) (any, error) {
	if len(b) > 0 && (b[0] == '{' || b[0] == '[') && json.Valid(b) {
		return json.RawMessage(b), nil
	}
	if len(b) == 0 || b[0]&0xF0 != 0x80 && b[0] != 0xDE && b[0] != 0xDF { // every msgpack message is a map
		return b, nil
	}
	v, err := unpackMessage(b)
	if err != nil {
		return b, fmt.Errorf("decode message: %w", err)
	}
	return opened(v), nil
}

// opened replaces byte strings that hold JSON by what they hold.
func opened(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			v[k] = opened(x)
		}
	case []any:
		for i, x := range v {
			v[i] = opened(x)
		}
	case []byte:
		if doc, ok := asDocument(v); ok {
			return doc
		}
	}
	return v
}

// asDocument returns b as JSON if it is an object or an array.
func asDocument(b []byte) (json.RawMessage, bool) {
	if len(b) > 0 && (b[0] == '{' || b[0] == '[') && json.Valid(b) {
		return json.RawMessage(b), true
	}
	return nil, false
}
