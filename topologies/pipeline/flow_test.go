package pipeline_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/codecs/deadletter"
	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/ingest"
	"weir/codecs/ledger"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/codecs/ratelimit"
	"weir/codecs/raw"
	"weir/codecs/topic"
	"weir/processors"
	"weir/processors/chain"
	"weir/topologies/blobs"
	"weir/topologies/kafka"
	"weir/topologies/kafka/client"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafkatest"
	"weir/topologies/limits"
	"weir/topologies/outcomes"
	"weir/topologies/parking"
	"weir/topologies/pipeline"
	"weir/topologies/projects"

	"github.com/twmb/franz-go/pkg/kgo"
)

var (
	names  = topic.NamesIn("t-")
	groups = topic.GroupsIn("t-")
)

const (
	enabled = dsn.PublicKey("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa") // project 42 of organization 1
	nobody  = dsn.PublicKey("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb") // no source knows it
	late    = dsn.PublicKey("cccccccccccccccccccccccccccccccc") // known when the test says so
)

// source knows enabled at once and late from a moment on.
type source struct {
	mu   sync.Mutex
	late bool
}

func (*source) Name() string { return "test" }

func (s *source) Fetch(_ context.Context, reqs []projects.Request) (map[dsn.PublicKey]projects.Answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	got := map[dsn.PublicKey]projects.Answer{}
	for _, r := range reqs {
		switch {
		case r.Key == enabled || r.Key == late && s.late:
			got[r.Key] = projects.Answer{Kind: projects.Found, State: fmt.Appendf(nil,
				`{"projectId":42,"organizationId":1,"publicKeys":[{"publicKey":%q,"numericId":7}]}`, r.Key)}
		case r.Key == late:
			got[r.Key] = projects.Answer{Kind: projects.Pending}
		}
	}
	return got, nil
}

// fakeChain does what the payload of each item says.
type fakeChain struct {
	slow    chan struct{} // "slow" waits for it
	learned func(now time.Time) ratelimit.Limit
}

func (f *fakeChain) Run(ctx context.Context, in chain.Input) (res chain.Result) {
	res.Scope = dsn.Scoping{Key: in.Record.Key, Project: in.Record.Project}
	if in.State != nil {
		res.Scope = in.State.Scoping(in.Record.Key, in.Record.Project)
	}
	tally := func(id outcome.ID, reason outcome.Reason, tell bool) {
		t := outcome.Tally{Scope: res.Scope, Timestamp: in.Record.ReceivedAt, ID: id, Reason: reason, Category: outcome.Error, Quantity: 1}
		res.Ledger = append(res.Ledger, t)
		if tell {
			res.Tallies = append(res.Tallies, t)
		}
	}
	facts := &processors.Facts{Receipt: in.Record.Receipt}
	for i := range in.Envelope.Items {
		it := &processors.Item{Item: in.Envelope.Items[i], Index: i}
		u := &processors.Unit{Facts: facts, Index: i, Items: []*processors.Item{it}}
		res.Units = append(res.Units, u)
		res.Items.Received++
		value := it.Payload
		text, _, _ := strings.Cut(string(it.Payload), " ")
		drop := func(id outcome.ID, reason outcome.Reason, tell bool) {
			u.Drop(it, id, reason)
			res.Items.Discarded++
			tally(id, reason, tell)
		}
		switch {
		case in.Status == project.Disabled:
			drop(outcome.Invalid, "project_id", true)
			continue
		case text == "panic":
			panic("boom")
		case text == "dead":
			res.Items.Dead++
			res.Dead = append(res.Dead, chain.Dead{Unit: i, Step: "scrub", Reason: "step_panic", Detail: "test"})
			continue
		case text == "drop":
			drop(outcome.Filtered, "localhost", true)
			continue
		case text == "limited":
			if len(in.Limits) == 0 {
				res.Learned = append(res.Learned, f.learned(in.Now))
			}
			drop(outcome.RateLimited, "get_lost", true)
			res.Limited = append(res.Limited, i)
			continue
		case text == "slow":
			select {
			case <-f.slow:
			case <-ctx.Done():
			}
		case text == "big":
			value = bytes.Repeat([]byte("x"), 2<<20)
		case text == "large":
			value = fmt.Appendf(nil, "large %d", len(it.Payload))
		}
		u.Accept(it)
		res.Items.Accepted++
		tally(outcome.Accepted, "", false)
		u.Out = append(u.Out, ingest.Message{Topic: ingest.Events, Key: ingest.KeyFromUUID(in.Envelope.Header.EventID, 1), Value: value})
		res.Messages = append(res.Messages, u.Out...)
	}
	return res
}

// house is all groups of one process on one cluster.
type house struct {
	*testing.T
	cluster  client.Config
	src      *source
	chain    *fakeChain
	projects *projects.View
	limits   *limits.View
	counters *outcomes.View
	out      *kgo.Client
	stop     func() error // the pipeline
	sent     int
	start    func() (stop func() error)
}

func open(t *testing.T, delivery kafka.Delivery) *house {
	t.Helper()
	all := []string{names.Raw, names.Blobs, names.Released, names.Parked, names.ProjectRequests, names.ProjectsTable, names.Ledger,
		names.DeadLetters, names.RateLimits, names.OutcomesTable}
	for _, it := range ingest.AllTopics {
		all = append(all, it.DefaultName())
	}
	h := &house{T: t, cluster: kafkatest.Cluster(t, 2, all...), src: &source{}, chain: &fakeChain{slow: make(chan struct{})}}
	h.chain.learned = func(now time.Time) ratelimit.Limit {
		return ratelimit.Limit{Categories: []outcome.Category{outcome.Error}, Reason: "get_lost", Expires: now.Add(time.Minute),
			Scope: ratelimit.Scope{Kind: ratelimit.ScopeKey, Key: enabled}}
	}
	h.out = kafkatest.Client(t, h.cluster, (producer.Config{}).Options()...)
	side, err := producer.New(h.cluster, producer.Config{})
	h.must(err)
	t.Cleanup(func() { _ = side.Close(context.Background()) })
	log := kafkatest.Log(t)

	h.projects, err = projects.NewView(projects.ViewConfig{Cluster: h.cluster, Table: names.ProjectsTable, Requests: names.ProjectRequests,
		Policy: projects.DefaultPolicy(), Out: side, Clock: time.Now, Log: log})
	h.must(err)
	h.limits, err = limits.New(limits.Config{Cluster: h.cluster, Topic: names.RateLimits, Out: side, Clock: time.Now, Log: log})
	h.must(err)
	h.counters = outcomes.NewView(h.cluster, names.OutcomesTable, log)
	fetcher, err := blobs.New(blobs.Config{Cluster: h.cluster, Topic: names.Blobs})
	h.must(err)
	t.Cleanup(fetcher.Close)
	pg, err := projects.New(projects.Config{Cluster: h.cluster, Names: names, Group: groups.Projects, View: h.projects,
		Sources: []projects.Source{h.src}, Clock: time.Now, Log: log})
	h.must(err)
	kg, err := parking.New(parking.Config{Cluster: h.cluster, Names: names, Group: groups.Parking, Projects: h.projects, Clock: time.Now, Log: log})
	h.must(err)
	og, err := outcomes.New(outcomes.Config{Cluster: h.cluster, Names: names, Group: groups.Outcomes, View: h.counters, Clock: time.Now, Log: log})
	h.must(err)
	for _, run := range []func(context.Context) error{h.projects.Run, h.limits.Run, h.counters.Run, pg.Run, kg.Run, og.Run} {
		kafkatest.Start(t, run)
	}
	operator := map[string]bool{}
	for _, it := range ingest.AllTopics {
		operator[it.DefaultName()] = true
	}
	h.start = func() func() error {
		p, err := pipeline.New(pipeline.Config{Cluster: h.cluster, Names: names, Group: groups.Pipeline, Delivery: delivery, Chain: h.chain,
			Projects: h.projects, Limits: h.limits, Blobs: fetcher, Producer: producer.Config{Operator: func(s string) bool { return operator[s] }},
			Outcomes: pipeline.Outcomes{Source: "test"}, Clock: time.Now, Log: log})
		h.must(err)
		return kafkatest.Start(t, p.Run)
	}
	h.stop = h.start()
	return h
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// record makes a raw record of an envelope with these payloads.
func (h *house) record(key dsn.PublicKey, payloads ...string) *raw.Record {
	h.sent++
	id := envelope.EventID{15: byte(h.sent), 14: byte(h.sent >> 8), 0: 1}
	body := fmt.Sprintf("{\"event_id\":%q}\n", id.String())
	for _, p := range payloads {
		body += fmt.Sprintf("{\"type\":\"event\",\"length\":%d}\n%s\n", len(p), p)
	}
	now := time.Now()
	return &raw.Record{Receipt: raw.NewReceipt(now, [10]byte{1, byte(h.sent), byte(h.sent >> 8)}), EventID: id, ReceivedAt: now, Key: key,
		Items: len(payloads), Body: []byte(body)}
}

func (h *house) send(recs ...*raw.Record) {
	h.Helper()
	var out []*kgo.Record
	for _, r := range recs {
		key, value, headers := raw.Encode(r)
		k := &kgo.Record{Topic: names.Raw, Key: key, Value: value}
		for _, x := range headers {
			k.Headers = append(k.Headers, kgo.RecordHeader{Key: x.Key, Value: x.Value})
		}
		out = append(out, k)
	}
	kafkatest.Produce(h, h.out, out...)
}

// warm sends one event, so that the project is known and every group is running.
func (h *house) warm() {
	h.Helper()
	h.send(h.record(enabled, "accept warm"))
	h.read("ingest-events", 1)
}

// read returns the first n records of a topic.
func (h *house) read(topic string, n int) (recs []*kgo.Record) {
	h.Helper()
	kafkatest.Consume(h, h.cluster, topic, func(r *kgo.Record) bool { recs = append(recs, r); return len(recs) == n })
	return recs
}

// settle waits until everything is accounted for.
func (h *house) settle() (s outcomes.Summary) {
	h.Helper()
	kafkatest.Eventually(h, "everything is accounted for", func() bool {
		var err error
		s, err = outcomes.Summarize(h.Context(), h.cluster, names, groups, h.counters)
		return err == nil && s.Settled && s.Envelopes.Difference == 0 && s.Envelopes.Received > 0
	})
	if s.Items.Difference != 0 {
		h.Errorf("items: %+v", s.Items)
	}
	return s
}

func (h *house) tallies(topic string, n int) map[string]uint64 {
	h.Helper()
	got := map[string]uint64{}
	for _, r := range h.read(topic, n) {
		t, source, err := outcome.ParseMessage(r.Value)
		if err != nil || source != "test" || len(r.Key) != 16 || t.Timestamp.Unix()%10 != 0 || t.Scope.Org != 1 || t.Scope.Project != 42 || t.Scope.KeyID != 7 {
			h.Errorf("outcome %s: %v", r.Value, err)
		}
		got[fmt.Sprintf("%s/%s/%s", t.ID, t.Reason, t.Category)] += t.Quantity
	}
	return got
}

// Cold project to ingest topic under 500 ms; an unknown project ends in the ledger and nowhere else.
func TestColdAndUnknownProjects(t *testing.T) {
	h := open(t, kafka.AtLeastOnce)
	kafkatest.Eventually(t, "global config", func() bool { _, ok := h.projects.Global(); return ok })
	h.send(h.record(nobody, "accept")) // warms the groups up
	kafkatest.Eventually(t, "the unknown key is disabled", func() bool { _, s := h.projects.Lookup(nobody); return s == project.Disabled })
	began := time.Now()
	h.send(h.record(enabled, "accept one"))
	if got := h.read("ingest-events", 1); string(got[0].Value) != "accept one" {
		t.Errorf("message %q", got[0].Value)
	}
	if d := time.Since(began); d > 500*time.Millisecond {
		t.Errorf("cold project took %v", d)
	}
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
	kafkatest.Eventually(t, "all are parked", func() bool { return h.counters.Totals().Sources[ledger.Source{Topic: names.Raw}].Parked > 0 })
	h.send(h.record(enabled, "accept other"))
	if got := h.read("ingest-events", 1); string(got[0].Value) != "accept other" {
		t.Errorf("message %q", got[0].Value)
	}
	h.src.mu.Lock()
	h.src.late = true
	h.src.mu.Unlock()
	h.read("ingest-events", 21)
	if s := h.settle(); s.Envelopes.Finished != 21 || s.Items.Accepted != 21 || s.Envelopes.Duplicates != 0 {
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
	if l := h.limits.Limits(enabled, time.Now()); len(l) != 1 {
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
