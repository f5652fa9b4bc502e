package profile

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"weir/codecs/casefile"
	"weir/codecs/event"
)

// profileCase is one line of testdata/cases.json: changes of a base payload by path, and what becomes of it.
type profileCase struct {
	Name, Base string
	Set        map[string]json.RawMessage // path -> value; the text "delete" as JSON null under Delete
	Delete     []string
	Fault      string
	At         map[string]json.RawMessage // path -> value of what is written; null: not there
}

func load(t testing.TB) (bases map[string]json.RawMessage, cases []profileCase) {
	t.Helper()
	var file struct {
		Bases map[string]json.RawMessage
		Cases []profileCase
	}
	casefile.JSON(t, "testdata/cases.json", &file)
	return file.Bases, file.Cases
}

// expand runs a payload through its format.
func expand(base string, payload []byte) ([]byte, error) {
	if strings.Contains(base, "chunk") {
		c, err := ParseChunk(payload)
		if err != nil {
			return nil, err
		}
		defer c.Doc.Release()
		if err := c.Expand(); err != nil {
			return nil, err
		}
		return c.Doc.AppendTo(nil), nil
	}
	p, err := Parse(payload)
	if err != nil {
		return nil, err
	}
	defer p.Doc.Release()
	if err := p.Expand(&Transaction{Name: "n", Environment: "prod", Release: "r", SpanID: "fa90fdead5f74052"}); err != nil {
		return nil, err
	}
	return p.Doc.AppendTo(nil), nil
}

func (c *profileCase) payload(t testing.TB, base []byte) []byte {
	d, err := event.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Release()
	parent := func(path string) (*event.Value, string) {
		keys := strings.Split(path, "/")
		v := d.Root
		for _, k := range keys[:len(keys)-1] {
			v = step(v, k)
		}
		return v, keys[len(keys)-1]
	}
	for _, path := range slices.Sorted(maps.Keys(c.Set)) {
		v, key := parent(path)
		x, err := d.ParseText(string(c.Set[path]))
		if err != nil {
			t.Fatal(err)
		}
		if v.Kind() == event.Array {
			v.SetAt(int(key[0]-'0'), x)
		} else {
			v.Set(key, x)
		}
	}
	for _, path := range c.Delete {
		v, key := parent(path)
		v.Delete(key)
	}
	return d.AppendTo(nil)
}

func step(v *event.Value, key string) *event.Value {
	if v.Kind() == event.Array {
		return v.Index(int(key[0] - '0'))
	}
	return v.Get(key)
}

func TestCases(t *testing.T) {
	bases, cases := load(t)
	for _, c := range cases {
		t.Run(c.Base+": "+c.Name, func(t *testing.T) {
			payload := c.payload(t, bases[c.Base])
			got, err := expand(c.Base, payload)
			var fault Fault
			if err != nil && !errors.As(err, &fault) || string(fault) != c.Fault {
				t.Fatalf("%q, want %q: %s", fault, c.Fault, payload)
			}
			if err != nil {
				return
			}
			d, err := event.Parse(got)
			if err != nil {
				t.Fatal(err)
			}
			for path, want := range c.At {
				v := d.Root
				for k := range strings.SplitSeq(path, "/") {
					v = step(v, k)
				}
				var compact bytes.Buffer
				if err := json.Compact(&compact, want); err != nil {
					t.Fatal(err)
				}
				if text := string(v.AppendTo(nil)); text != compact.String() && !(v == nil && string(want) == "null") {
					t.Errorf("%s: %s, want %s", path, text, want)
				}
			}
			again, err := expand(c.Base, got)
			if err != nil || string(again) != string(got) {
				t.Errorf("written again: %v\n got %s\nwant %s", err, again, got)
			}
		})
	}
}

func TestFaultsAreReached(t *testing.T) {
	_, cases := load(t)
	for _, f := range AllFaults {
		if !slices.ContainsFunc(cases, func(c profileCase) bool { return c.Fault == string(f) }) {
			t.Errorf("no case for %s", f)
		}
	}
}

func FuzzProfile(f *testing.F) {
	bases, cases := load(f)
	for _, c := range cases {
		f.Add(c.Base, c.payload(f, bases[c.Base]))
	}
	f.Fuzz(func(t *testing.T, base string, payload []byte) {
		got, err := expand(base, payload)
		if err != nil || bytes.Contains(got, []byte(`"value":null`)) {
			return
		}
		if again, err := expand(base, got); err != nil || string(again) != string(got) {
			t.Fatalf("written again: %v\n got %s\nwant %s", err, again, got)
		}
	})
}

// BenchmarkExpand is a profile of 4,000 samples on 8 threads with 400 stacks of 40 frames each, the size of ten seconds of a Python process.
func BenchmarkExpand(b *testing.B) {
	bases, _ := load(b)
	for _, base := range []string{"sample", "chunk"} {
		b.Run(base, func(b *testing.B) {
			d, err := event.Parse(bases[base])
			if err != nil {
				b.Fatal(err)
			}
			p := d.Root.Get("profile")
			grow(p, "samples", 4000)
			grow(p, "frames", 1000)
			grow(p.Get("stacks"), "", 400)
			for _, m := range p.Get("stacks").Members() {
				one := m.Value.Members()[0]
				m.Value.SetMembers(slices.Repeat([]event.Member{one}, 40))
			}
			payload := d.AppendTo(nil)
			b.ReportAllocs()
			b.SetBytes(int64(len(payload)))
			for b.Loop() {
				if _, err := expand(base, payload); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func grow(v *event.Value, key string, n int) {
	if key != "" {
		v = v.Get(key)
	}
	v.SetMembers(slices.Repeat(v.Members()[:1], n))
}
