package edge_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"reflect"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/vmihailenco/msgpack/v5"
)

var placeholder = regexp.MustCompile(`\$([A-Z]+[0-9]?)`)

// fill replaces the names of a scenario; "$P" alone is a number.
func fill(v any, names map[string]string) any {
	switch v := v.(type) {
	case string:
		if v == "$P" {
			return json.Number(names["P"])
		}
		return placeholder.ReplaceAllStringFunc(v, func(m string) string {
			if value, ok := names[m[1:]]; ok {
				return value
			}
			return m
		})
	case map[string]any:
		out := map[string]any{}
		for k, x := range v {
			out[fmt.Sprint(fill(k, names))] = fill(x, names)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = fill(x, names)
		}
		return out
	}
	return v
}

// merge lays b over a.
func merge(a, b any) any {
	am, aok := a.(map[string]any)
	bm, bok := b.(map[string]any)
	if !aok || !bok {
		return b
	}
	out := map[string]any{}
	for k, v := range am {
		out[k] = v
	}
	for k, v := range bm {
		out[k] = merge(out[k], v)
	}
	return out
}

// build returns the bytes that a body description stands for.
func build(t testing.TB, spec any) []byte {
	switch v := spec.(type) {
	case nil:
		return nil
	case string:
		return []byte(v)
	case json.Number:
		return []byte(v.String())
	case []any:
		var out []byte
		for _, x := range v {
			out = append(out, build(t, x)...)
		}
		return out
	case map[string]any:
		if n, ok := v["times"]; ok {
			count, _ := n.(json.Number).Int64()
			return bytes.Repeat(build(t, v["repeat"]), int(count))
		}
		for kind, arg := range v {
			return buildOne(t, kind, arg)
		}
	}
	t.Fatalf("body %v", spec)
	return nil
}

func buildOne(t testing.TB, kind string, arg any) []byte {
	switch kind {
	case "hex":
		b, err := hex.DecodeString(arg.(string))
		if err != nil {
			t.Fatal(err)
		}
		return b
	case "b64":
		b, err := base64.StdEncoding.DecodeString(arg.(string))
		if err != nil {
			t.Fatal(err)
		}
		return b
	case "base64":
		return base64.StdEncoding.AppendEncode(nil, build(t, arg))
	case "urlquote":
		return []byte(strings.ReplaceAll(url.QueryEscape(string(build(t, arg))), "+", "%20"))
	case "msgpack":
		b, err := msgpack.Marshal(arg)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	key, _ := json.Marshal([]any{kind, arg})
	if b, ok := built[string(key)]; ok {
		return b
	}
	b := compressed(t, kind, build(t, arg))
	built[string(key)] = b
	return b
}

// built keeps compressed bodies: some stand for hundreds of megabytes.
var built = map[string][]byte{}

// prepared has what the tests compress in formats that only have a decoder here.
var prepared = map[string]string{
	"xz MDMP content":  "fd377a585a000004e6d6b4460200210116000000742fe5a301000b4d444d5020636f6e74656e74000a0f6d229a6ff1200001240ca618d8d81fb6f37d010000000004595a",
	"bz2 MDMP content": "425a68393141592653591be1152100000117804000040240000a018400200031064c410321ea243b6b4e23c5dc914e142406f8454840",
}

func compressed(t testing.TB, kind string, data []byte) []byte {
	if text, ok := prepared[kind+" "+string(data)]; ok {
		b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	var b bytes.Buffer
	var w io.WriteCloser
	switch kind {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "deflate":
		w = zlib.NewWriter(&b)
	case "br":
		w = brotli.NewWriter(&b)
	case "zstd":
		z, err := zstd.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		w = z
	default:
		t.Fatalf("cannot make %s", kind)
	}
	_, _ = w.Write(data)
	_ = w.Close()
	return b.Bytes()
}

// differs returns the first difference between an expectation and a value, or "".
func differs(want, got any, path string) string {
	if m, ok := want.(map[string]any); ok {
		for op, arg := range m {
			if strings.HasPrefix(op, "$") {
				if holds(op, arg, got, path) {
					return ""
				}
				return fmt.Sprintf("%s: want %s %v, got %.200v", path, op, arg, got)
			}
		}
		have, ok := got.(map[string]any)
		if !ok {
			return fmt.Sprintf("%s: want an object, got %.200v", path, got)
		}
		keys := make([]string, 0, len(m))
		for k := range m {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		for _, k := range keys {
			if d := differs(m[k], have[k], path+"."+k); d != "" {
				return d
			}
		}
		return ""
	}
	if list, ok := want.([]any); ok {
		have, ok := got.([]any)
		if !ok || len(have) != len(list) {
			return fmt.Sprintf("%s: want %v, got %.300v", path, want, got)
		}
		for i := range list {
			if d := differs(list[i], have[i], fmt.Sprintf("%s[%d]", path, i)); d != "" {
				return d
			}
		}
		return ""
	}
	if reflect.DeepEqual(want, got) || want != nil && got != nil && number(want) != "" && number(want) == number(got) {
		return ""
	}
	return fmt.Sprintf("%s: want %v, got %.300v", path, want, got)
}

func number(v any) string {
	switch v := v.(type) {
	case json.Number:
		return v.String()
	case int, int64, uint64, float64:
		return fmt.Sprint(v)
	}
	return ""
}

func holds(op string, arg, got any, path string) bool {
	text, isText := got.(string)
	if !isText {
		b, _ := json.Marshal(got)
		text = string(b)
	}
	switch op {
	case "$re":
		return got != nil && regexp.MustCompile("(?s)"+arg.(string)).MatchString(text)
	case "$in":
		for _, a := range arg.([]any) {
			if differs(a, got, path) == "" {
				return true
			}
		}
		return false
	case "$has":
		want := map[string]bool{}
		for _, a := range arg.([]any) {
			want[a.(string)] = true
		}
		have := map[string]bool{}
		for part := range strings.SplitSeq(text, ",") {
			have[strings.ToLower(strings.TrimSpace(part))] = true
		}
		return reflect.DeepEqual(want, have)
	case "$absent":
		return got == nil
	case "$some":
		list, _ := got.([]any)
		for _, g := range list {
			if differs(arg, g, path) == "" {
				return true
			}
		}
		return false
	case "$not":
		return differs(arg, got, path) != ""
	case "$between":
		n, err := strconv.ParseFloat(number(got), 64)
		bounds := arg.([]any)
		low, _ := bounds[0].(json.Number).Float64()
		high, _ := bounds[1].(json.Number).Float64()
		return err == nil && low <= n && n <= high
	}
	return false
}
