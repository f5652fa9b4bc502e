package main

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/vmihailenco/msgpack/v5"
)

// decodeMessage reads a message of an operator's topic for people: JSON as it is, msgpack as objects with JSON payloads opened. What is
// neither (protobuf) comes back as bytes.
func decodeMessage(b []byte) (any, error) {
	if len(b) > 0 && (b[0] == '{' || b[0] == '[') && json.Valid(b) {
		return json.RawMessage(b), nil
	}
	if len(b) == 0 || b[0]&0xF0 != 0x80 && b[0] != 0xDE { // every msgpack message is a map
		return b, nil
	}
	dec := msgpack.NewDecoder(bytes.NewReader(b))
	v, err := dec.DecodeInterface()
	if err == nil && dec.Buffered() != nil {
		if rest, _ := io.ReadAll(dec.Buffered()); len(rest) > 0 {
			err = fmt.Errorf("%d bytes behind the message", len(rest))
		}
	}
	if err != nil {
		return b, fmt.Errorf("decode message: %w", err)
	}
	return opened(v), nil
}

// opened replaces byte strings that hold JSON, plain or compressed, by what they hold.
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

// maxInflated bounds what a compressed part of a message may become when it is shown.
const maxInflated = 16 << 20

// inflated opens zlib text.
func inflated(b []byte) ([]byte, error) {
	r, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	out, err := io.ReadAll(io.LimitReader(r, maxInflated+1))
	if err == nil && len(out) > maxInflated {
		err = errors.New("too large")
	}
	return out, err
}

// messageField returns a byte string or text member of a msgpack map, nil when there is none.
func messageField(b []byte, name string) []byte {
	dec := msgpack.NewDecoder(bytes.NewReader(b))
	n, err := dec.DecodeMapLen()
	for ; err == nil && n > 0; n-- {
		var key string
		if key, err = dec.DecodeString(); err != nil {
			return nil
		}
		if key == name {
			out, err := dec.DecodeBytes()
			if err != nil {
				return nil
			}
			return out
		}
		err = dec.Skip()
	}
	return nil
}
