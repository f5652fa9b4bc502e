package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"weir/topologies/kafkatest"
)

// A load whose topics cannot be read does not begin: what has arrived would be counted from nowhere.
func TestLoadReadsItsTopicsFirst(t *testing.T) {
	var sent atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { sent.Add(1) }))
	defer server.Close()
	gone, err := kgo.NewClient(kgo.SeedBrokers("127.0.0.1:1"), kgo.RequestRetries(0))
	if err != nil {
		t.Fatal(err)
	}
	l := &load{url: server.URL, bodies: [][]byte{[]byte("{}\n")}, count: 3, conns: 1, topics: []string{"ingest-events"}, drain: time.Minute, kafka: gone}
	defer l.close()
	if _, err := l.run(t.Context(), io.Discard); err == nil || sent.Load() != 0 {
		t.Errorf("%d sent, %v", sent.Load(), err)
	}
}

// Topics that are not there yet have no records; what was there before does not count.
func TestLoadCountsWhatArrives(t *testing.T) {
	c := kafkatest.Cluster(t, 1, "a")
	cl := kafkatest.Client(t, c)
	kafkatest.Produce(t, cl, &kgo.Record{Topic: "a", Value: []byte("before")})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		kafkatest.Produce(t, cl, &kgo.Record{Topic: "a", Value: []byte("x")})
	}))
	defer server.Close()
	l := &load{url: server.URL, bodies: [][]byte{[]byte("{}\n")}, count: 3, conns: 2, topics: []string{"a", "missing"}, drain: time.Minute, kafka: kafkatest.Client(t, c)}
	res, err := l.run(t.Context(), io.Discard)
	if err != nil || res.OK != 3 || res.Arrived != 3 {
		t.Errorf("%+v, %v", res, err)
	}
}
