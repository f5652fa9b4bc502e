package main

import (
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"weir/codecs/ingest"
	"weir/topologies/kafka/client"
)

// ingested collects the events on ingest topics from the start of the topics on, by event id.
type ingested struct {
	mu      sync.Mutex
	events  map[string]map[string]int // topic -> event id -> messages
	first   map[string]time.Time      // event id -> arrival of its first message
	last    time.Time                 // arrival of the newest message
	longest time.Duration             // longest time without a message since watchStalls
	watched bool
}

// readIngested reads until the end of the test. Topics are kept apart by name; committed says whether open transactions are waited for.
func readIngested(t testing.TB, cluster client.Config, committed bool, topics ...string) *ingested {
	t.Helper()
	level := kgo.ReadUncommitted()
	if committed {
		level = kgo.ReadCommitted()
	}
	cl, err := cluster.New(kgo.ConsumeTopics(topics...), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(level),
		kgo.FetchMaxWait(100*time.Millisecond), kgo.MetadataMinAge(100*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	o := &ingested{events: map[string]map[string]int{}, first: map[string]time.Time{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			fetches := cl.PollFetches(t.Context())
			if fetches.IsClientClosed() || t.Context().Err() != nil {
				return
			}
			now := time.Now()
			o.mu.Lock()
			fetches.EachRecord(func(r *kgo.Record) { o.add(r, now) })
			o.mu.Unlock()
		}
	}()
	t.Cleanup(func() { cl.Close(); <-done })
	return o
}

func (o *ingested) add(r *kgo.Record, now time.Time) {
	if string(messageField(r.Value, "type")) != "event" {
		return // chunks, attachments, user reports
	}
	id := string(messageField(r.Value, "event_id"))
	if o.events[r.Topic] == nil {
		o.events[r.Topic] = map[string]int{}
	}
	o.events[r.Topic][id]++
	if _, ok := o.first[id]; !ok {
		o.first[id] = now
	}
	if o.watched && now.Sub(o.last) > o.longest {
		o.longest = now.Sub(o.last)
	}
	o.last = now
}

// watchStalls starts or stops measuring the longest time without a message.
func (o *ingested) watchStalls(on bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.watched, o.last = on, time.Now()
}

func (o *ingested) stall() time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.longest
}

// on returns the events of a topic.
func (o *ingested) on(topic string) map[string]int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return maps.Clone(o.events[topic])
}

// read is the number of events of a topic that have arrived, each as often as it did.
func (o *ingested) read(topic string) (n int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, times := range o.events[topic] {
		n += int64(times)
	}
	return n
}

// distinct is the number of different events that have arrived.
func (o *ingested) distinct() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.first)
}

// missing counts the acknowledged events that have not arrived; slowest is the longest time from acknowledgement to arrival.
func (o *ingested) missing(acked map[string]time.Time) (n int, slowest time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for id, at := range acked {
		if arrived, ok := o.first[id]; !ok {
			n++
		} else {
			slowest = max(slowest, arrived.Sub(at))
		}
	}
	return n, slowest
}

// duplicates counts the messages beyond the first of each event.
func (o *ingested) duplicates() (n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, events := range o.events {
		for _, times := range events {
			n += times - 1
		}
	}
	return n
}

// eventTopics are the topics that carry events, under their default names with a prefix.
func eventTopics(prefix string) (names []string) {
	for _, t := range []ingest.Topic{ingest.Events, ingest.Attachments, ingest.Transactions, ingest.Feedback} {
		names = append(names, prefix+t.DefaultName())
	}
	return names
}
