package records

import (
	"testing"

	"weir/codecs/event"
)

// Of attributes of one size the last by name goes first, in whatever order they were added.
func TestTrimByName(t *testing.T) {
	d, err := event.Parse([]byte(`{"attributes":{"b":{"type":"string","value":"xxxx"},"a":{"type":"string","value":"yyyy"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Release()
	trim(d, d.Root, uint64(fixedSize(d.Root))+5, 100)
	if a := d.Root.Get("attributes"); a.Get("a").IsNull() || !a.Get("b").IsNull() {
		t.Errorf("%s", d.Root.AppendTo(nil))
	}
}
