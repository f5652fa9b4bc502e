package producer

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Whoever comes after a pause is sent at once, however long others would wait.
func TestPause(t *testing.T) {
	var now atomic.Int64
	p := open(t, cluster(t), Config{AckTimeout: patience, Client: []kgo.Opt{kgo.ProducerLinger(time.Minute)}, Now: func() time.Time { return time.Unix(1e9+now.Load(), 0) }})
	first := make(chan error, 1) // waits for the client to know the topic, and would then wait for others
	go func() { first <- p.Write(t.Context(), record(0, "0")) }()
	for len(first) == 0 {
		if err := p.client.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		runtime.Gosched()
	}
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		now.Add(60)
		if err := p.Write(t.Context(), record(i+1, fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
}

// An operator who wants none of it has none.
func TestNoLinger(t *testing.T) {
	p := open(t, cluster(t), Config{AckTimeout: patience, Client: []kgo.Opt{kgo.ProducerLinger(0)}, Now: func() time.Time { return time.Unix(1e9, 0) }})
	for i := range 3 {
		if err := p.Write(t.Context(), record(i, fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
}
