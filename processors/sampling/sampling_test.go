package sampling

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"weir/codecs/casefile"
	"weir/codecs/outcome"
)

// vectors is testdata/sampling.json.
type vectors struct {
	Raw   []string `json:"raw_u32_state_42_stream_54"`
	Value []struct {
		UUID  string
		Value float64
	}
	Rates []struct {
		Rules   []map[string]any
		Now     string
		Rate    *float64
		Matched []uint32
	}
	Reason []struct {
		Rules  []uint32
		Reason outcome.Reason
	}
}

func load(t *testing.T) (v vectors) {
	t.Helper()
	casefile.JSON(t, "testdata/sampling.json", &v)
	if len(v.Raw) == 0 || len(v.Value) == 0 || len(v.Rates) == 0 || len(v.Reason) == 0 {
		t.Fatal("no vectors")
	}
	return v
}

func TestGenerator(t *testing.T) {
	v := load(t)
	g := newPCG32(42, 54)
	for i, want := range v.Raw {
		if got := fmt.Sprintf("%08x", g.next()); got != want {
			t.Errorf("number %d: %s, want %s", i, got, want)
		}
	}
	for _, c := range v.Value {
		var id [16]byte
		if _, err := hex.Decode(id[:], []byte(c.UUID)); err != nil {
			t.Fatal(err)
		}
		if got := valueOf(id); got != c.Value {
			t.Errorf("%s: %v, want %v", c.UUID, got, c.Value)
		}
	}
}

func TestRates(t *testing.T) {
	for i, c := range load(t).Rates {
		for _, r := range c.Rules {
			r["type"], r["condition"] = "trace", map[string]any{"op": "and", "inner": []any{}}
		}
		raw, _ := json.Marshal(map[string]any{"version": 2, "rules": c.Rules})
		list := compile(raw)
		if list == nil {
			t.Fatalf("%d: %s does not compile", i, raw)
		}
		now, _ := time.Parse(time.RFC3339, c.Now)
		e := newEvaluation(now)
		d, done := e.list(list[ruleTrace], &trace{}, [16]byte{})
		if done != (c.Rate != nil) || done && (d.Rate != *c.Rate || !slices.Equal(e.ids, c.Matched)) {
			t.Errorf("%d: %+v with %v, want %v with %v", i, d, e.ids, c.Rate, c.Matched)
		}
	}
}

func TestReasons(t *testing.T) {
	for _, c := range load(t).Reason {
		if got := outcome.SampledReason(c.Rules); got != c.Reason {
			t.Errorf("%v: %s, want %s", c.Rules, got, c.Reason)
		}
	}
}

// TestCompileRefuses: what weir does not know makes the whole object ineffective (items 18.2).
func TestCompileRefuses(t *testing.T) {
	good := `{"version":2,"rules":[{"id":1,"type":"%s","condition":%s,"samplingValue":{"type":"sampleRate","value":0}}]}`
	all := `{"op":"and","inner":[]}`
	if compile(fmt.Appendf(nil, good, "trace", all)) == nil || compile([]byte(`{"version":2,"rules":[]}`)) == nil {
		t.Error("a good object is refused")
	}
	for _, bad := range []string{
		fmt.Sprintf(good, "other", all), fmt.Sprintf(good, "trace", `{"op":"unheard"}`),
		fmt.Sprintf(good, "trace", `{"op":"not","inner":{"op":"release","name":"trace.release","comparator":"about","value":"1.0.0"}}`),
		`{"version":3,"rules":[]}`,
	} {
		if compile([]byte(bad)) != nil {
			t.Errorf("%s is used", bad)
		}
	}
}
