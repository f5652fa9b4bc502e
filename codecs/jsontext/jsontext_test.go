package jsontext_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"weir/codecs/jsontext"
)

func TestValid(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, s := range []string{
		`{}`, ` [] `, `{"a":[1,-0,1.5e-3,1E+2,true,false,null,"x\u00e9\ud83d\ude00\\\/\b\f\n\r\t\""]}`, `"é"`, `0`, `-1`, "[\n1\t,\r2 ]",
		deep(jsontext.MaxDepth), `1e308`, `1e-999`,
	} {
		if !jsontext.Valid([]byte(s)) {
			t.Errorf("%.60q is invalid", s)
		}
	}
	for _, s := range []string{
		``, ` `, `{`, `{]`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{1:1}`, `[1 2]`, `[1,]`, `[,1]`, `01`, `-`, `1.`, `.5`, `1e`, `+1`, `tru`, `nul`, `"a`, `"\x"`, `"\u12"`,
		`"\ud800"`, `"\udc00"`, `"\ud800\u0041"`, "\"\x01\"", "\"\xff\"", "\"\xed\xa0\x80\"", `1 1`, `NaN`, deep(jsontext.MaxDepth + 1), `1e999`, strings.Repeat("9", 400),
	} {
		if jsontext.Valid([]byte(s)) {
			t.Errorf("%.60q is valid", s)
		}
	}
}

func TestReader(t *testing.T) {
	src := []byte(` {"a" : 1 , "b\n":{"c":[2]},"a":"x"} rest`)
	r := jsontext.NewReader(src, 0)
	var got []string
	for ok := r.Object(); ok && r.More(); {
		got = append(got, string(r.Key())+"="+string(r.Value()))
	}
	if want := []string{"a=1", "b\n={\"c\":[2]}", `a="x"`}; r.Err() != nil || strings.Join(got, "|") != strings.Join(want, "|") {
		t.Fatalf("%q, %v", got, r.Err())
	}
	if string(src[r.Pos():]) != " rest" {
		t.Fatalf("position %d", r.Pos())
	}
	r = jsontext.NewReader([]byte(`[1,[2], "3"]`), 0)
	got = nil
	for ok := r.Array(); ok && r.More(); {
		got = append(got, string(r.Value()))
	}
	if r.Err() != nil || strings.Join(got, "|") != `1|[2]|"3"` {
		t.Fatalf("%q, %v", got, r.Err())
	}
	for _, bad := range []string{``, `[]`, `{"a":1`, `{"a":1,}`, `{"a"1}`, `{"a":x}`, `{"a":1 "b":2}`, `{1}`, `{,"a":1}`} {
		r := jsontext.NewReader([]byte(bad), 0)
		for ok := r.Object(); ok && r.More(); {
			r.Value()
		}
		if r.Err() == nil {
			t.Errorf("no error for %q", bad)
		}
	}
}

func TestNumbers(t *testing.T) {
	for in, want := range map[string]uint64{"0": 0, "18446744073709551615": math.MaxUint64, "42": 42} {
		if n, ok := jsontext.Uint([]byte(in)); !ok || n != want {
			t.Errorf("Uint(%s) = %d, %v", in, n, ok)
		}
	}
	for _, in := range []string{"", "18446744073709551616", "99999999999999999999", "-0", "-1", "1.0", "1e2", "null", `"1"`} {
		if n, ok := jsontext.Uint([]byte(in)); ok {
			t.Errorf("Uint(%s) = %d", in, n)
		}
	}
	if n, ok := jsontext.Int([]byte("-9223372036854775808")); !ok || n != math.MinInt64 {
		t.Error(n, ok)
	}
}

func TestAppendFloat(t *testing.T) {
	for want, f := range map[string]float64{
		"0.0": 0, "1.0": 1, "-1.5": -1.5, "21.0": 21, "1791462729.5": 1791462729.5, "1000000000000000.0": 1e15, "1e16": 1e16, "1.5e300": 1.5e300,
		"0.00001": 1e-5, "1e-6": 1e-6, "1.25e-7": 1.25e-7, "1e100": 1e100, "null": math.NaN(), "5e-324": 5e-324,
	} {
		if got := string(jsontext.AppendFloat(nil, f)); got != want {
			t.Errorf("AppendFloat(%v) = %s, want %s", f, got, want)
		}
	}
}

func TestAppendString(t *testing.T) {
	for in, want := range map[string]string{
		"": `""`, "a\"\\/": `"a\"\\/"`, "\b\f\n\r\t\x00\x1f\x7f": "\"\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\"", "é😀<>&\u2028": "\"é😀<>&\u2028\"", "a\xffb\xc3": "\"a\ufffdb\ufffd\"",
	} {
		if got := string(jsontext.AppendString(nil, in)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if got := string(jsontext.AppendString(nil, []byte(in))); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// FuzzReader compares with encoding/json: what a Reader accepts, it must accept with the same meaning, and it refuses more only where
// encoding/json is lenient (lone surrogates, bytes that are no UTF-8, numbers out of range, depth).
func FuzzReader(f *testing.F) {
	for _, s := range []string{`{"a":1,"b":{"c":[true,null,"x\u00e9"]}}`, `{"\ud83d\ude00":-1.5e3}`, `{"a":"\"\\"}`, `[1,2]`, `{"a":1e999}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := jsontext.NewReader(b, 0)
		members := map[string][]byte{}
		for ok := r.Object(); ok && r.More(); {
			key, value := string(r.Key()), r.Value()
			if value != nil {
				members[key] = value
			}
		}
		if r.Err() != nil {
			return
		}
		object := b[:r.Pos()]
		if !utf8.Valid(bytes.TrimSpace(object)) {
			t.Fatal("accepted invalid UTF-8")
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(object, &want); err != nil {
			t.Fatalf("%q: %v", object, err)
		}
		if len(want) != len(members) {
			t.Fatalf("%q: %d members, want %d", object, len(members), len(want))
		}
		for key, raw := range members {
			if !bytes.Equal(want[key], raw) {
				t.Fatalf("%q: %q, want %q", key, raw, want[key])
			}
			checkString(t, raw)
		}
	})
}

func checkString(t *testing.T, raw []byte) {
	text, ok := jsontext.Text(raw)
	if !ok {
		return
	}
	var want string
	if err := json.Unmarshal(raw, &want); err != nil || want != string(text) {
		t.Fatalf("%q: %q, want %q, %v", raw, text, want, err)
	}
	if again, ok := jsontext.String(jsontext.AppendString(nil, want)); !ok || again != want {
		t.Fatalf("%q reads back as %q", want, again)
	}
}

func TestSkip(t *testing.T) {
	for in, want := range map[string]int{`1 2`: 1, ` {"a":[1]} x`: 10, `"a"b`: 3, ``: -1, ` [1`: -1, `{"a":1}`: 7} {
		end, err := jsontext.Skip([]byte(in), 0)
		if err != nil {
			end = -1
		}
		if end != want {
			t.Errorf("%q: %d, %v, want %d", in, end, err, want)
		}
	}
}

func TestPass(t *testing.T) {
	deep := strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)
	for _, value := range []string{`1`, `-0.5e+999`, `"\ud800"`, "\"\xff\"", `{}`, `[]`, `[ ]`, `{"a":[1,{"b":null}],"\ud800":true}`, ` [ 1 , "\"" ] `, deep, `"\\"`} {
		r := jsontext.NewReader([]byte(`{"x":`+value+`,"y":2}`), 0)
		if !r.Object() || !r.More() || !r.Pass() || !r.More() || string(r.Key()) != "y" || string(r.Value()) != "2" || r.More() || r.Err() != nil {
			t.Errorf("%.40s: %v", value, r.Err())
		}
	}
	for _, value := range []string{``, `01`, `-`, `1.`, `1e`, `tru`, `"`, `"\`, `"\x"`, `"\u12g4"`, "\"\n\"", `[`, `[1`, `[1,`, `[1,]`, `[1 2]`, `{`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{1:2}`, `[}`, `{"a":1]`, `x`} {
		r := jsontext.NewReader([]byte(`{"x":`+value), 0)
		if r.Object() && r.More() && r.Pass() && passesAll(&r) {
			t.Errorf("%s passes", value)
		}
	}
}

// passesAll reports whether the rest of the object can be read.
func passesAll(r *jsontext.Reader) bool {
	for r.More() {
		r.Pass()
	}
	return r.Err() == nil
}

// FuzzPass: whatever a strict reader accepts, Pass does too, and ends at the same place; what it accepts beyond that is balanced.
func FuzzPass(f *testing.F) {
	for _, s := range []string{`{"a":1e999}`, `{"a":["\ud800",{"b":[]}]}`, "{\"a\":\"\xff\"}", `{"a":[[[1]]],"b":-0.1E-2}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		strict, lenient := jsontext.NewReader(b, 0), jsontext.NewReader(b, 0)
		for ok := strict.Object(); ok && strict.More(); {
			strict.Value()
		}
		for ok := lenient.Object(); ok && lenient.More(); {
			lenient.Pass()
		}
		switch {
		case strict.Err() == nil && (lenient.Err() != nil || lenient.Pos() != strict.Pos()):
			t.Fatalf("%q: %v at %d, want %d", b, lenient.Err(), lenient.Pos(), strict.Pos())
		case lenient.Err() == nil && !json.Valid(b[:lenient.Pos()]):
			t.Fatalf("%q passes", b)
		}
	})
}

func TestTimeText(t *testing.T) {
	east := time.FixedZone("", 3600)
	for ns, want := range map[int]string{0: "2026-01-02T03:04:05Z", 120_000_000: "2026-01-02T03:04:05.120Z", 1_000: "2026-01-02T03:04:05.000001Z", 1: "2026-01-02T03:04:05.000000001Z"} {
		if got := jsontext.TimeText(time.Date(2026, 1, 2, 4, 4, 5, ns, east)); got != want {
			t.Errorf("%d ns: %s, want %s", ns, got, want)
		}
	}
}

func TestFields(t *testing.T) {
	for text, want := range map[string]string{
		`{"b":1,"x":2,"a":3}`: "b=1 a=3 3 true", `[1,2]`: "a=1 b=2 2 true", `[1]`: "a=1 1 true", `[]`: "0 true", `{}`: "0 true",
		`[1,2,3]`: "a=1 b=2 2 false", `[0]`: "a=0 0 false", `{"a":0,"b":1}`: "a=0 0 false", `5`: "0 false", `null`: "0 false", ``: "0 false", `[1,`: "a=1 1 false", `{"a":1`: "a=1 1 false",
	} {
		var got strings.Builder
		n, ok := jsontext.Fields([]byte(text), []string{"a", "b"}, func(i int, value []byte) bool {
			fmt.Fprintf(&got, "%c=%s ", 'a'+i, value)
			return string(value) != "0"
		})
		if fmt.Fprintf(&got, "%d %v", n, ok); got.String() != want {
			t.Errorf("%s: %s, want %s", text, got.String(), want)
		}
	}
}
