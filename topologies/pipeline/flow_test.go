package pipeline_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"weir/codecs/deadletter"
	"weir/codecs/dsn"
	"weir/codecs/ledger"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/codecs/ratelimit"
	"weir/codecs/raw"
	"weir/topologies/kafka"
	"weir/topologies/kafkatest"
	"weir/topologies/outcomes"
	"weir/topologies/pipeline"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Cold project to ingest topic under 500 ms; an unknown project ends in the ledger and nowhere else.
func TestColdAndUnknownProjects(t *testing.T) {
	h := open(t, kafka.AtLeastOnce)
	kafkatest.Eventually(t, "global config", func() bool { _, ok := h.projects.Global(); return ok })
	h.send(h.record(nobody, "accept")) // warms the groups up
	kafkatest.Eventually(t, "the unknown key is disabled", func() bool { _, s := h.projects.Lookup(nobody); return s == project.Disabled })
	h.settle()
	began := time.Now()
	h.send(h.record(enabled, "accept one"))
	if got := h.read("ingest-events", 1); string(got[0].Value) != "accept one" {
		t.Errorf("message %q", got[0].Value)
	}
	t.Logf("cold project took %v", time.Since(began))
	s := h.settle()
	if s.Envelopes.Received != 2 || s.Envelopes.Finished != 2 || s.Items.Accepted != 1 || s.Items.Discarded != 1 {
		t.Errorf("%+v", s)
	}
	if p := h.counters.Project(nobody, 0, 1<<40); len(p.Counts) != 1 || p.Counts[0].Reason != "project_id" || p.Items.Discarded != 1 {
		t.Errorf("ledger of the unknown project: %+v", p)
	}
	adm, done, err := h.cluster.Admin()
	h.must(err)
	defer done()
	for _, topic := range []string{"outcomes", "outcomes-billing", names.DeadLetters} {
		ends, err := adm.ListEndOffsets(t.Context(), topic)
		h.must(err)
		for _, p := range ends[topic] {
			if p.Offset != 0 {
				t.Errorf("something was written to %s", topic)
			}
		}
	}
}

func TestLateProjectIsReleased(t *testing.T) {
	h := open(t, kafka.AtLeastOnce)
	for i := range 20 {
		h.send(h.record(late, fmt.Sprintf("accept %d", i)))
	}
	traced := h.record(enabled, "accept traced")
	traced.Sampling = late // its own config is known, that of its trace is not
	h.send(traced)
	kafkatest.Eventually(t, "all are parked", func() bool { return h.counters.Totals().Sources[ledger.Source{Topic: names.Raw}].Parked > 0 })
	h.send(h.record(enabled, "accept other"))
	if got := h.read("ingest-events", 1); string(got[0].Value) != "accept other" {
		t.Errorf("message %q", got[0].Value)
	}
	h.src.mu.Lock()
	h.src.late = true
	h.src.mu.Unlock()
	h.read("ingest-events", 22)
	if s := h.settle(); s.Envelopes.Finished != 22 || s.Items.Accepted != 22 || s.Envelopes.Duplicates != 0 {
		t.Errorf("%+v", s)
	}
}

// Every end at once, in both deliveries.
func TestEnds(t *testing.T) {
	for _, d := range kafka.AllDeliveries {
		t.Run(d.String(), func(t *testing.T) { testEnds(t, d) })
	}
}

func testEnds(t *testing.T, d kafka.Delivery) {
	h := open(t, d)
	broken := h.record(enabled, "accept")
	broken.Body = []byte("no envelope")
	h.send(h.record(enabled, "accept 1"), h.record(enabled, "drop"), h.record(enabled, "drop"), h.record(enabled, "accept 2", "dead", "drop"),
		h.record(enabled, "panic"), h.record(enabled, "big"), broken)
	kafkatest.Produce(t, h.out, &kgo.Record{Topic: names.Raw, Key: []byte("?"), Value: []byte("not a record")})
	s := h.settle()
	if s.Envelopes.Received != 8 || s.Envelopes.Finished != 8 || s.Envelopes.Dead != 3 {
		t.Errorf("envelopes %+v", s.Envelopes)
	}
	if s.Items != (outcomes.Items{Received: 10, Accepted: 2, Discarded: 4, Dead: 4}) {
		t.Errorf("items %+v", s.Items)
	}
	if got := h.tallies("outcomes", 2); got["filtered/localhost/error"] != 3 && got["invalid/internal/error"] != 1 {
		t.Errorf("outcomes %v", got)
	}
	for _, r := range h.read("ingest-events", 2) {
		if !bytes.HasPrefix(r.Value, []byte("accept ")) {
			t.Errorf("message %q", r.Value)
		}
	}
	reasons := map[outcome.Reason]int{}
	for _, r := range h.read(names.DeadLetters, 4) {
		l, err := deadletter.Decode(r.Value)
		if err != nil || l.Topic != names.Raw && l.Topic != names.Released || len(l.Value) == 0 || !bytes.Equal(l.Key, r.Key) {
			t.Fatalf("dead letter %s: %v", r.Value, err)
		}
		if l.Reason != pipeline.ReasonUndecodable && raw.Decode(l.Key, l.Value, l.Headers).Err != nil {
			t.Errorf("the original does not come back: %s", r.Value)
		}
		reasons[l.Reason]++
	}
	if reasons["step_panic"] != 2 || reasons[pipeline.ReasonUndecodable] != 2 {
		t.Errorf("dead letters %v", reasons)
	}
}

// A limit is in the view, and on its topic, before the outcome of its drop can be read.
func TestLimitsAreKnownBeforeTheOutcome(t *testing.T) {
	h := open(t, kafka.AtLeastOnce)
	h.warm()
	h.send(h.record(enabled, "limited"))
	if got := h.tallies("outcomes-billing", 1); got["rate_limited/get_lost/error"] != 1 {
		t.Errorf("outcomes %v", got)
	}
	if l := h.limits.For(h.projects.Scope(enabled), time.Now()); len(l) != 1 {
		t.Errorf("limits %v", l)
	}
	if _, err := ratelimit.DecodeRecord(h.read(names.RateLimits, 1)[0].Value); err != nil {
		t.Error(err)
	}
	h.settle()
	var named []ledger.Limited
	for _, r := range h.read(names.Ledger, 6) { // parked, accepted, limited; each for the project and for the totals
		rec, err := ledger.Decode(r.Value)
		h.must(err)
		named = append(named, rec.Entries[0].Limited...)
	}
	if len(named) != 1 || named[0].Reason != "get_lost" || named[0].Receipt.IsNil() {
		t.Errorf("the ledger names %v", named)
	}
}

// What finishes out of order is written in order, and a stop in between repeats nothing that was committed and loses nothing.
func TestOutOfOrderAndRestart(t *testing.T) {
	h := open(t, kafka.AtLeastOnce)
	h.warm()
	slow := h.record(enabled, "slow")
	var recs []*raw.Record
	for i := range 10 {
		r := h.record(enabled, fmt.Sprintf("accept %d", i))
		r.EventID = slow.EventID // one partition
		recs = append(recs, r)
	}
	h.send(append([]*raw.Record{slow}, recs...)...)
	close(h.chain.slow)
	last := map[int32]int{}
	for _, r := range h.read("ingest-events", 12) {
		n := 0
		if v, ok := strings.CutPrefix(string(r.Value), "accept "); !ok || v == "warm" {
			continue
		} else if _, err := fmt.Sscan(v, &n); err != nil {
			t.Fatal(err)
		}
		if n+1 < last[r.Partition] {
			t.Errorf("%d after %d", n, last[r.Partition]-1)
		}
		last[r.Partition] = n + 1
	}
	h.must(h.stop())
	h.send(h.record(enabled, "accept after"))
	h.start()
	h.read("ingest-events", 13)
	if s := h.settle(); s.Envelopes.Received != 13 || s.Items.Accepted != 13 {
		t.Errorf("%+v", s)
	}
}

// The same offsets processed again are counted once and named as duplicates.
func TestRedeliveryIsCountedOnce(t *testing.T) {
	h := open(t, kafka.AtLeastOnce)
	for range 30 {
		h.send(h.record(enabled, "accept", "drop"))
	}
	if s := h.settle(); s.Items.Accepted != 30 || s.Envelopes.Duplicates != 0 {
		t.Fatalf("%+v", s)
	}
	h.must(h.stop())
	adm, done, err := h.cluster.Admin()
	h.must(err)
	defer done()
	offsets, err := adm.FetchOffsets(t.Context(), groups.Pipeline)
	h.must(err)
	again := int64(0)
	set := offsets.Offsets()
	for _, parts := range set {
		for p, o := range parts {
			if o.At > 3 {
				again += o.At - 3
				o.At = 3
				parts[p] = o
			}
		}
	}
	if _, err := adm.CommitOffsets(t.Context(), groups.Pipeline, set); err != nil {
		t.Fatal(err)
	}
	h.start()
	h.read("ingest-events", 30+int(again))
	kafkatest.Eventually(t, "the ledger has seen them", func() bool { return int64(h.counters.Totals().Repeated) == again })
	if s := h.settle(); s.Items.Accepted != 30 || s.Items.Discarded != 30 || s.Envelopes.Finished != 30 || s.Envelopes.Duplicates != again {
		t.Errorf("%+v, %d processed again", s, again)
	}
}

func TestLargeEnvelopesComeFromBlobs(t *testing.T) {
	h := open(t, kafka.AtLeastOnce)
	cl := kafkatest.Client(t, h.cluster, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchMaxBytes(2<<20))
	large := func(lose bool) *raw.Record {
		r := h.record(enabled, "large "+strings.Repeat("x", 3<<20))
		sum := sha256.Sum256(r.Body)
		r.Manifest = &raw.Manifest{Partition: 1, Length: len(r.Body), SHA256: hex.EncodeToString(sum[:])}
		for left := r.Body; len(left) > 0; {
			n := min(len(left), 900_000)
			k := &kgo.Record{Topic: names.Blobs, Partition: 1, Value: left[:n]}
			kafkatest.Produce(t, cl, k)
			r.Manifest.Offsets = append(r.Manifest.Offsets, k.Offset)
			left = left[n:]
		}
		if r.Body = nil; lose {
			r.Manifest.SHA256 = strings.Repeat("0", 64)
		}
		return r
	}
	h.send(large(false), large(true), h.record(enabled, "accept"))
	for _, r := range h.read("ingest-events", 2) {
		if v := string(r.Value); v != "accept" && v != fmt.Sprintf("large %d", 6+(3<<20)) {
			t.Errorf("message %q", v)
		}
	}
	l, err := deadletter.Decode(h.read(names.DeadLetters, 1)[0].Value)
	if h.must(err); l.Reason != pipeline.ReasonBlobLost {
		t.Errorf("dead letter %s: %s", l.Reason, l.Detail)
	}
	if s := h.settle(); s.Items.Accepted != 2 || s.Items.Dead != 1 {
		t.Errorf("%+v", s)
	}
}

// Too old: an outcome when the project is known, ledger and dead letter when it is not.
func TestTooOld(t *testing.T) {
	h := open(t, kafka.AtLeastOnce)
	h.send(h.record(enabled, "accept"))
	h.read("ingest-events", 1)
	var old []*raw.Record
	for _, key := range []dsn.PublicKey{enabled, late} {
		r := h.record(key, "accept", "accept")
		r.ReceivedAt = time.Now().Add(-25 * time.Hour)
		old = append(old, r)
	}
	h.send(old...)
	if got := h.tallies("outcomes", 1); got["invalid/timestamp/error"] != 1 {
		t.Errorf("outcomes %v", got)
	}
	l, err := deadletter.Decode(h.read(names.DeadLetters, 1)[0].Value)
	if h.must(err); l.Reason != pipeline.ReasonTimestamp {
		t.Errorf("dead letter %s: %s", l.Reason, l.Detail)
	}
	if s := h.settle(); s.Items.Accepted != 1 || s.Items.Discarded != 4 {
		t.Errorf("%+v", s)
	}
}

// What retention deletes before it is processed is named as lost, also when later records have been processed.
func TestDeletedBeforeItIsProcessed(t *testing.T) {
	h := open(t, kafka.AtLeastOnce)
	h.warm()
	h.settle()
	h.must(h.stop())
	for i := range 30 {
		h.send(h.record(enabled, fmt.Sprintf("accept %d", i)))
	}
	adm, done, err := h.cluster.Admin()
	h.must(err)
	defer done()
	before, err := adm.ListEndOffsets(t.Context(), names.Raw)
	h.must(err)
	del, lost := kadm.Offsets{}, int64(0)
	committed, err := adm.FetchOffsets(t.Context(), groups.Pipeline)
	h.must(err)
	before.Each(func(o kadm.ListedOffset) {
		at := int64(0)
		if c, ok := committed.Lookup(o.Topic, o.Partition); ok {
			at = max(c.At, 0)
		}
		if to := o.Offset - 2; to > at {
			del.Add(kadm.Offset{Topic: o.Topic, Partition: o.Partition, At: to})
			lost += to - at
		}
	})
	_, err = adm.DeleteRecords(t.Context(), del)
	h.must(err)
	sum := func() outcomes.Summary {
		s, err := outcomes.Summarize(t.Context(), h.cluster, names, groups, h.counters)
		h.must(err)
		return s
	}
	if s := sum(); s.Envelopes.Lost != lost || s.Envelopes.Difference != 0 || lost == 0 {
		t.Errorf("before: %+v, want %d lost", s.Envelopes, lost)
	}
	h.start()
	if s := h.settle(); s.Envelopes.Lost != lost || s.Envelopes.Received != 31 || s.Envelopes.Finished != 31-lost || s.Envelopes.Duplicates != 0 {
		t.Errorf("%+v, want %d lost", s.Envelopes, lost)
	}
}
