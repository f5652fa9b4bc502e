package normalize

import (
	"bytes"
	"runtime"
	"testing"

	"weir/codecs/event"
)

// Containers in each other that all claim to have as many elements as bytes follow take no more memory than these bytes are worth.
func TestPackedClaims(t *testing.T) {
	const size = 1 << 20
	for name, head := range map[string][]byte{
		"lists":   {0xdd, 0, 0x0e, 0, 0},       // a list of 917,504
		"objects": {0xdf, 0, 0x0e, 0, 0, 0xa0}, // as many members, the first has an empty key
	} {
		b := bytes.Repeat(head, maxPacked)
		b = append(b, make([]byte, size-len(b))...)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		d := event.New()
		if _, ok := unpack(d, b); ok {
			t.Errorf("%s: there are not so many", name)
		}
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 256*size {
			t.Errorf("%s: %d MB for one", name, n>>20)
		}
		d.Release()
	}
}
