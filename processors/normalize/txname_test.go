package normalize

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"weir/codecs/event"
)

// identifiersWhole asks the expression about the whole name.
func identifiersWhole(name string) []event.Remark { return appendIdentifiers(nil, name, 0) }

// TestIdentifiersBySegment holds that looking at segments finds what the expression finds in the whole name.
func TestIdentifiersBySegment(t *testing.T) {
	pieces := []string{
		"/", "/", "\\", "a", "12", "1", "%41", "%zz", "%", "%1", "0x", "0XAf", "x", ":", " ", "-", "é", "52df9022-8352-46ee-b317-dbd739ccd059", "abcdefab", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
		"abcdefababcdefababcdefababcdefab", "2026-01-02T03:04:05Z", "2026-01-02T03:04+01:00", "Sun Jan 2 03:04:05 2026", "Mon, 3 Feb 2026 10:11 GMT", "_", ".",
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		var b strings.Builder
		for range r.IntN(7) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		name := b.String()
		_, got := scrubIdentifiers(name)
		if want := identifiersWhole(name); !slices.Equal(got, want) {
			t.Fatalf("%q: %+v, want %+v", name, got, want)
		}
	}
}
