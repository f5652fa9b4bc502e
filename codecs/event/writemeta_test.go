package event

import (
	"cmp"
	"strconv"
	"testing"
)

func TestCompareDigits(t *testing.T) {
	for _, a := range []int32{0, 1, 2, 9, 10, 11, 19, 20, 99, 100, 101, 109, 110, 999, 1000, 12345, 2147483647} {
		for _, b := range []int32{0, 1, 2, 9, 10, 11, 19, 20, 99, 100, 101, 109, 110, 999, 1000, 12345, 2147483647} {
			if got, want := compareDigits(a, b), cmp.Compare(strconv.Itoa(int(a)), strconv.Itoa(int(b))); got != want {
				t.Errorf("%d and %d: %d, want %d", a, b, got, want)
			}
		}
	}
}
