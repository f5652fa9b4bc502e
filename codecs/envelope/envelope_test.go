package envelope_test

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"weir/codecs/envelope"
)

// corpus returns captured requests of real SDKs by file name.
func corpus(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/corpus/*.bin")
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	bodies := make(map[string][]byte, len(files))
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		bodies[filepath.Base(f)] = b
	}
	return bodies
}

// roundTrip parses, serialises and parses again and fails when the two differ. It returns the serialised form.
func roundTrip(t *testing.T, e *envelope.Envelope) []byte {
	t.Helper()
	b := e.AppendTo(nil)
	again, err := envelope.Parse(b)
	if err != nil {
		t.Fatalf("%v in %q", err, b)
	}
	for i := range again.Items {
		// A written item always has its length.
		if again.Items[i].Length != len(e.Items[i].Payload) {
			t.Fatalf("item %d: length %d", i, again.Items[i].Length)
		}
		again.Items[i].Length = e.Items[i].Length
	}
	if !equal(again, e) {
		t.Fatalf("%q\n%+v\n%+v", b, e, again)
	}
	return b
}

func equal(a, b *envelope.Envelope) bool {
	if len(a.Items) == 0 && len(b.Items) == 0 {
		return reflect.DeepEqual(normal(a.Header), normal(b.Header))
	}
	return reflect.DeepEqual(normal(a.Header), normal(b.Header)) && reflect.DeepEqual(items(a), items(b))
}

// normal removes differences without meaning: line breaks between the tokens of kept members.
func normal(h envelope.Header) envelope.Header {
	h.Trace = bytes.ReplaceAll(h.Trace, []byte("\n"), nil)
	h.Other = joined(h.Other)
	return h
}

func items(e *envelope.Envelope) []envelope.Item {
	list := make([]envelope.Item, len(e.Items))
	for i, it := range e.Items {
		it.Other = joined(it.Other)
		it.Payload = append([]byte{}, it.Payload...)
		list[i] = it
	}
	return list
}

func joined(list []envelope.Member) []envelope.Member {
	out := make([]envelope.Member, len(list))
	for i, m := range list {
		out[i] = envelope.Member{Key: m.Key, Raw: bytes.ReplaceAll(m.Raw, []byte("\n"), nil)}
	}
	return out
}

func TestCorpusRoundTrip(t *testing.T) {
	for name, body := range corpus(t) {
		t.Run(name, func(t *testing.T) {
			e, err := envelope.Parse(body)
			if err != nil {
				t.Fatal(err)
			}
			if len(e.Items) == 0 {
				t.Fatal("no items")
			}
			roundTrip(t, e)
			req := fullRequest()
			req.DSN.Key = "a94ae32be2584e0bbd7a4cbb95971fee" // of the capture
			if e, err = envelope.ParseRequest(body, req); err != nil {
				t.Fatal(err)
			}
			if n := len(roundTrip(t, e)); n > e.Size() {
				t.Errorf("%d bytes, estimated %d", n, e.Size())
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	_, vectors := loadVectors(f)
	for _, v := range vectors {
		if v.BodyRepeat == nil {
			f.Add(v.bytes())
		}
	}
	for _, body := range corpus(f) {
		f.Add(body)
	}
	f.Add([]byte(`{"client":"a","client_hints":{"sec_ch_ua":"x"},"forwarded_for":"1","no_cache":true,"required_features":["f"],"version":6,"origin":"http://a","remote_addr":"::1","user_agent":"","dsn":"https://` +
		`e12d836b15bb49d7bbf99e64295d995b@h/1","trace":[` + "\n" + `1],"x":{}}` + "\n" + `{"type":"profile","item_count":2,"span_count":3,"platform":"x","sampled":false,"fully_normalized":true,"meta_length":0,"sentry_release":"r","sentry_environment":"e","a":1,"a":2}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		e, err := envelope.Parse(b)
		if !bytes.Equal(before, b) {
			t.Fatal("input changed")
		}
		if err != nil {
			if _, ok := err.(*envelope.Error); !ok {
				t.Fatalf("error %T", err)
			}
			return
		}
		roundTrip(t, e)
	})
}

// BenchmarkParse reads a captured error event of @sentry/node 11.12.0 with two causes (8.5 kB uncompressed is the size that
// weir's figures are given for; this one has 11 kB).
func BenchmarkParse(b *testing.B) {
	body := corpus(b)["node-002-error-cause.event.bin"]
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := envelope.Parse(body); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkParseMerged reads the same envelope as the pipeline does, with the header that the edge merged.
func BenchmarkParseMerged(b *testing.B) {
	e, err := envelope.ParseRequest(corpus(b)["node-002-error-cause.event.bin"], fullRequest())
	if err != nil {
		b.Fatal(err)
	}
	body := e.AppendTo(nil)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := envelope.Parse(body); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAppendTo writes the same envelope into a buffer that is reused.
func BenchmarkAppendTo(b *testing.B) {
	e, err := envelope.ParseRequest(corpus(b)["node-002-error-cause.event.bin"], fullRequest())
	if err != nil {
		b.Fatal(err)
	}
	buf := e.AppendTo(nil)
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		buf = e.AppendTo(buf[:0])
	}
}
