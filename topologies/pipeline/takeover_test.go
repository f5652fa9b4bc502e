package pipeline_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"weir/codecs/outcome"
	"weir/codecs/raw"
	"weir/topologies/kafka"
	"weir/topologies/kafka/client"
	"weir/topologies/kafkatest"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// killed puts the groups back to where a worker left them that was killed after it had written everything that it owes the records from the
// given offset on: nothing of it is committed. With forget, the ledger records were not written either.
func (h *house) killed(offset int64, since time.Time, forget bool) (again int64) {
	h.Helper()
	h.must(h.stop())
	adm, done, err := h.cluster.Admin()
	h.must(err)
	defer done()
	fetched, err := adm.FetchOffsets(h.Context(), groups.Pipeline)
	h.must(err)
	set := kadm.Offsets{}
	fetched.Each(func(o kadm.OffsetResponse) {
		if o.Metadata != "weir clean" {
			h.Errorf("%s/%d was left with %q", o.Topic, o.Partition, o.Metadata)
		}
		if o.At > offset {
			again += o.At - offset
			set.Add(kadm.Offset{Topic: o.Topic, Partition: o.Partition, At: offset, LeaderEpoch: -1, Metadata: fmt.Sprintf("weir since %d", since.UnixMilli())})
		}
	})
	_, err = adm.CommitOffsets(h.Context(), groups.Pipeline, set)
	h.must(err)
	if !forget {
		return again
	}
	ends, err := adm.ListEndOffsets(h.Context(), names.Ledger)
	h.must(err)
	if _, err := adm.DeleteRecords(h.Context(), ends.Offsets()); err != nil {
		h.Fatal(err)
	}
	return again
}

// quantity sums what the outcomes topics say.
func (h *house) quantity(topic string) (n uint64) {
	h.Helper()
	for _, r := range h.read(topic, int(kafkatest.End(h, h.cluster, topic))) {
		t, _, err := outcome.ParseMessage(r.Value)
		h.must(err)
		n += t.Quantity
	}
	return n
}

// A worker is killed when everything is written and nothing committed, with and without its ledger records: nothing is written again, nothing
// counted again, and nothing is taken for a repeat.
func TestNothingIsWrittenAgainAfterAKill(t *testing.T) {
	for _, forget := range []bool{false, true} {
		t.Run(fmt.Sprintf("ledger lost %v", forget), func(t *testing.T) {
			h, since := build(t, kafka.AtLeastOnce), time.Now()
			kafkatest.Eventually(t, "the project is known", func() bool {
				h.projects.Request(enabled)
				s, _ := h.projects.Lookup(enabled)
				return s != nil
			})
			var recs []*raw.Record
			for i := range 40 {
				recs = append(recs, h.record(enabled, fmt.Sprintf("accept %d", i), "drop", "dead"))
			}
			h.send(recs...)
			h.read("ingest-events", 40)
			kafkatest.Eventually(t, "all are committed", func() bool { return kafkatest.Committed(t, h.cluster, groups.Pipeline, names.Raw) == 40 })
			again := h.killed(0, since, forget)
			counted := h.chain.counted.Load()
			h.start()
			h.count()
			s := h.settle()
			if again != 40 || s.Envelopes.Finished != 40 || s.Envelopes.Duplicates != 0 || s.Items.Received != 120 || s.Items.Accepted != 40 || s.Items.Discarded != 40 || s.Items.Dead != 40 {
				t.Errorf("%d again, %+v %+v", again, s.Envelopes, s.Items)
			}
			if n := kafkatest.End(t, h.cluster, "ingest-events"); n != 40 {
				t.Errorf("%d messages", n)
			}
			if n := kafkatest.End(t, h.cluster, names.DeadLetters); n != 40 {
				t.Errorf("%d dead letters", n)
			}
			if n := h.quantity("outcomes"); n != 40 {
				t.Errorf("outcomes of %d events", n)
			}
			if n := h.chain.counted.Load() - counted; n != 40 { // what has a dead letter is not known to have been let through
				t.Errorf("%d chains counted for quotas again", n)
			}
		})
	}
}

// What had been written in part is completed; what may belong to another envelope, or has another form by now, is written again and named.
func TestRepeatsAreNamed(t *testing.T) {
	h, since := open(t, kafka.AtLeastOnce), time.Now()
	h.warm()
	var recs []*raw.Record
	for i := range 10 {
		recs = append(recs, h.record(enabled, fmt.Sprintf("accept %d", i)), h.record(enabled, "report"), h.record(enabled, "event"))
	}
	h.send(recs...)
	h.read("ingest-events", 31)
	if s := h.settle(); s.Envelopes.Duplicates != 0 {
		t.Errorf("%+v", s.Envelopes)
	}
	counted := h.chain.counted.Load()
	h.killed(0, since, false)
	h.chain.version.Add(1)
	h.start()
	h.read("ingest-events", 51)
	kafkatest.Eventually(t, "the repeats are named", func() bool { return h.counters.Totals().Repeated == 20 })
	if s := h.settle(); s.Envelopes.Finished != 31 || s.Envelopes.Duplicates != 20 || s.Items.Accepted != 31 {
		t.Errorf("%+v %+v", s.Envelopes, s.Items)
	}
	if p := h.counters.Project(enabled, 0, 1<<40); p.Repeated != 20 {
		t.Errorf("%d repeats of the project", p.Repeated)
	}
	seen := map[string]int{}
	for _, r := range h.read("ingest-events", 51) {
		if text := string(r.Value); strings.HasPrefix(text, "accept ") {
			seen[text]++
		}
	}
	for text, n := range seen {
		if n != 1 {
			t.Errorf("%q is there %d times", text, n)
		}
	}
	if n := h.chain.counted.Load() - counted; n != 20 {
		t.Errorf("%d chains counted for quotas again", n)
	}
}

// Nobody looks for what a group wrote that was reset by hand: that is to be written again. See TestRedeliveryIsCountedOnce.
func TestOnlyWhatIsThereIsLeftOut(t *testing.T) {
	h, since := open(t, kafka.AtLeastOnce), time.Now()
	h.warm()
	same := h.record(enabled, "accept same")
	h.send(same)
	h.read("ingest-events", 2)
	h.settle()
	h.killed(0, since, false)
	other := *same // another request with the same event
	other.Receipt, other.Body = h.record(enabled).Receipt, []byte(strings.Replace(string(same.Body), "same", "more", 1))
	h.send(&other, h.record(enabled, "accept new"))
	h.start()
	h.read("ingest-events", 4)
	if s := h.settle(); s.Envelopes.Finished != 4 || s.Envelopes.Duplicates != 0 {
		t.Errorf("%+v", s.Envelopes)
	}
	if n := kafkatest.End(t, h.cluster, "ingest-events"); n != 4 {
		t.Errorf("%d messages", n)
	}
}

// What a transaction that was aborted left on a topic is not there, and what is not there is written.
func TestAbortedIsNotThere(t *testing.T) {
	h, since := build(t, kafka.AtLeastOnce), time.Now()
	kafkatest.Eventually(t, "the project is known", func() bool {
		h.projects.Request(enabled)
		s, _ := h.projects.Lookup(enabled)
		return s != nil
	})
	h.send(h.record(enabled, "accept one"))
	written := h.read("ingest-events", 1)[0]
	kafkatest.Eventually(t, "it is committed", func() bool { return kafkatest.Committed(t, h.cluster, groups.Pipeline, names.Raw) == 1 })
	h.killed(0, since, true)
	adm, done, err := h.cluster.Admin()
	h.must(err)
	defer done()
	ends, err := adm.ListEndOffsets(t.Context(), "ingest-events")
	h.must(err)
	_, err = adm.DeleteRecords(t.Context(), ends.Offsets())
	h.must(err)
	tx := kafkatest.Client(t, h.cluster, kgo.TransactionalID("aborted"))
	h.must(tx.BeginTransaction())
	kafkatest.Produce(t, tx, &kgo.Record{Topic: "ingest-events", Key: written.Key, Value: written.Value, Headers: written.Headers})
	h.must(tx.EndTransaction(t.Context(), kgo.TryAbort))
	before := kafkatest.End(t, h.cluster, "ingest-events")
	h.start()
	kafkatest.Eventually(t, "it is written", func() bool { return kafkatest.End(t, h.cluster, "ingest-events") == before+1 })
}

// A cluster that is away and has topics of some kinds only keeps nobody from finding what is on the others.
func TestAnotherClusterIsAway(t *testing.T) {
	h, since := open(t, kafka.AtLeastOnce), time.Now()
	h.warm()
	for i := range 10 {
		h.send(h.record(enabled, fmt.Sprintf("accept %d", i), "drop"))
	}
	h.read("ingest-events", 11)
	h.settle()
	h.killed(0, since, true)
	h.clusters = map[string]client.Config{"ingest-spans": {Brokers: []string{"127.0.0.1:1"}}}
	counted := h.chain.counted.Load()
	h.start()
	h.send(h.record(enabled, "accept last"))
	h.read("ingest-events", 12)
	s := h.settle()
	if s.Envelopes.Finished != 12 || s.Envelopes.Duplicates != 0 || h.chain.counted.Load() != counted+1 {
		t.Errorf("%+v, %d chains counted for quotas", s.Envelopes, h.chain.counted.Load()-counted)
	}
	if n := kafkatest.End(t, h.cluster, "ingest-events"); n != 12 {
		t.Errorf("%d messages", n)
	}
	if n := h.quantity("outcomes"); n != 10 {
		t.Errorf("outcomes of %d events", n)
	}
}
