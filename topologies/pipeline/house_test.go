package pipeline_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/ingest"
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
	begun   atomic.Int64  // how many chains
	slow    chan struct{} // "slow" waits for it
	learned func(now time.Time) ratelimit.Limit
	version atomic.Int64 // of what becomes of "event"
	counted atomic.Int64 // chains that count for quotas
}

func (f *fakeChain) Run(ctx context.Context, in chain.Input) (res chain.Result) {
	f.begun.Add(1)
	if in.Quotas == chain.QuotaCount {
		f.counted.Add(1)
	}
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
		case text == "event":
			value = ingest.AppendEvent(nil, ingest.EventMessage{Payload: fmt.Appendf(nil, "version %d", f.version.Load()), StartTime: in.Record.ReceivedAt.Unix()})
		case text == "report":
			value = ingest.AppendUserReport(nil, ingest.UserReport{ProjectID: 42, Payload: it.Payload})
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
	waiting  pipeline.Waiting         // of the pipelines that are started next
	count    func()                   // starts the outcomes group
	clusters map[string]client.Config // of the pipelines that are started next: of topics that lie elsewhere
}

func open(t *testing.T, delivery kafka.Delivery) *house {
	t.Helper()
	h := build(t, delivery)
	h.count()
	return h
}

// build is open without the outcomes group.
func build(t *testing.T, delivery kafka.Delivery) *house {
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
	for _, run := range []func(context.Context) error{h.projects.Run, h.limits.Run, h.counters.Run, pg.Run, kg.Run} {
		kafkatest.Start(t, run)
	}
	h.count = func() { kafkatest.Start(t, og.Run) }
	operator := map[string]bool{}
	for _, it := range ingest.AllTopics {
		operator[it.DefaultName()] = true
	}
	h.start = func() func() error {
		p, err := pipeline.New(pipeline.Config{Cluster: h.cluster, Names: names, Group: groups.Pipeline, Delivery: delivery, Chain: h.chain,
			Projects: h.projects, Limits: h.limits, Blobs: fetcher, Producer: producer.Config{Operator: func(s string) bool { return operator[s] }},
			Outcomes: pipeline.Outcomes{Source: "test"}, Waiting: h.waiting, Clusters: h.clusters, Clock: time.Now, Log: log})
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
