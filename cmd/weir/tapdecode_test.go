package main

import (
	"encoding/json"
	"testing"

	"github.com/vmihailenco/msgpack/v5"
)

func TestDecodeMessage(t *testing.T) {
	packed, err := msgpack.Marshal(map[string]any{"type": "event", "payload": []byte(`{"a":1}`), "raw": []byte("abc"), "n": 5, "list": []any{[]byte(`[1]`)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		in   []byte
		want string
		fail bool
	}{
		{"json", []byte(`{"a":1}`), `{"a":1}`, false},
		{"msgpack", packed, `{"list":[[1]],"n":5,"payload":{"a":1},"raw":"YWJj","type":"event"}`, false},
		{"protobuf", []byte{0x08, 1}, `"CAE="`, false},
		{"empty", nil, `null`, false},
		{"cut", packed[:len(packed)-3], "", true},
		{"more", append(append([]byte{}, packed...), 1), "", true},
	} {
		got, err := decodeMessage(c.in)
		if (err != nil) != c.fail {
			t.Errorf("%s: %v", c.name, err)
		}
		if b, _ := json.Marshal(got); !c.fail && string(b) != c.want {
			t.Errorf("%s: %s, want %s", c.name, b, c.want)
		}
	}
	if got := messageField(packed, "type"); string(got) != "event" {
		t.Errorf("type %q", got)
	}
	if got := messageField(packed, "none"); got != nil {
		t.Errorf("none %q", got)
	}
}

func FuzzDecodeMessage(f *testing.F) {
	f.Add([]byte(`{"a":1}`))
	f.Add([]byte("\x82\xa4type\xa5event\xa7payload\xc4\x02{}"))
	f.Add([]byte("\xdf\xff\xff\xff\xff"))
	f.Add([]byte("\x81\x01\x02"))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := decodeMessage(b)
		if err == nil {
			if _, err := json.Marshal(v); err != nil {
				t.Errorf("%q: %v", b, err)
			}
		}
		messageField(b, "payload")
	})
}
