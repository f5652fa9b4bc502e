package clientreport

import (
	"encoding/json"
	"testing"

	"weir/codecs/casefile"
	"weir/codecs/outcome"
)

func TestVectors(t *testing.T) {
	var v struct {
		Cases []struct {
			In       json.RawMessage
			Outcomes []struct {
				Outcome   outcome.ID
				Reason    *string
				Category  *outcome.Category
				Quantity  uint64
				Timestamp int64
			}
		}
	}
	casefile.JSON(t, "testdata/client_report.json", &v)
	const received = 1795413600 // the vectors' receive time
	for i, c := range v.Cases {
		rep, err := Parse(c.In)
		if err != nil {
			if len(c.Outcomes) > 0 {
				t.Errorf("case %d: %v", i, err)
			}
			continue
		}
		// Age limits are not the codec's; the two cases about them have no outcomes.
		at := rep.Timestamp.Unix()
		if at > received+60 || at < received-90*86400 {
			continue
		}
		n := 0
		for _, e := range rep.Entries {
			id, reason, ok := e.Outcome()
			if !ok {
				continue
			}
			if n == len(c.Outcomes) {
				t.Fatalf("case %d: more outcomes than %d", i, n)
			}
			want := c.Outcomes[n]
			n++
			wantReason, wantCategory := "", outcome.Unknown
			if want.Reason != nil {
				wantReason = *want.Reason
			}
			if want.Category != nil {
				wantCategory = *want.Category
			}
			if id != want.Outcome || string(reason) != wantReason || e.Category != wantCategory || e.Quantity != want.Quantity ||
				want.Timestamp != 0 && at != want.Timestamp {
				t.Errorf("case %d: got %v %q %v %d at %d, want %+v", i, id, reason, e.Category, e.Quantity, at, want)
			}
		}
		if n != len(c.Outcomes) {
			t.Errorf("case %d: %d outcomes, want %d", i, n, len(c.Outcomes))
		}
	}
}

func TestForms(t *testing.T) {
	for in, ok := range map[string]bool{
		`{"discarded_events":[["a","error",1]]}`:                                    true,
		`{"discarded_events":[["a","error"]]}`:                                      false,
		`{"discarded_events":[["a","error",1,2]]}`:                                  false,
		`{"discarded_events":[{"reason":"a","category":"error","quantity":-1}]}`:    false,
		`{"discarded_events":[{"reason":"a","category":"error","quantity":1.0}]}`:   false,
		`{"discarded_events":[{"reason":null,"category":"error","quantity":1}]}`:    false,
		`{"discarded_events":null}`:                                                 false,
		`{"timestamp":null,"discarded_events":[]}`:                                  true,
		`{"timestamp":-1,"discarded_events":[]}`:                                    false,
		`{"timestamp":"yesterday","discarded_events":[]}`:                           false,
		`{"timestamp":true,"discarded_events":[]}`:                                  false,
		`{"x":{"y":1},"discarded_events":[],"rate_limited_events":[]}`:              true,
		`{"discarded_events":[]} x`:                                                 false,
		`{"discarded_events":[],"filtered_events":[{"reason":"a","category":"b"}]}`: false,
	} {
		if _, err := Parse([]byte(in)); (err == nil) != ok {
			t.Errorf("%s: error %v, want ok %v", in, err, ok)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"timestamp":1.5,"discarded_events":[{"reason":"a","category":"error","quantity":1},["b","span",2]]}`))
	f.Add([]byte(`{"discarded_events":[],"filtered_sampling_events":[["Sampled:1,1000","error",1]]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		rep, err := Parse(b)
		if err != nil {
			return
		}
		for i := range rep.Entries {
			if _, reason, ok := rep.Entries[i].Outcome(); ok && len(reason) > maxReason {
				t.Fatalf("reason of %d bytes", len(reason))
			}
		}
	})
}
