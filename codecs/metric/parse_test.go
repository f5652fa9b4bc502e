package metric

import (
	"reflect"
	"testing"
)

func TestParse(t *testing.T) {
	got, raw, err := Parse([]byte(` [{"timestamp":100,"width":1,"name":"c:sessions/session","type":"c","value":3,"tags":{"a":"b","n":null,"a":"c"}},
		{"timestamp":100,"name":"s:sessions/user@none","type":"s","value":[1,4294967295]},{"timestamp":100,"name":"d:x/y@none","type":"d","value":[1]},
		{"timestamp":-1,"name":"c:x/y@none","type":"c","value":1},{"timestamp":1,"name":"s:x/y@none","type":"c","value":1},{"timestamp":1,"name":"c:y","type":"c","value":1},
		{"timestamp":1,"name":"s:x/y@none","type":"s","value":[4294967296]},{"timestamp":1,"name":"c:x/y@none","type":"c","value":"1"},{"timestamp":1,"name":"c:x/y@none","type":"c","value":1,"tags":{"a":1}},
		7,{"name":"c:x/y@none","type":"c","value":1}] `))
	want := []Bucket{
		{Kind: Counter, Name: "c:sessions/session@none", Timestamp: 100, Value: 3, Tags: []Tag{{"a", "c"}}},
		{Kind: Set, Name: "s:sessions/user@none", Timestamp: 100, Members: []uint32{1, 4294967295}},
	}
	if err != nil || !reflect.DeepEqual(got, want) || len(raw) != 2 {
		t.Errorf("%+v %v", got, err)
	}
	if got[0].Tag("a") != "c" || got[0].Tag("b") != "" {
		t.Error(got[0].Tags)
	}
	for _, text := range []string{``, `{}`, `[`, `[]]`, `[{]`, `[{"a":1]`} {
		if _, _, err := Parse([]byte(text)); err == nil {
			t.Errorf("%s is accepted", text)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`[{"timestamp":100,"width":1,"name":"c:sessions/session@none","type":"c","value":3.5,"tags":{"a":"b"}}]`))
	f.Add([]byte(`[{"timestamp":100,"name":"s:sessions/user@none","type":"s","value":[1,2]},null]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		buckets, raw, err := Parse(b)
		if err != nil && buckets != nil || len(buckets) != len(raw) {
			t.Errorf("%v %v %v", buckets, raw, err)
		}
		for i := range buckets {
			if again, _, err := Parse(append(append([]byte("["), raw[i]...), ']')); err != nil || len(again) != 1 || !reflect.DeepEqual(again[0], buckets[i]) {
				t.Errorf("%s: %+v %v", raw[i], again, err)
			}
		}
	})
}
