package event

import "testing"

func TestAppendSeconds(t *testing.T) {
	for _, c := range []struct {
		whole, fraction int64
		want            string
	}{{0, 0, "0.0"}, {1, 500_000_000, "1.5"}, {1_800_000_000, 1, "1800000000.000000001"}, {-1, 0, "-1.0"}, {-1, 750_000_000, "-0.25"}, {-2, 999_999_999, "-1.000000001"}} {
		if got := string(AppendSeconds(nil, c.whole, c.fraction)); got != c.want {
			t.Errorf("%d %d: %s, want %s", c.whole, c.fraction, got, c.want)
		}
	}
}
