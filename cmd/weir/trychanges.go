package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/valyala/fastjson"
)

// change is one difference between two documents.
type change struct {
	Path   string          `json:"path"`
	Before json.RawMessage `json:"before,omitempty"` // nil: was not there
	After  json.RawMessage `json:"after,omitempty"`  // nil: is gone
}

// changesOf lists what differs from one JSON document to another, by path. A document that is no JSON has no changes.
func changesOf(before, after []byte) []change {
	var p, q fastjson.Parser
	a, err := p.ParseBytes(before)
	if err != nil {
		return nil
	}
	b, err := q.ParseBytes(after)
	if err != nil {
		return nil
	}
	var list []change
	compareValues("", a, b, &list)
	return list
}

func compareValues(path string, a, b *fastjson.Value, list *[]change) {
	switch {
	case a.Type() == fastjson.TypeObject && b.Type() == fastjson.TypeObject:
		x, y := a.GetObject(), b.GetObject()
		names := []string{}
		collect := func(k []byte, _ *fastjson.Value) { names = append(names, string(k)) }
		x.Visit(collect)
		y.Visit(collect)
		slices.Sort(names)
		for _, k := range slices.Compact(names) {
			compareMembers(path+pathStep(k), x.Get(k), y.Get(k), list)
		}
	case a.Type() == fastjson.TypeArray && b.Type() == fastjson.TypeArray && len(a.GetArray()) == len(b.GetArray()):
		y := b.GetArray()
		for i, v := range a.GetArray() {
			compareValues(path+"["+strconv.Itoa(i)+"]", v, y[i], list)
		}
	case a.Type() == fastjson.TypeString && b.Type() == fastjson.TypeString && bytes.Equal(a.GetStringBytes(), b.GetStringBytes()):
	default:
		x, y := a.MarshalTo(nil), b.MarshalTo(nil)
		if string(x) != string(y) {
			*list = append(*list, change{orRoot(path), x, y})
		}
	}
}

func compareMembers(path string, a, b *fastjson.Value, list *[]change) {
	switch {
	case a == nil:
		*list = append(*list, change{Path: path, After: b.MarshalTo(nil)})
	case b == nil:
		*list = append(*list, change{Path: path, Before: a.MarshalTo(nil)})
	default:
		compareValues(path, a, b, list)
	}
}

func orRoot(path string) string {
	if path == "" {
		return "."
	}
	return path
}

// pathStep is a member name in the notation of jq.
func pathStep(name string) string {
	for i := range len(name) {
		if c := name[i]; c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return fmt.Sprintf("[%q]", name)
		}
	}
	if name == "" {
		return `[""]`
	}
	return "." + name
}

// maxShown is how long a value may be in a line of changes.
const maxShown = 60

// shown shortens a value for a line.
func shown(v json.RawMessage) string {
	s := printable(strings.TrimSpace(string(v)))
	if len([]rune(s)) <= maxShown {
		return s
	}
	return string([]rune(s)[:maxShown-1]) + "…"
}
