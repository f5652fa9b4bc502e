package traceheader

import (
	"testing"

	"weir/codecs/dsn"
)

const own = dsn.PublicKey("a94ae32be2584e0bbd7a4cbb95971fee")

func TestParse(t *testing.T) {
	h, ok := Parse([]byte(`{"trace_id":"4C79F60C-1121-4EB3-8604-F4AE0781BFB2","public_key":"k","release":"r@1","environment":null,"segment_name":"GET /","sample_rate":"0.25","sampled":"true","user":{"id":"u","segment":"s"},"user_segment":"own","replay_id":"x","other":[1]}`))
	if !ok || h.TraceID.String() != "4c79f60c11214eb38604f4ae0781bfb2" || *h.Release != "r@1" || h.Environment != nil || *h.Transaction != "GET /" ||
		*h.SampleRate != 0.25 || !*h.Sampled || *h.UserID != "u" || *h.UserSegment != "own" || !h.ReplayID.IsNil() {
		t.Errorf("%+v", h)
	}
	for _, bad := range []string{
		``, `null`, `{`, `[]`, `{"trace_id":"4c79f60c11214eb38604f4ae0781bfb2"}`, `{"public_key":"k"}`, `{"trace_id":"x","public_key":"k"}`,
		`{"trace_id":"4c79f60c11214eb38604f4ae0781bfb2","public_key":"k","sampled":"yes"}`,
		`{"trace_id":"4c79f60c11214eb38604f4ae0781bfb2","public_key":"k","sample_rate":-1}`,
		`{"trace_id":"4c79f60c11214eb38604f4ae0781bfb2","public_key":"k","sample_rate":"NaN"}`,
		`{"trace_id":"4c79f60c11214eb38604f4ae0781bfb2","public_key":"k","release":1}`,
	} {
		if h, ok := Parse([]byte(bad)); ok {
			t.Errorf("%s is read as %+v", bad, h)
		}
	}
}

func TestSamplingKey(t *testing.T) {
	const other = "0123456789abcdef0123456789abcdef"
	for key, want := range map[string]bool{string(own): false, other: true, "short": false} {
		got, ok := SamplingKey([]byte(`{"trace_id":"4c79f60c11214eb38604f4ae0781bfb2","public_key":"`+key+`"}`), own)
		if ok != want || ok && string(got) != key {
			t.Errorf("%s: %q %v", key, got, ok)
		}
	}
	if _, ok := SamplingKey(nil, own); ok {
		t.Error("a header that is not there has a key")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"trace_id":"4c79f60c11214eb38604f4ae0781bfb2","public_key":"k","sample_rate":"0.25","user":{"id":"u"}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		h, ok := Parse(raw)
		if ok && (h.PublicKey == "" || h.SampleRate != nil && !(*h.SampleRate >= 0)) {
			t.Errorf("%q: %+v", raw, h)
		}
	})
}
