package outcome

import "testing"

func TestSampledReason(t *testing.T) {
	for in, want := range map[string]Reason{
		"Sampled:3001,1000":                "Sampled:1000,3000",
		"Sampled:1001,1456,1567,3333,4444": "Sampled:1001,1400,1500,3000",
		"Sampled:1,2,3":                    "Sampled:0",
		"Sampled:0,1005,4999,5000":         "Sampled:1005,3000,0",
	} {
		if got, ok := MapSampled(in); !ok || got != want {
			t.Errorf("MapSampled(%q) = %q, %v, want %q", in, got, ok, want)
		}
	}
	for _, in := range []string{"Sampled:", "nope", "Sampled:1,", "Sampled: 1", "Sampled:-1", "Sampled:4294967296", "sampled:1"} {
		if got, ok := MapSampled(in); ok {
			t.Errorf("MapSampled(%q) = %q", in, got)
		}
	}
}
