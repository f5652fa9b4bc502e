package main

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"weir/codecs/ingest"
	"weir/topologies/kafka/producer"
)

// producerLimits takes messages of any size.
var producerLimits = producer.Config{}

// anything is what a recording says where two runs differed.
const anything = "<any>"

// volatile are the values that depend on the clock or on chance.
var volatile = []*regexp.Regexp{
	regexp.MustCompile(`^\.(outcomes|outcomes-billing|ingest-metrics|profiles|ingest-replay-recordings|snuba-items|ingest-monitors)\[\d+\]\.key$`),
	regexp.MustCompile(`\.value\.(received|received_at|start_time|itemId)$`),
	regexp.MustCompile(`^\.(outcomes|outcomes-billing)\[\d+\]\.value\.timestamp$`),
	regexp.MustCompile(`\.attributes\.sentry\.observed_timestamp_nanos\.(stringValue|value)$`),
	regexp.MustCompile(`\.(id|attachment\.id)$`),
	regexp.MustCompile(`\.payload\.(received|nodestore_insert)$`),
	regexp.MustCompile(`server_time$`),
	regexp.MustCompile(`\.value\.timestamp$`),
}

func isVolatile(path string) bool {
	return slices.ContainsFunc(volatile, func(p *regexp.Regexp) bool { return p.MatchString(path) })
}

// keptHeaders are the response headers in the recordings.
var keptHeaders = []string{"content-type", "retry-after", "x-sentry-rate-limits", "x-sentry-error"}

// compareGolden lists what differs, a line for each value.
func compareGolden(want *recording, answer *httptest.ResponseRecorder, messages []goldenMessage) []string {
	d := &differ{}
	d.value(".status", json.Number(fmt.Sprint(want.Status)), json.Number(fmt.Sprint(answer.Code)))
	headers := map[string]any{}
	for _, name := range keptHeaders {
		if v := answer.Header().Get(name); v != "" {
			headers[name] = v
		}
	}
	expected := map[string]any{}
	for k, v := range want.Headers {
		expected[k] = v
	}
	d.value(".headers", expected, headers)
	d.value(".response", decodeGolden(responseText(want.Response)), decodeGolden(answer.Body.Bytes()))
	byTopic := func(list []goldenMessage) map[string][]goldenMessage {
		m := map[string][]goldenMessage{}
		for _, g := range list {
			m[g.Topic] = append(m[g.Topic], g)
		}
		for _, list := range m {
			slices.SortStableFunc(list, func(a, b goldenMessage) int { return strings.Compare(order(a.Value), order(b.Value)) })
		}
		return m
	}
	w, g := byTopic(want.Messages), byTopic(messages)
	for _, t := range ingest.AllTopics {
		topic := t.DefaultName()
		if len(w[topic]) != len(g[topic]) {
			d.add("."+topic, fmt.Sprintf("%d messages %v", len(w[topic]), w[topic]), fmt.Sprintf("%d %v", len(g[topic]), g[topic]))
			continue
		}
		for i := range w[topic] {
			at := fmt.Sprintf(".%s[%d]", topic, i)
			d.value(at+".key", w[topic][i].Key, g[topic][i].Key)
			d.value(at+".headers", fmt.Sprint(w[topic][i].Headers), fmt.Sprint(g[topic][i].Headers))
			d.value(at+".value", w[topic][i].Value, g[topic][i].Value)
		}
	}
	return d.list
}

// responseText is the body of a response: the recording has JSON bodies opened.
func responseText(raw json.RawMessage) []byte {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return []byte(text)
	}
	return raw
}

// decodeGolden reads JSON; what is none stays text.
func decodeGolden(b []byte) any {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil || d.More() {
		return string([]rune(string(b))) // bytes that are no text are written as U+FFFD
	}
	return v
}

// order sorts messages by everything that is not volatile.
func order(v any) string {
	var leaves []string
	walkLeaves(".value", v, func(path, leaf string) {
		if !isVolatile(path) {
			leaves = append(leaves, path+"="+leaf)
		}
	})
	slices.Sort(leaves)
	return strings.Join(leaves, "\n")
}

func walkLeaves(path string, v any, f func(path, leaf string)) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			walkLeaves(path+"."+k, x, f)
		}
	case []any:
		for i, x := range v {
			walkLeaves(fmt.Sprintf("%s[%d]", path, i), x, f)
		}
	case json.Number:
		f(path, numberText(v))
	default:
		f(path, fmt.Sprint(v))
	}
}

func numberText(n json.Number) string {
	if f, err := n.Float64(); err == nil {
		return fmt.Sprint(f)
	}
	return n.String()
}

type differ struct{ list []string }

func (d *differ) add(path string, want, got any) {
	if isVolatile(path) {
		return
	}
	line := fmt.Sprintf("%s\n  want %.300v\n  got  %.300v", path, want, got)
	d.list = append(d.list, line)
}

func (d *differ) value(path string, want, got any) {
	if want == anything && got != nil {
		return
	}
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			d.add(path, want, got)
			return
		}
		for k, x := range w {
			y, ok := g[k]
			if !ok {
				d.add(path+"."+k, x, "(absent)")
				continue
			}
			d.value(path+"."+k, x, y)
		}
		for k, y := range g {
			if _, ok := w[k]; !ok {
				d.add(path+"."+k, "(absent)", y)
			}
		}
	case []any:
		g, ok := got.([]any)
		if !ok || len(w) != len(g) {
			d.add(path, want, got)
			return
		}
		for i := range w {
			d.value(fmt.Sprintf("%s[%d]", path, i), w[i], g[i])
		}
	case json.Number:
		g, ok := got.(json.Number)
		a, err1 := w.Float64()
		b, err2 := g.Float64()
		if !ok || err1 != nil || err2 != nil || math.Abs(a-b) > 1e-12*max(1, math.Abs(a), math.Abs(b)) {
			d.add(path, want, got)
		}
	default:
		if want != got {
			d.add(path, want, got)
		}
	}
}

// goldenValue opens a message as the recordings have it: msgpack and JSON as JSON, byte strings that hold JSON opened, others as length
// and hash, trace items with the names of their protobuf.
func goldenValue(t testing.TB, topic ingest.Topic, b []byte) any {
	t.Helper()
	if topic == ingest.Items {
		v, err := openTraceItem(b)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if b[0] == '{' || b[0] == '[' {
		return decodeGolden(b)
	}
	v, err := unpackMessage(b)
	if err != nil {
		t.Fatal(err)
	}
	return tidy(v)
}

func tidy(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			v[k] = tidy(x)
		}
		return v
	case []any:
		for i, x := range v {
			v[i] = tidy(x)
		}
		return v
	case []byte:
		return openBytes(v)
	case nil, bool, string:
		return v
	}
	return json.Number(fmt.Sprint(v))
}

func openBytes(b []byte) any {
	head, rest, ok := bytes.Cut(b, []byte("\n"))
	if ok && len(rest) > 0 && rest[0] == 0x78 {
		if plain, err := unzlib(rest); err == nil {
			return map[string]any{"header": decodeGolden(head), "inflated": decodeGolden(plain)}
		}
	}
	if len(b) > 0 && b[0] == 0x78 {
		if plain, err := unzlib(b); err == nil {
			b = plain
		}
	}
	if v := decodeGolden(b); v != nil {
		switch v.(type) {
		case map[string]any, []any:
			return v
		}
	}
	return map[string]any{"bytes": json.Number(fmt.Sprint(len(b))), "sha256": fmt.Sprintf("%x", sha256.Sum256(b))}
}

func unzlib(b []byte) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
