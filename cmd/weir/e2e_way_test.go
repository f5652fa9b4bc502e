package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"weir/cmd/weir/corpus"
	"weir/codecs/dsn"
	"weir/codecs/project"
	"weir/topologies/kafka/client"
	"weir/topologies/kafkatest"
)

// largeEnvelope has an event and an attachment of n bytes that do not compress.
func largeEnvelope(id string, n int) (body, attachment []byte) {
	attachment = make([]byte, n)
	_, _ = rand.NewChaCha8(sha256.Sum256([]byte(id))).Read(attachment) // never fails
	body = fmt.Appendf(nil, "{\"event_id\":%q}\n{\"type\":\"event\"}\n{\"message\":\"large\"}\n{\"type\":\"attachment\",\"filename\":\"dump.bin\",\"length\":%d}\n", id, n)
	return append(append(body, attachment...), '\n'), attachment
}

// wantAttachment waits until the attachment of an event has arrived in its chunks, and compares it.
func wantAttachment(t *testing.T, cluster client.Config, topic, id string, want []byte) {
	t.Helper()
	var got []byte
	chunks := 0
	kafkatest.Consume(t, cluster, topic, func(r *kgo.Record) bool {
		if string(messageField(r.Value, "event_id")) == id && string(messageField(r.Value, "type")) == "attachment_chunk" {
			got = append(got, messageField(r.Value, "payload")...)
			chunks++
		}
		return len(got) >= len(want)
	})
	if !bytes.Equal(got, want) {
		t.Errorf("event %s: %d bytes in %d chunks arrive, want %d", id, len(got), chunks, len(want))
	}
}

// An envelope that is larger than a record on raw may be arrives whole, also after a time on the parking lot.
func TestLargeEnvelope(t *testing.T) {
	d := startTestDev(t, devSettings{demo: true})
	d.known(t, shop.key)
	for i, c := range []struct {
		to    demoProject
		bytes int
	}{{shop, 899_000}, {shop, 1_000_000}, {shop, 20 << 20}, {late, 3 << 20}} {
		id := fmt.Sprintf("%032x", i+1)
		body, attachment := largeEnvelope(id, c.bytes)
		got := post(t, http.MethodPost, fmt.Sprintf("%s/api/%d/envelope/?sentry_key=%s", d.base, c.to.id, c.to.key), nil, body)
		if got.status != 200 || got.id() != id {
			t.Fatalf("%d bytes: %d %s", c.bytes, got.status, got.body)
		}
		if c.to == late {
			eventually(t, "it is parked", func() bool {
				return slices.ContainsFunc(d.record.rowsSince(0), func(r recorded) bool { return r.Fate == "parked" })
			})
			d.late.open.Store(true)
		}
		wantAttachment(t, d.cluster, "ingest-attachments", id, attachment)
	}
	if s := d.settled(t); s.Envelopes.Received != 4 || s.Items.Accepted != 8 {
		t.Errorf("%+v %+v", s.Envelopes, s.Items)
	}
}

// The first event of a project that nobody has heard of: from the request, over the parking lot and its config, to the ingest topic.
func TestColdProject(t *testing.T) {
	var took []time.Duration
	parked := 0
	for range 5 {
		d := startTestDev(t, devSettings{demo: true, flags: map[string]string{"cache.batch_interval": "0"}})
		d.known(t, shop.key) // the groups run
		d.late.open.Store(true)
		out := readIngested(t, d.cluster, true, eventTopics("")...)
		r, err := corpus.Get("go/014-messages")
		if err != nil {
			t.Fatal(err)
		}
		if _, status := d.projects.Lookup(dsn.PublicKey(late.key)); status != project.Pending {
			t.Fatal("the project is known already")
		}
		begin := time.Now()
		got := sendCaptured(t, d.base, r, late.key, late.id)
		if got.status != 200 {
			t.Fatalf("%d %s", got.status, got.body)
		}
		acked := map[string]time.Time{got.id(): begin}
		eventually(t, "the event arrives", func() bool { n, _ := out.missing(acked); return n == 0 })
		_, latency := out.missing(acked)
		took = append(took, latency)
		if slices.ContainsFunc(d.record.rowsSince(0), func(r recorded) bool { return r.Released }) {
			parked++ // the others met their config on the way
		}
	}
	slices.Sort(took)
	t.Logf("cold project to ingest topic: %v, %d of them over the parking lot", took, parked)
}
