package broker_test

import (
	"testing"
	"time"

	"weir/topologies/kafka/broker"
	"weir/topologies/kafka/lag"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Chunks stay as long as the record that names them waits, over a start too, although it is written again and again and what was there before
// it has been read long ago; when it has been read they make room for new input.
func TestChunksStayWhileNamed(t *testing.T) {
	dir := t.TempDir()
	open := func() *broker.Broker {
		b := start(t, broker.Config{Dir: dir, Window: 64 << 10, MaxBytes: 4 << 20, Entry: []string{"raw", "blobs"},
			Readers: []lag.Group{{Name: "pipeline", Topics: []string{"raw"}}, {Name: "parking", Topics: []string{"parked"}}},
			Linked: []broker.Linked{{Topic: "blobs", By: []string{"raw", "parked"}, Age: time.Nanosecond,
				Named: func(*kgo.Record) (int32, int64, bool) { return 0, 0, true }}}})
		declare(t, b, "raw", "parked", "blobs")
		return b
	}
	rounds := func(b *broker.Broker) broker.Stats {
		for range 3 {
			clean(t, b)
		}
		return b.Stats()
	}
	b := open()
	rounds(b)
	p := newProducer(t, b.Client())
	fill(t, p, "blobs", 0, 300)
	fill(t, p, "raw", 0, 1)
	if s := rounds(b); !s.Full {
		t.Fatalf("all is needed: %+v", s)
	}
	for i := range 5 { // written again, then committed
		fill(t, p, "parked", 0, 1)
		if i == 0 {
			commit(t, b.Client(), "pipeline", "raw", 1)
		} else {
			commit(t, b.Client(), "parking", "parked", int64(i))
		}
		if s, at := rounds(b), position(t, b.Client(), "blobs"); at.Start != 0 || !s.Full {
			t.Fatalf("written %d times: chunks from %d, %+v", i+2, at.Start, s)
		}
	}
	b.Close()
	b = open()
	p = newProducer(t, b.Client())
	rounds(b)
	fill(t, p, "parked", 0, 1)
	commit(t, b.Client(), "parking", "parked", 5)
	if rounds(b); position(t, b.Client(), "blobs").Start != 0 {
		t.Fatal("lost after a start")
	}
	commit(t, b.Client(), "parking", "parked", 6)
	if s, at := rounds(b), position(t, b.Client(), "blobs"); at.Start < 250 || s.Full {
		t.Fatalf("read: chunks from %d, %+v", at.Start, s)
	}
}

// Chunks of which nobody has written the manifest yet are not taken for those of nobody, from the first moment on and for Age.
func TestChunksWaitForTheirManifest(t *testing.T) {
	b := start(t, broker.Config{Window: 64 << 10, Readers: []lag.Group{{Name: "pipeline", Topics: []string{"raw"}}},
		Linked: []broker.Linked{{Topic: "blobs", By: []string{"raw"}, Age: 5 * time.Hour,
			Named: func(*kgo.Record) (int32, int64, bool) { return 0, 0, true }}}})
	declare(t, b, "raw", "blobs")
	fill(t, newProducer(t, b.Client()), "blobs", 0, 100)
	for round := range 5 {
		clean(t, b)
		if at := position(t, b.Client(), "blobs"); at.Start != 0 {
			t.Fatalf("round %d: chunks from %d", round, at.Start)
		}
	}
	clean(t, b)
	if at := position(t, b.Client(), "blobs"); at.Start == 0 {
		t.Fatal("chunks of nobody stay")
	}
}
