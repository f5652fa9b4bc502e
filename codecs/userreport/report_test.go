package userreport

import (
	"testing"

	"weir/codecs/casefile"
)

func TestVectors(t *testing.T) {
	var v struct {
		Cases []struct {
			In, Out string
			Outcome []any
		}
	}
	casefile.JSON(t, "testdata/user_report.json", &v)
	for _, c := range v.Cases {
		rep, err := Parse([]byte(c.In))
		if (err != nil) != (c.Outcome != nil) {
			t.Errorf("%s: error %v, want outcome %v", c.In, err, c.Outcome)
			continue
		}
		if err == nil && string(rep.AppendTo(nil)) != c.Out {
			t.Errorf("%s: got %s, want %s", c.In, rep.AppendTo(nil), c.Out)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"event_id":"4cec9f3e1f214073b816e0f4de5f59b1","name":"J\u00f6","email":null}`))
	f.Add([]byte(" {} \n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		rep, err := Parse(b)
		if err != nil {
			return
		}
		again, err := Parse(rep.AppendTo(nil))
		if err != nil || *again != *rep {
			t.Fatalf("%+v came back as %+v, %v", rep, again, err)
		}
	})
}
