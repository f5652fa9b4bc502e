package ingest

import (
	"bytes"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/vmihailenco/msgpack/v5"
)

// TestPrimitives compares with another implementation around every size limit.
func TestPrimitives(t *testing.T) {
	for _, n := range []int64{0, 1, 127, 128, 255, 256, 65535, 65536, math.MaxUint32, math.MaxUint32 + 1, math.MaxInt64, -1, -32, -33, -128, -129, -32768, -32769, math.MinInt32, math.MinInt32 - 1, math.MinInt64} {
		var buf bytes.Buffer
		if err := msgpack.NewEncoder(&buf).EncodeInt(n); err != nil {
			t.Fatal(err)
		}
		if got := appendInt(nil, n); !bytes.Equal(got, buf.Bytes()) {
			t.Errorf("%d: %x, want %x", n, got, buf.Bytes())
		}
	}
	for _, n := range []uint64{0, 255, math.MaxUint32, math.MaxUint64} {
		var buf bytes.Buffer
		if err := msgpack.NewEncoder(&buf).EncodeUint(n); err != nil {
			t.Fatal(err)
		}
		if got := appendUint(nil, n); !bytes.Equal(got, buf.Bytes()) {
			t.Errorf("%d: %x, want %x", n, got, buf.Bytes())
		}
	}
	for _, n := range []int{0, 1, 15, 16, 31, 32, 255, 256, 65535, 65536} {
		s := strings.Repeat("x", n)
		check(t, "string", n, appendStr(nil, s), func(e *msgpack.Encoder) error { return e.EncodeString(s) })
		check(t, "bytes", n, appendBin(nil, []byte(s)), func(e *msgpack.Encoder) error { return e.EncodeBytes([]byte(s)) })
		check(t, "array", n, appendArray(nil, n), func(e *msgpack.Encoder) error { return e.EncodeArrayLen(n) })
		if n < 65536 {
			check(t, "map", n, appendMap(nil, n), func(e *msgpack.Encoder) error { return e.EncodeMapLen(n) })
		}
	}
	check(t, "nil", 0, appendBinOrNil(nil, nil), func(e *msgpack.Encoder) error { return e.EncodeNil() })
	check(t, "bool", 1, appendBool(nil, true), func(e *msgpack.Encoder) error { return e.EncodeBool(true) })
	check(t, "bool", 0, appendBool(nil, false), func(e *msgpack.Encoder) error { return e.EncodeBool(false) })
}

func check(t *testing.T, what string, n int, got []byte, encode func(*msgpack.Encoder) error) {
	t.Helper()
	var buf bytes.Buffer
	if err := encode(msgpack.NewEncoder(&buf)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, buf.Bytes()) {
		t.Errorf("%s of %d: starts with %x, want %x", what, n, got[:min(6, len(got))], buf.Bytes()[:min(6, buf.Len())])
	}
}

// FuzzEvent reads what was written with another implementation.
func FuzzEvent(f *testing.F) {
	f.Add([]byte(`{"event_id":"x"}`), int64(1791462730), uint64(42), "198.51.100.7", "a.txt", "Text/Plain", []byte("hello"), true)
	f.Add([]byte{}, int64(-1), uint64(math.MaxUint64), "", "", "", []byte(nil), false)
	f.Fuzz(func(t *testing.T, payload []byte, start int64, project uint64, addr, name, contentType string, data []byte, inline bool) {
		a := Attachment{ID: [16]byte{1}, Name: name, ContentType: contentType, Size: len(data), RetentionDays: 90, Inline: inline, Data: data, Chunks: len(data)}
		b := AppendEvent([]byte("before"), EventMessage{Payload: payload, StartTime: start, ProjectID: 0, RemoteAddr: addr, Attachments: []Attachment{a, a}})
		b = bytes.TrimPrefix(b, []byte("before"))
		d := msgpack.NewDecoder(bytes.NewReader(b))
		m, err := d.DecodeMap()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.PeekCode(); err != io.EOF {
			t.Fatal("bytes are left")
		}
		list := m["attachments"].([]any)
		first := list[0].(map[string]any)
		if len(list) != 2 || m["type"] != "event" || !bytes.Equal(m["payload"].([]byte), payload) {
			t.Fatalf("%v", m)
		}
		if _, ok := first["data"]; ok != inline {
			t.Fatalf("%v", first)
		}
	})
}

// BenchmarkAppendEvent writes an event of 8.5 kB into a buffer that is reused.
func BenchmarkAppendEvent(b *testing.B) {
	m := EventMessage{Payload: make([]byte, 8500), StartTime: 1791462730, EventID: [16]byte{1}, ProjectID: 42, RemoteAddr: "198.51.100.7"}
	var buf []byte
	b.SetBytes(int64(len(m.Payload)))
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendEvent(buf[:0], m)
	}
}
