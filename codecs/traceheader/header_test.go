package traceheader

import (
	"fmt"
	"testing"

	"weir/codecs/dsn"
)

const own = dsn.PublicKey("a94ae32be2584e0bbd7a4cbb95971fee")

func TestParse(t *testing.T) {
	h, ok := Parse([]byte(`{"trace_id":"4C79F60C-1121-4EB3-8604-F4AE0781BFB2","public_key":"a94ae32be2584e0bbd7a4cbb95971fee","release":"r@1","environment":null,"segment_name":"GET /","sample_rate":"0.25","sampled":"true","user":{"id":"u","segment":"s"},"user_segment":"own","other":[1]}`))
	if !ok || h.TraceID.String() != "4c79f60c11214eb38604f4ae0781bfb2" || *h.Release != "r@1" || h.Environment != nil || *h.Transaction != "GET /" ||
		*h.SampleRate != 0.25 || !*h.Sampled || *h.UserID != "u" || *h.UserSegment != "own" || !h.ReplayID.IsNil() {
		t.Errorf("%+v", h)
	}
}

// What a member may be (items 18.1): what is written as want, or nothing where the whole header counts as absent.
func TestMembers(t *testing.T) {
	for member, want := range map[string]string{
		`"sampled":"x"`: "-", `"sampled":""`: "-", `"sampled":"True"`: "-", `"sampled":null`: "-", `"sampled":"false"`: "false", `"sampled":true`: "true", `"sampled":1`: "", `"sampled":[]`: "",
		`"sample_rate":" 1 "`: "1", `"sample_rate":1e308`: "1e+308", `"sample_rate":"1e-3"`: "0.001", `"sample_rate":"+1"`: "", `"sample_rate":"x"`: "", `"sample_rate":""`: "", `"sample_rate":-1`: "",
		`"sample_rate":"NaN"`: "", `"sample_rate":"1 2"`: "", `"sample_rate":true`: "", `"user_id":""`: "-", `"user_id":"u"`: "u", `"user_id":5`: "", `"user":null`: "-", `"user":[]`: "-", `"user":5`: "",
		`"user":"x"`: "", `"user":{"id":"u"}`: "u", `"user":{"id":""}`: "-", `"user":{"id":5}`: "", `"replay_id":null`: "-", `"replay_id":"x"`: "", `"replay_id":5`: "",
		`"replay_id":"4C79F60C-1121-4EB3-8604-F4AE0781BFB2"`: "4c79f60c11214eb38604f4ae0781bfb2", `"release":1`: "", `"release":""`: "-",
		`"public_key":"short"`: "", `"public_key":" a94ae32be2584e0bbd7a4cbb95971fee"`: "", `"public_key":"ääääääääääääääää"`: "", `"public_key":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"`: "-",
		`"trace_id":"00000000000000000000000000000000"`: "", `"trace_id":"x"`: "", `"trace_id":5`: "", `"other":{"a":[1]}`: "-",
	} {
		h, ok := Parse([]byte(`{"trace_id":"4c79f60c11214eb38604f4ae0781bfb2","public_key":"a94ae32be2584e0bbd7a4cbb95971fee",` + member + `}`))
		got := ""
		if ok {
			got = "-"
			switch {
			case h.Sampled != nil:
				got = fmt.Sprint(*h.Sampled)
			case h.SampleRate != nil:
				got = fmt.Sprint(*h.SampleRate)
			case h.UserID != nil:
				got = *h.UserID
			case !h.ReplayID.IsNil():
				got = h.ReplayID.String()
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", member, got, want)
		}
	}
	for _, bad := range []string{``, `null`, `{`, `[]`, `{"trace_id":"4c79f60c11214eb38604f4ae0781bfb2"}`, `{"public_key":"a94ae32be2584e0bbd7a4cbb95971fee"}`} {
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
	f.Add([]byte(`{"trace_id":"4c79f60c11214eb38604f4ae0781bfb2","public_key":"a94ae32be2584e0bbd7a4cbb95971fee","sample_rate":"0.25","user":{"id":"u"}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		h, ok := Parse(raw)
		if ok && (h.PublicKey == "" || h.SampleRate != nil && !(*h.SampleRate >= 0)) {
			t.Errorf("%q: %+v", raw, h)
		}
	})
}
