package replay

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"weir/codecs/deadletter"
	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/ingest"
	"weir/codecs/ledger"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/codecs/raw"
	"weir/codecs/topic"
	"weir/processors"
	"weir/processors/chain"
	"weir/topologies/kafkatest"
	"weir/topologies/pipeline"

	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	keyA = dsn.PublicKey("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
	keyB = dsn.PublicKey("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb")
	keyC = dsn.PublicKey("cccccccccccccccccccccccccccccccc") // no config
)

var names = topic.NamesIn("t-")

// table knows two projects.
type table struct{}

func (table) Request(dsn.PublicKey)             {}
func (table) Scope(k dsn.PublicKey) dsn.Scoping { return dsn.Scoping{Key: k} }

func (table) Global() (*project.Global, bool) { return project.DefaultGlobal(), true }

func (table) Lookup(key dsn.PublicKey) (*project.State, project.Status) {
	id, ok := map[dsn.PublicKey]int{keyA: 1, keyB: 2}[key]
	if !ok {
		return nil, project.Pending
	}
	s, err := project.Parse(fmt.Appendf(nil, `{"projectId":%d,"organizationId":1,"publicKeys":[{"publicKey":%q}]}`, id, key))
	if err != nil {
		panic(err)
	}
	return s, project.Enabled
}

// echo accepts every item as a unit of its own, but what the ledger says was limited.
type echo struct {
	mu   sync.Mutex
	runs int
	stop func() // called at the 25th run
}

func (c *echo) Run(_ context.Context, in chain.Input) (res chain.Result) {
	c.mu.Lock()
	if c.runs++; c.runs == 25 && c.stop != nil {
		c.stop()
	}
	c.mu.Unlock()
	res.Scope = in.State.Scoping(in.Record.Key, in.Record.Project)
	for i := range in.Envelope.Items {
		it := &processors.Item{Item: in.Envelope.Items[i], Index: i}
		u := &processors.Unit{Index: i, Items: []*processors.Item{it}}
		res.Units = append(res.Units, u)
		res.Items.Received++
		t := outcome.Tally{Scope: res.Scope, Timestamp: in.Record.ReceivedAt, Category: outcome.Error, Quantity: 1}
		if in.Quotas == chain.QuotaRecorded && in.Limited != nil {
			if reason, limited := in.Limited(i); limited {
				t.ID, t.Reason = outcome.RateLimited, reason
				u.Drop(it, t.ID, t.Reason)
				res.Items.Discarded++
				res.Ledger, res.Tallies = append(res.Ledger, t), append(res.Tallies, t)
				continue
			}
		}
		u.Accept(it)
		res.Items.Accepted++
		res.Ledger = append(res.Ledger, t)
		u.Out = []ingest.Message{{Topic: ingest.Events, Key: in.Envelope.Header.EventID, Value: it.Payload}}
		res.Messages = append(res.Messages, u.Out...)
	}
	return res
}

// stand is a cluster with 60 raw records, 30 of each project, in one minute each from a start of 2026-10-01T12:00.
type stand struct {
	*testing.T
	cfg      Config
	receipts []raw.ReceiptID
	client   *kgo.Client
}

var noon = time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)

func open(t *testing.T) *stand {
	t.Helper()
	cluster := kafkatest.Cluster(t, 2, names.Raw, names.Ledger, names.DeadLetters, "ingest-events", "outcomes", "outcomes-billing")
	s := &stand{T: t, client: kafkatest.Client(t, cluster)}
	s.cfg = Config{Cluster: cluster, Names: names, Progress: "t-replay-", Chain: &echo{}, Projects: table{}, Blobs: noBlobs{}, Clock: time.Now,
		Log: kafkatest.Log(t), Patience: 100 * time.Millisecond, Quotas: chain.QuotaRecorded}
	for i := range 60 {
		key := []dsn.PublicKey{keyA, keyB}[i%2]
		s.put(names.Raw, s.record(i, key, fmt.Sprint("event ", i)), noon.Add(time.Duration(i)*time.Minute))
	}
	return s
}

type noBlobs struct{}

func (noBlobs) Fetch(context.Context, *raw.Manifest) ([]byte, func(), error) {
	return nil, nil, context.Canceled
}

func (s *stand) record(i int, key dsn.PublicKey, payloads ...string) *raw.Record {
	at := noon.Add(time.Duration(i) * time.Minute)
	id := envelope.EventID{0: 1, 15: byte(i)}
	body := fmt.Sprintf("{\"event_id\":%q}\n", id)
	for j, p := range payloads {
		body += fmt.Sprintf("{\"type\":%q,\"length\":%d}\n%s\n", []string{"event", "check_in"}[j%2], len(p), p)
	}
	r := &raw.Record{Receipt: raw.NewReceipt(at, [10]byte{1, byte(i)}), EventID: id, ReceivedAt: at, Key: key, Items: len(payloads), Body: []byte(body)}
	s.receipts = append(s.receipts, r.Receipt)
	return r
}

func (s *stand) put(topic string, r *raw.Record, at time.Time) *kgo.Record {
	s.Helper()
	key, value, headers := raw.Encode(r)
	k := &kgo.Record{Topic: topic, Key: key, Value: value, Timestamp: at}
	for _, h := range headers {
		k.Headers = append(k.Headers, kgo.RecordHeader{Key: h.Key, Value: h.Value})
	}
	kafkatest.Produce(s, s.client, k)
	return k
}

func (s *stand) run(ctx context.Context, change func(*Config)) Report {
	s.Helper()
	cfg := s.cfg
	if change != nil {
		change(&cfg)
	}
	last := int64(0)
	rep, err := Run(ctx, cfg, func(p Progress) {
		if p.Done < last || p.Done > p.Records {
			s.Errorf("progress %d of %d after %d", p.Done, p.Records, last)
		}
		last = p.Done
	})
	if err != nil {
		s.Fatal(err)
	}
	return rep
}

// written returns the number of records of a topic.
func (s *stand) written(topic string) (n int64) {
	s.Helper()
	adm, done, err := s.cfg.Cluster.Admin()
	if err != nil {
		s.Fatal(err)
	}
	defer done()
	ends, err := adm.ListEndOffsets(context.Background(), topic)
	if err != nil {
		s.Fatal(err)
	}
	for _, p := range ends[topic] {
		n += p.Offset
	}
	return n
}

func TestDryRunWritesNothing(t *testing.T) {
	s := open(t)
	rep := s.run(t.Context(), func(c *Config) { c.DryRun = true })
	if !rep.Finished || rep.Records != 60 || rep.Selected != 60 || rep.Messages[ingest.Events] != 60 || rep.Items.Accepted != 60 {
		t.Errorf("%+v", rep)
	}
	if s.written("ingest-events")+s.written(names.Ledger)+s.written("outcomes") != 0 || kafkatest.Committed(t, s.cfg.Cluster, "t-replay-"+rep.ID, names.Raw) != 0 {
		t.Error("a dry run wrote something")
	}
	if _, err := Run(t.Context(), func() Config { c := s.cfg; c.DryRun, c.Quotas = true, chain.QuotaCount; return c }(), nil); err == nil {
		t.Error("a dry run must not count quotas")
	}
}

func TestOutputsAreMarkedAndWrittenOnce(t *testing.T) {
	s := open(t)
	rep := s.run(t.Context(), nil)
	if !rep.Finished || rep.Selected != 60 || s.written("ingest-events") != 60 || s.written("outcomes") != 0 {
		t.Errorf("%+v, %d written", rep, s.written("ingest-events"))
	}
	n := 0
	kafkatest.Consume(t, s.cfg.Cluster, "ingest-events", func(r *kgo.Record) bool {
		if len(r.Headers) != 1 || r.Headers[0].Key != HeaderReplay || string(r.Headers[0].Value) != rep.ID || !strings.HasPrefix(string(r.Value), "event ") {
			t.Errorf("%q %v", r.Value, r.Headers)
		}
		n++
		return n == 60
	})
	kafkatest.Consume(t, s.cfg.Cluster, names.Ledger, func(r *kgo.Record) bool {
		l, err := ledger.Decode(r.Value)
		if err != nil || l.Replay != rep.ID || l.Project == ledger.TotalsKey {
			t.Errorf("%s %v", r.Value, err)
		}
		return true
	})
	again := s.run(t.Context(), nil)
	if again.ID != rep.ID || again.Resumed != 60 || again.Selected != 0 || !again.Finished || s.written("ingest-events") != 60 {
		t.Errorf("again: %+v", again)
	}
	if other := s.run(t.Context(), func(c *Config) { c.ID = "other" }); other.Selected != 60 {
		t.Errorf("another run: %+v", other)
	}
}

func TestInterruptAndGoOn(t *testing.T) {
	s := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	first := s.run(ctx, func(c *Config) { c.Chain = &echo{stop: cancel} })
	if first.Finished {
		t.Fatalf("not interrupted: %+v", first)
	}
	second := s.run(t.Context(), nil)
	if !second.Finished || second.Resumed+second.Selected != 60 {
		t.Errorf("%+v", second)
	}
	seen := map[string]bool{}
	kafkatest.Consume(t, s.cfg.Cluster, "ingest-events", func(r *kgo.Record) bool { seen[string(r.Value)] = true; return len(seen) == 60 })
}

func TestSelection(t *testing.T) {
	s := open(t)
	s.put(names.Raw, s.record(61, keyC, "event"), noon.Add(61*time.Minute))
	s.put(names.Raw, s.record(62, keyA, "event", "check"), noon.Add(62*time.Minute))
	kafkatest.Produce(t, s.client, &kgo.Record{Topic: names.Raw, Value: []byte("broken"), Timestamp: noon.Add(63 * time.Minute)})
	for name, c := range map[string]struct {
		change func(*Config)
		want   Report
	}{
		"time":    {func(c *Config) { c.From, c.To = noon.Add(10*time.Minute), noon.Add(20*time.Minute) }, Report{Records: 10, Selected: 10}},
		"from":    {func(c *Config) { c.From = noon.Add(50 * time.Minute) }, Report{Records: 13, Selected: 11, Unknown: 1, Broken: 1}},
		"project": {func(c *Config) { c.Project = 2 }, Report{Records: 63, Selected: 30, Skipped: 31, Unknown: 1, Broken: 1}},
		"key":     {func(c *Config) { c.Key = keyA }, Report{Records: 63, Selected: 31, Skipped: 31, Broken: 1}},
		"type":    {func(c *Config) { c.Types = []string{"check_in"} }, Report{Records: 63, Selected: 1, Skipped: 60, Unknown: 1, Broken: 1}},
		"where": {func(c *Config) {
			c.Where = func(_ *raw.Record, e *envelope.Envelope) bool { return string(e.Items[0].Payload) == "event 7" }
		}, Report{Records: 63, Selected: 1, Skipped: 60, Unknown: 1, Broken: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			got := s.run(t.Context(), func(c0 *Config) { c0.DryRun = true; c.change(c0) })
			if got.Records != c.want.Records || got.Selected != c.want.Selected || got.Skipped != c.want.Skipped || got.Unknown != c.want.Unknown || got.Broken != c.want.Broken || got.Done != got.Records {
				t.Errorf("%+v", got)
			}
			if name == "type" && (got.Items.Accepted != 1 || got.Messages[ingest.Events] != 1) {
				t.Errorf("only the units with the type: %+v", got)
			}
		})
	}
}

// Rate limit verdicts of the ledger are repeated; those of other replays are not.
func TestRecordedQuotas(t *testing.T) {
	s := open(t)
	for i, replay := range []string{"", "earlier"} {
		b := ledger.Builder{Replay: replay}
		b.Add(ledger.Source{Topic: names.Raw}, 3, keyA, 1, ledger.Effect{Limited: []ledger.Limited{{Receipt: s.receipts[4+i], Unit: 0, Reason: "get_lost"}}})
		r := b.Records()[0]
		kafkatest.Produce(t, s.client, &kgo.Record{Topic: names.Ledger, Key: r.RecordKey(), Value: r.AppendTo(nil)})
	}
	kafkatest.Produce(t, s.client, &kgo.Record{Topic: names.Ledger, Key: []byte("swept"), Value: []byte{}})
	rep := s.run(t.Context(), nil)
	if rep.Items.Accepted != 59 || rep.Items.Discarded != 1 || s.written("outcomes-billing") != 0 {
		t.Errorf("%+v", rep)
	}
	if o := rep.Outcomes(); len(o) != 2 || o[1] != (ledger.Count{Category: outcome.Error, ID: outcome.RateLimited, Reason: "get_lost", Quantity: 1}) {
		t.Errorf("%v", o)
	}
	if rep = s.run(t.Context(), func(c *Config) { c.DryRun, c.Quotas = true, chain.QuotaSkip }); rep.Items.Accepted != 60 {
		t.Errorf("skip: %+v", rep)
	}
}

// Dead letters go through again with their original bytes, and only the unit that died.
func TestDeadLetters(t *testing.T) {
	s := open(t)
	for i, unit := range []int{1, -1} {
		src := s.put(names.Raw, s.record(70+i, keyA, "event x", "event y"), noon)
		l := deadletter.Letter{Reason: "step_panic", Unit: unit, Topic: src.Topic, Partition: src.Partition, Offset: src.Offset, At: noon, Key: src.Key, Value: src.Value}
		for _, h := range src.Headers {
			l.Headers = append(l.Headers, raw.Header{Key: h.Key, Value: h.Value})
		}
		key, value := deadletter.Encode(&l)
		kafkatest.Produce(t, s.client, &kgo.Record{Topic: names.DeadLetters, Key: key, Value: value})
	}
	kafkatest.Produce(t, s.client, &kgo.Record{Topic: names.DeadLetters, Value: []byte("?")})
	rep := s.run(t.Context(), func(c *Config) { c.DeadLetters, c.Outcomes = true, pipeline.Outcomes{} })
	if rep.Records != 3 || rep.Selected != 2 || rep.Broken != 1 || rep.Items.Accepted != 3 || s.written("ingest-events") != 3 {
		t.Errorf("%+v", rep)
	}
}

// lateTable knows keyA once a run has waited for it, in vain, and never another key.
type lateTable struct {
	table
	run *run
}

func (l lateTable) Lookup(key dsn.PublicKey) (*project.State, project.Status) {
	if _, waited := l.run.waited.Load(keyA); !waited || key != keyA {
		return nil, project.Pending
	}
	return l.table.Lookup(keyA)
}

// Of two keys the first one comes at the last moment: the wait for the other one ends too.
func TestConfigOfSecondKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &run{cfg: Config{Patience: time.Second, Log: kafkatest.Log(t)}}
		r.cfg.Projects = lateTable{run: r}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		_, _, ok := r.config(ctx, &work{rec: &raw.Record{Key: keyA, Sampling: keyB}})
		if _, gaveUp := r.waited.Load(keyB); ok || !gaveUp || ctx.Err() != nil {
			t.Errorf("known %t, given up %t, %v", ok, gaveUp, ctx.Err())
		}
	})
}
