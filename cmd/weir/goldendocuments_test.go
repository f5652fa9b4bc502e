package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"weir/cmd/weir/corpus"
	"weir/codecs/document"
	"weir/codecs/project"
	"weir/processors/chain"
	"weir/topologies/pipeline"
)

// TestDocuments writes what comes of every captured request as documents (weir.output.format: json) and holds each to its schema.
func TestDocuments(t *testing.T) {
	b := newBench(t, "default")
	b.topics = pipeline.NewTopics(nil, producerLimits)
	documents := pipeline.NewTopics(nil, producerLimits)
	documents.Documents = true
	seen := map[string]int{}
	for _, r := range corpus.All() {
		b.send(t, r)
		for _, rec := range b.records {
			in := chain.Input{Record: rec, Status: project.Enabled, State: b.state, Global: &project.Global{}, Now: goldenClock}
			plain := pipeline.RunChain(t.Context(), b.chain, in)
			res := pipeline.RunChain(t.Context(), b.chain, in)
			out, oversized := documents.Deliver(&res, rec)
			if oversized > 0 || len(out) != len(plain.Messages) {
				t.Fatalf("%s: %d documents of %d messages, %d refused", r.Name, len(out), len(plain.Messages), oversized)
			}
			for i := range out {
				m := &plain.Messages[i]
				if string(out[i].Key) != string(m.Key[:]) || len(out[i].Headers) != len(m.Headers) || out[i].Topic != m.Topic.DefaultName() {
					t.Errorf("%s: key, headers or topic differ", r.Name)
				}
				kind, faults := checkDocument(t, out[i].Value)
				if len(faults) > 0 {
					t.Errorf("%s: %v\n%.2000s", r.Name, faults, out[i].Value)
				}
				seen[kind]++
			}
		}
	}
	t.Log(seen)
	for _, kind := range []string{"event", "attachment", "attachment_chunk", "user_report", "check_in", "session_metric", "replay_recording_not_chunked", "profile_chunk", "span", "log", "trace_metric"} {
		if seen[kind] == 0 {
			t.Errorf("no document of type %s", kind)
		}
	}
}

// checkDocument validates a document by the schema of its type.
func checkDocument(t *testing.T, b []byte) (kind string, faults []string) {
	t.Helper()
	v, ok := decodeGolden(b).(map[string]any)
	if !ok {
		return "", []string{"no JSON object"}
	}
	kind, _ = v["type"].(string)
	if !slices.Contains(document.AllTypes, kind) {
		return kind, []string{"type " + kind}
	}
	validate("", schemaOf(t, kind), v, &faults)
	return kind, faults
}

var schemas = map[string]map[string]any{}

func schemaOf(t *testing.T, kind string) map[string]any {
	t.Helper()
	if schemas[kind] == nil {
		text, err := document.Schemas.ReadFile("schema/" + kind + ".json")
		if err != nil {
			t.Fatal(err)
		}
		schemas[kind], _ = decodeGolden(text).(map[string]any)
	}
	return schemas[kind]
}

// known are the keywords that validate understands; a schema with others fails.
var knownKeywords = map[string]bool{"$schema": true, "$id": true, "title": true, "description": true, "contentEncoding": true, "type": true, "properties": true,
	"required": true, "additionalProperties": true, "items": true, "enum": true, "const": true, "anyOf": true, "pattern": true}

// validate is as much of JSON Schema as the files use.
func validate(path string, schema map[string]any, v any, faults *[]string) {
	fault := func(what string) { *faults = append(*faults, path+": "+what) }
	for k := range schema {
		if !knownKeywords[k] {
			fault("keyword " + k)
		}
	}
	if want, ok := schema["const"]; ok && !reflect.DeepEqual(want, v) {
		fault(fmt.Sprintf("%v is not %v", v, want))
	}
	if list, ok := schema["enum"].([]any); ok && !slices.Contains(list, v) {
		fault(fmt.Sprintf("%v is none of %v", v, list))
	}
	if list, ok := schema["anyOf"].([]any); ok && !slices.ContainsFunc(list, func(s any) bool {
		var inner []string
		validate(path, s.(map[string]any), v, &inner)
		return len(inner) == 0
	}) {
		fault("fits none of the alternatives")
	}
	if kind, ok := schema["type"].(string); ok && !isOfType(kind, v) {
		fault(fmt.Sprintf("%.60v is no %s", v, kind))
		return
	}
	if pattern, ok := schema["pattern"].(string); ok && !regexp.MustCompile(pattern).MatchString(fmt.Sprint(v)) {
		fault(fmt.Sprintf("%v does not match %s", v, pattern))
	}
	if items, ok := schema["items"].(map[string]any); ok {
		for i, x := range v.([]any) {
			validate(fmt.Sprintf("%s[%d]", path, i), items, x, faults)
		}
	}
	members, _ := v.(map[string]any)
	properties, _ := schema["properties"].(map[string]any)
	for k, x := range members {
		if s, ok := properties[k].(map[string]any); ok {
			validate(path+"."+k, s, x, faults)
		} else if schema["additionalProperties"] == false {
			fault("unknown member " + k)
		}
	}
	for _, k := range asList(schema["required"]) {
		if _, ok := members[k.(string)]; !ok {
			fault("no member " + k.(string))
		}
	}
}

func asList(v any) []any {
	list, _ := v.([]any)
	return list
}

func isOfType(kind string, v any) bool {
	switch kind {
	case "object":
		_, ok := v.(map[string]any)
		return ok
	case "array":
		_, ok := v.([]any)
		return ok
	case "string":
		_, ok := v.(string)
		return ok
	case "boolean":
		_, ok := v.(bool)
		return ok
	case "null":
		return v == nil
	case "integer":
		n, ok := v.(json.Number)
		_, err := n.Int64()
		return ok && err == nil
	case "number":
		_, ok := v.(json.Number)
		return ok
	}
	return false
}

// Every type has a schema, which says its name and the facts of envelopes.
func TestSchemas(t *testing.T) {
	facts := schemaOf(t, "event")["properties"].(map[string]any)
	for _, kind := range document.AllTypes {
		s := schemaOf(t, kind)
		properties, _ := s["properties"].(map[string]any)
		if s["title"] != kind || !reflect.DeepEqual(properties["trail"], facts["trail"]) || properties["item"] == nil || s["description"] == "" {
			t.Errorf("schema of %s", kind)
		}
	}
}
