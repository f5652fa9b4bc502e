package event

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"strconv"
	"testing"
	"unicode/utf8"
)

// FuzzParse: parsing never panics, what was parsed serialises to the same bytes again, and values agree with
// encoding/json wherever both accept the input.
func FuzzParse(f *testing.F) {
	node, err := os.ReadFile("testdata/node_error.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(node)
	for _, s := range []string{`{"a":[1,2.5e3,"\u00e9\n",null,true,{"b":{}}],"_meta":{"a":{"0":{"":{"err":["x",["y",{"r":1}]],"rem":[["r","s",1,2]],"len":3,"val":{}}}}}}`,
		`"\ud83d\ude00"`, `[1e400]`, `{"a":1,"a":2}`, "\xff", `{"":{"":""}}`, `-0.0`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		kept := bytes.Clone(in)
		d, err := Parse(in)
		if err != nil {
			if json.Valid(in) && json.Unmarshal(in, new(any)) == nil && bytes.Count(in, []byte{'['})+bytes.Count(in, []byte{'{'}) <= maxDepth && !bytes.Contains(in, []byte(`\u`)) && !bytes.Contains(in, []byte(`\U`)) && utf8.Valid(in) {
				t.Fatalf("rejected valid JSON %q: %v", in, err)
			}
			return
		}
		defer d.Release()
		out := d.AppendTo(nil)
		if !bytes.Equal(kept, in) {
			t.Fatal("the input was changed")
		}
		e, err := Parse(out)
		if err != nil {
			t.Fatalf("%q does not parse: %v", out, err)
		}
		if again := e.AppendTo(nil); !bytes.Equal(out, again) {
			t.Fatalf("not stable: %q then %q", out, again)
		}
		e.Release()
		dec := json.NewDecoder(bytes.NewReader(in))
		dec.UseNumber()
		var want any
		if dec.Decode(&want) != nil {
			t.Fatalf("accepted %q, encoding/json does not", in)
		}
		if m, ok := want.(map[string]any); ok {
			delete(m, "_meta")
		}
		same(t, d.Root, want)
	})
}

func same(t *testing.T, v *Value, want any) {
	t.Helper()
	switch w := want.(type) {
	case nil:
		if !v.IsNull() {
			t.Fatalf("%s is not null", v.AppendTo(nil))
		}
	case bool:
		if b, ok := v.Bool(); !ok || b != w {
			t.Fatalf("%s is not %v", v.AppendTo(nil), w)
		}
	case string:
		if s, ok := v.Str(); !ok || s != w {
			t.Fatalf("%s is not %q", v.AppendTo(nil), w)
		}
	case json.Number:
		if s, ok := v.NumberText(); !ok || s != string(w) {
			t.Fatalf("%s is not %s", v.AppendTo(nil), w)
		}
		f, err := strconv.ParseFloat(string(w), 64)
		if g, ok := v.Float(); err == nil && (!ok || math.Abs(f-g) > 4e-16*math.Abs(f) && math.Abs(f) > 1e-300) {
			t.Fatalf("%s is %g, not %g", w, g, f)
		}
	case []any:
		if v.Kind() != Array || v.Len() != len(w) {
			t.Fatalf("%s is no array of %d", v.AppendTo(nil), len(w))
		}
		for i := range w {
			same(t, v.Index(i), w[i])
		}
	case map[string]any:
		if v.Kind() != Object || v.Len() != len(w) {
			t.Fatalf("%s does not have %d keys", v.AppendTo(nil), len(w))
		}
		for k := range w {
			same(t, v.Get(k), w[k])
		}
	}
}
