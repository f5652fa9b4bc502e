package producer

import (
	"slices"
	"strings"
	"testing"

	"weir/codecs/topic"
)

// Envelopes go to one partition until a stint is full, and then to others.
func TestStints(t *testing.T) {
	c := cluster(t)
	p := open(t, c, Config{})
	const n, size = 100, 64 << 10
	for i := range n {
		if err := p.Write(t.Context(), record(i, strings.Repeat("x", size))); err != nil {
			t.Fatal(err)
		}
	}
	partitions := make([]int32, n) // in the order of the writes
	for _, r := range consume(t, c, names.Raw, n) {
		id := decode(r).EventID
		partitions[int(id[0])|int(id[1])<<8] = r.Partition
	}
	changes := len(slices.Compact(slices.Clone(partitions))) - 1
	if most := n*size/stint + 1; changes == 0 || changes > most {
		t.Errorf("%d changes of the partition, want 1 to %d: %v", changes, most, partitions)
	}
}

// What has to stay in order goes where its key says.
func TestOrdered(t *testing.T) {
	c := cluster(t)
	p := open(t, c, Config{ByKey: true})
	const n = 20
	for i := range n {
		r := record(i, "x")
		r.Key = r.Key[:30] + "0" + r.Key[:1]
		if i%2 == 0 {
			r.Key = r.Key[1:] + "7"
		}
		if err := p.Write(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range consume(t, c, names.Raw, n) {
		if want := topic.FNVPartition(r.Key, 4); int(r.Partition) != want {
			t.Errorf("key %s on partition %d, want %d", r.Key, r.Partition, want)
		}
	}
}
