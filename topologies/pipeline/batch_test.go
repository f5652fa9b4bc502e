package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
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
	"weir/topologies/kafka/client"
	"weir/topologies/kafka/stage"
	"weir/topologies/rawrecord"

	"github.com/twmb/franz-go/pkg/kgo"
)

const key = dsn.PublicKey("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")

// stub is everything that a pipeline asks.
type stub struct {
	state  *project.State
	failed int // Learn fails so often
	tried  int
}

func (s *stub) Lookup(dsn.PublicKey) (*project.State, project.Status) {
	return s.state, project.Enabled
}
func (s *stub) Request(dsn.PublicKey)                        {}
func (s *stub) Scope(k dsn.PublicKey) dsn.Scoping            { return dsn.Scoping{Key: k} }
func (s *stub) Global() (*project.Global, bool)              { return project.DefaultGlobal(), true }
func (s *stub) For(dsn.Scoping, time.Time) []ratelimit.Limit { return nil }
func (s *stub) Fetch(context.Context, *raw.Manifest) ([]byte, func(), error) {
	return nil, nil, errors.New("none")
}

func (s *stub) Learn(context.Context, []ratelimit.Limit) error {
	if s.tried++; s.tried <= s.failed {
		return errors.New("not now")
	}
	return nil
}

type chainFunc func(chain.Input) chain.Result

func (f chainFunc) Run(_ context.Context, in chain.Input) chain.Result { return f(in) }

func newPipeline(t testing.TB, s *stub, c chainFunc) *Pipeline {
	t.Helper()
	var err error
	s.state, err = project.Parse([]byte(`{"projectId":42,"organizationId":1,"publicKeys":[{"publicKey":"` + string(key) + `","numericId":7}]}`))
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(Config{Cluster: client.Config{Brokers: []string{"-"}}, Names: topic.NamesIn("t-"), Group: "g", Chain: c, Projects: s, Limits: s,
		Blobs: s, Clock: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// source makes a source record of an envelope with one event.
func source(offset int64, payload string) *kgo.Record {
	id := envelope.EventID{0: 1, 8: byte(offset >> 8), 9: byte(offset)}
	body := fmt.Appendf(nil, "{\"event_id\":%q,\"dsn\":\"https://%s@o1.ingest.example/42\"}\n{\"type\":\"event\",\"length\":%d}\n%s\n", id, key, len(payload), payload)
	k, value, headers := raw.Encode(&raw.Record{Receipt: raw.NewReceipt(time.Now(), [10]byte{1, byte(offset)}), EventID: id, Key: key, Project: 42,
		ReceivedAt: time.Now(), Items: 1, Body: body})
	r := &kgo.Record{Topic: "t-raw", Offset: offset, Key: k, Value: value}
	for _, h := range headers {
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: h.Key, Value: h.Value})
	}
	return r
}

func batchOf(recs ...*kgo.Record) *stage.Batch[*raw.Record] {
	b := &stage.Batch[*raw.Record]{Topic: "t-raw"}
	for _, r := range recs {
		b.Items = append(b.Items, &stage.Item[*raw.Record]{Record: r, Msg: rawrecord.Decode(r)})
	}
	return b
}

func TestAggregate(t *testing.T) {
	received := time.Unix(1_790_000_005, 0)
	long := outcome.Reason(strings.Repeat("ü", 201))
	scope := dsn.Scoping{Org: 1, Project: 42, Key: key}
	a := NewAggregate(Outcomes{Source: "r"})
	add := func(at time.Time, id outcome.ID, reason outcome.Reason, n uint64) {
		a.Add(&outcome.Tally{Scope: scope, Timestamp: at, ID: id, Reason: reason, Category: outcome.Error, Quantity: n}, received)
	}
	add(received, outcome.Filtered, "x", 1)
	add(received.Add(4*time.Second), outcome.Filtered, "x", 2)
	add(received.Add(5*time.Second), outcome.Filtered, "x", 4) // the next slot
	add(received, outcome.RateLimited, "", 8)
	add(received, outcome.Accepted, "", 16)
	add(received, outcome.ClientDiscard, long, 32)
	add(received, outcome.ClientDiscard, long+"!", 64)
	add(received.Add(-5*24*time.Hour-10*time.Second), outcome.Filtered, "x", 1) // too old
	add(received.Add(70*time.Second), outcome.Filtered, "x", 1)                 // too far ahead
	add(received.Add(-5*24*time.Hour), outcome.Filtered, "old", 1)
	add(received, outcome.Filtered, "none", 0)
	add(received, outcome.Filtered, "", 128) // a generic filter without a name
	add(received, outcome.Filtered, long, 256)
	var got []string
	for _, r := range a.Records(nil, NewTopics(nil, Config{}.Producer), Cover{}) {
		tally, _, err := outcome.ParseMessage(r.Value)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s %d %s %q %d", r.Topic, tally.Timestamp.Unix(), tally.ID, tally.Reason, tally.Quantity))
	}
	want := []string{`outcomes 1790000000 filtered "x" 3`, `outcomes 1790000010 filtered "x" 4`, `outcomes-billing 1790000000 rate_limited "" 8`,
		`outcomes-billing 1790000000 accepted "" 16`, `outcomes 1790000000 client_discard "" 96`, `outcomes 1789568000 filtered "old" 1`, `outcomes 1790000000 filtered "none" 0`, `outcomes 1790000000 filtered "" 128`, `outcomes 1790000000 filtered "" 256`}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestShardsAreChosenByKey(t *testing.T) {
	topics := NewTopics(map[ingest.Topic][]string{ingest.Events: {"a", "b", "c"}}, Config{}.Producer)
	// 2^64 = 1 mod 3, so the key modulo 3 is the sum of both halves modulo 3
	for _, c := range []struct {
		hi, lo byte
		want   string
	}{{0, 0, "a"}, {0, 1, "b"}, {0, 2, "c"}, {1, 0, "b"}, {1, 2, "a"}, {2, 2, "b"}} {
		if got := topics.Name(ingest.Events, [16]byte{7: c.hi, 15: c.lo}); got != c.want {
			t.Errorf("%d %d: %s, want %s", c.hi, c.lo, got, c.want)
		}
	}
}

// A unit with a message that no topic takes is withheld as a whole; the others go.
func TestOversizedUnitIsWithheld(t *testing.T) {
	big := strings.Repeat("x", 2<<20)
	item := func(typ string, n int) *processors.Item {
		return &processors.Item{Item: envelope.Item{Type: typ, Payload: make([]byte, n)}, Fate: processors.FateAccepted}
	}
	message := func(s string) ingest.Message { return ingest.Message{Topic: ingest.Events, Value: []byte(s)} }
	res := chain.Result{Items: chain.Items{Received: 4, Accepted: 3, Discarded: 1}, Units: []*processors.Unit{
		{Items: []*processors.Item{item("event", 9)}, Out: []ingest.Message{message("one")}},
		{Items: []*processors.Item{item("event", 9), item("attachment", 7), {Item: envelope.Item{Type: "event"}, Fate: processors.FateDropped}},
			Out: []ingest.Message{message("chunk"), message(big)}},
	}, Ledger: []outcome.Tally{{Category: outcome.Error, Quantity: 2}, {Category: outcome.Attachment, Quantity: 7}}}
	for _, u := range res.Units {
		res.Messages = append(res.Messages, u.Out...)
	}
	out, n := NewTopics(nil, Config{}.Producer).Deliver(&res, &raw.Record{})
	if n != 1 || len(out) != 1 || string(out[0].Value) != "one" || res.Items != (chain.Items{Received: 4, Accepted: 1, Discarded: 3}) {
		t.Errorf("%d units, %d records, %+v", n, len(out), res.Items)
	}
	sums := map[string]uint64{}
	for _, l := range res.Ledger {
		sums[fmt.Sprint(l.ID, l.Category)] += l.Quantity
	}
	if fmt.Sprint(sums) != "map[accepted attachment:0 accepted error:1 invalid attachment:7 invalid attachment_item:1 invalid error:1]" {
		t.Errorf("%v", sums)
	}
}

// Limits that cannot be shared hold a batch up for a moment only.
func TestLearningFails(t *testing.T) {
	for failed, want := range map[int]int{0: 1, 2: 3, 100: 3} {
		s := &stub{failed: failed}
		p := newPipeline(t, s, func(in chain.Input) chain.Result {
			return chain.Result{Learned: []ratelimit.Limit{{Scope: ratelimit.Scope{Kind: ratelimit.ScopeKey, Key: key}, Expires: in.Now.Add(time.Minute)}}}
		})
		if err := p.process(t.Context(), nil, batchOf(source(1, "x"), source(2, "x"))); err != nil || s.tried != want {
			t.Errorf("failing %d times: tried %d times, %v", failed, s.tried, err)
		}
	}
}

// disabled is a key that a source disabled, with the scopes that are known of it.
type disabled struct {
	*stub
	scope dsn.Scoping
}

func (disabled) Lookup(dsn.PublicKey) (*project.State, project.Status) { return nil, project.Disabled }
func (d disabled) Scope(dsn.PublicKey) dsn.Scoping                     { return d.scope }

// What a disabled project sent before that was known has outcomes where its organization is known, and is in the ledger in any case.
func TestDisabledProjects(t *testing.T) {
	for _, c := range []struct {
		scope dsn.Scoping
		want  string
	}{
		{dsn.Scoping{}, "[]"},
		{dsn.Scoping{Org: 3, Project: 5, KeyID: 9}, `[{"org_id":3,"project_id":5,"key_id":9,"outcome":3,"reason":"project_id","category":1,"quantity":1}]`},
		{dsn.Scoping{Org: 3}, `[{"org_id":3,"project_id":42,"outcome":3,"reason":"project_id","category":1,"quantity":1}]`},
	} {
		p := newPipeline(t, &stub{}, func(in chain.Input) chain.Result {
			tally := []outcome.Tally{{Scope: dsn.Scoping{Key: key, Project: 42}, Timestamp: in.Record.ReceivedAt, ID: outcome.Invalid, Reason: "project_id",
				Category: outcome.Error, Quantity: 1}}
			return chain.Result{Items: chain.Items{Received: 1, Discarded: 1}, Tallies: tally, Ledger: tally}
		})
		p.cfg.Projects = disabled{&stub{}, c.scope}
		b := batchOf(source(1, "x"))
		if err := p.process(t.Context(), nil, b); err != nil {
			t.Fatal(err)
		}
		messages, entries := []string{}, 0
		for _, r := range p.tail("t-raw", 0, []any{b.Items[0].Late}) {
			if r.Topic == p.cfg.Names.Ledger {
				entries++
				continue
			}
			messages = append(messages, regexp.MustCompile(`"timestamp":"[^"]*",`).ReplaceAllString(string(r.Value), ""))
		}
		if fmt.Sprint(messages) != c.want || entries != 2 {
			t.Errorf("%+v: %s, want %s; %d ledger records", c.scope, messages, c.want, entries)
		}
	}
}

// The chains of a batch run side by side, as many as allowed.
func TestChainsRunConcurrently(t *testing.T) {
	var now, most atomic.Int64
	all := make(chan struct{})
	p := newPipeline(t, &stub{}, func(chain.Input) chain.Result {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		if n == 8 {
			close(all)
		}
		<-all
		now.Add(-1)
		return chain.Result{}
	})
	p.slots = make(chan struct{}, 8)
	var recs []*kgo.Record
	for i := range 8 {
		recs = append(recs, source(int64(i), "x"))
	}
	if err := p.process(t.Context(), nil, batchOf(recs...)); err != nil || most.Load() != 8 {
		t.Errorf("%d at a time, %v", most.Load(), err)
	}
}

// What the pipeline itself costs for a record of 8.5 kB that the chain accepts.
func BenchmarkBatch(b *testing.B) {
	payload := strings.Repeat("x", 8500)
	p := newPipeline(b, &stub{}, func(in chain.Input) chain.Result {
		scope := in.State.Scoping(in.Record.Key, in.Record.Project)
		return chain.Result{Scope: scope, Items: chain.Items{Received: 1, Accepted: 1},
			Messages: []ingest.Message{{Topic: ingest.Events, Key: in.Envelope.Header.EventID, Value: in.Envelope.Items[0].Payload}},
			Ledger:   []outcome.Tally{{Scope: scope, Timestamp: in.Record.ReceivedAt, Category: outcome.Error, Quantity: 1}}}
	})
	var recs []*kgo.Record
	for i := range 256 {
		recs = append(recs, source(int64(i), payload))
	}
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ { // one record an iteration
		if n%256 == 0 {
			if err := p.process(context.Background(), nil, batchOf(recs...)); err != nil {
				b.Fatal(err)
			}
		}
	}
}
