package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/cmd/weir/config"
	"weir/cmd/weir/corpus"
	"weir/codecs/casefile"
	"weir/codecs/dsn"
	"weir/codecs/ingest"
	"weir/codecs/project"
	"weir/codecs/ratelimit"
	"weir/codecs/raw"
	"weir/edge/admission"
	"weir/edge/body"
	"weir/edge/intake"
	"weir/edge/server"
	"weir/processors/chain"
	"weir/processors/quota/memory"
	"weir/topologies/pipeline"

	"github.com/twmb/franz-go/pkg/kgo"
)

// goldenProject is the project id in the recordings.
const goldenProject = 424242

// goldenClock is the time at which the captured requests are sent: the day of the recording.
var goldenClock = corpus.Captured

// recording is what Relay 26.9 did with one captured request, one line of testdata/golden: "<any>" stands for what differed from run to run.
type recording struct {
	Case     string
	Status   int
	Headers  map[string]string
	Response json.RawMessage
	Messages []goldenMessage
}

type goldenMessage struct {
	Topic, Key string
	Headers    [][2]string
	Value      any
}

func recordings(t testing.TB, name string) []recording {
	t.Helper()
	return readRecordings[recording](t, name)
}

func readRecordings[R any](t testing.TB, name string) []R {
	t.Helper()
	var list []R
	for line := range casefile.Lines(t, "testdata/golden/"+name+".jsonl.gz") {
		var r R
		casefile.Decode(t, line, &r)
		list = append(list, r)
	}
	return list
}

// bench is an edge and a chain without a broker between them.
type bench struct {
	state   *project.State
	router  http.Handler
	account *admission.Account
	chain   *chain.Chain
	topics  *pipeline.Topics
	out     pipeline.Outcomes
	records []*raw.Record
	known   bool // the edge knows the project's config
	now     time.Time
}

// The neighbours of the edge: one project that is not known when its first request comes, no limits, and a writer that keeps what it gets.
func (b *bench) Lookup(key dsn.PublicKey) (*project.State, project.Status) {
	if key == corpus.Key && b.known {
		return b.state, project.Enabled
	}
	return nil, project.Pending
}
func (b *bench) Request(dsn.PublicKey)                               {}
func (b *bench) For(dsn.Scoping, time.Time) (none []ratelimit.Limit) { return nil }
func (b *bench) Write(_ context.Context, r *raw.Record) error {
	kept := *r
	kept.Body = bytes.Clone(r.Body)
	b.records = append(b.records, &kept)
	return nil
}

func newBench(t testing.TB, name string) *bench {
	t.Helper()
	text, err := os.ReadFile("testdata/golden/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return benchOf(t, text, goldenClock)
}

// benchOf is a bench with one project state at one time.
func benchOf(t testing.TB, state []byte, now time.Time) *bench {
	t.Helper()
	cfg, err := config.Load(config.Source{Flags: map[string]string{"aggregator.bucket_interval": "1", "aggregator.initial_delay": "0"}})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{now: now}
	if b.state, err = project.Parse(state); err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return b.now }
	log := slog.New(slog.DiscardHandler)
	s := &stack{cfg: cfg, clock: clock}
	b.account = admission.NewAccount(b, s.refusalSink(b), clock)
	budget := body.NewBudget(128 << 20)
	gate := &admission.Gate{Config: gateConfig(cfg), Projects: b, Limits: b, Writer: b, Refusals: b.account, Memory: func() bool { return true }, Budget: budget, Now: clock, Log: log}
	in, err := intakeConfig(cfg)
	if err != nil {
		t.Fatal(err)
	}
	routes, err := intake.New(in, gate, budget)
	if err != nil {
		t.Fatal(err)
	}
	r := routerConfig(cfg)
	r.Now, r.Log = clock, log
	if b.router, err = server.NewRouter(r, routes.Routes()...); err != nil {
		t.Fatal(err)
	}
	b.chain = chain.New(chainConfig(cfg, memory.New(), clock))
	a := cfg.Aggregator
	b.out = pipeline.Outcomes{Interval: a.BucketInterval.Duration(), MaxPast: a.MaxSecsInPast.Duration(), MaxFuture: a.MaxSecsInFuture.Duration()}
	return b
}

// send takes one captured request all the way.
func (b *bench) send(t testing.TB, r corpus.Request) (*httptest.ResponseRecorder, []goldenMessage) {
	t.Helper()
	r = r.At(corpus.Captured, goldenProject, corpus.Key).SentAt(b.now)
	return b.play(t, r)
}

// play takes a request all the way as it is.
func (b *bench) play(t testing.TB, r corpus.Request) (*httptest.ResponseRecorder, []goldenMessage) {
	t.Helper()
	req := httptest.NewRequest(r.Method, r.Target(), bytes.NewReader(r.Body))
	req.RemoteAddr = "127.0.0.1:1"
	for _, h := range r.Headers {
		req.Header.Add(h[0], h[1])
	}
	b.records, b.known = b.records[:0], false
	answer := httptest.NewRecorder()
	b.router.ServeHTTP(answer, req)
	b.known = true
	if err := b.account.Flush(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	out := pipeline.NewAggregate(b.out)
	var messages []goldenMessage
	for _, rec := range b.records {
		res := pipeline.RunChain(t.Context(), b.chain, chain.Input{Record: rec, Status: project.Enabled, State: b.state, Global: &project.Global{}, Now: b.now})
		for _, d := range res.Dead {
			t.Errorf("dead letter: %s %s %s", d.Step, d.Reason, d.Detail)
		}
		for i := range res.Tallies {
			out.Add(&res.Tallies[i], rec.ReceivedAt)
		}
		for i := range res.Messages {
			messages = append(messages, goldenOf(t, &res.Messages[i]))
		}
	}
	for _, rec := range out.Records(nil, b.topics, pipeline.Cover{}) {
		messages = append(messages, outcomeOf(t, &rec))
	}
	return answer, messages
}

func goldenOf(t testing.TB, m *ingest.Message) goldenMessage {
	g := goldenMessage{Topic: m.Topic.DefaultName(), Key: fmt.Sprintf("%x", m.Key[:])}
	for _, h := range m.Headers {
		g.Headers = append(g.Headers, [2]string{h.Key, h.Value})
	}
	slices.SortFunc(g.Headers, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	g.Value = goldenValue(t, m.Topic, m.Value)
	return g
}

func outcomeOf(t testing.TB, rec *kgo.Record) goldenMessage {
	return goldenMessage{Topic: rec.Topic, Key: fmt.Sprintf("%x", rec.Key), Value: goldenValue(t, ingest.Outcomes, rec.Value)}
}

// TestGolden takes every captured request through edge and chain and compares everything that comes of it with what Relay 26.9 made of
// it: the answer, and every message on every topic. What differs is listed with its reason in testdata/golden/differences.txt.
func TestGolden(t *testing.T) {
	explained := goldenDifferences(t)
	for _, name := range []string{"default", "strict"} {
		b := newBench(t, name)
		b.topics = pipeline.NewTopics(nil, producerLimits)
		equal, total := 0, 0
		for _, want := range recordings(t, name) {
			t.Run(name+"/"+want.Case, func(t *testing.T) {
				r, err := corpus.Get(want.Case)
				if err != nil {
					t.Fatal(err)
				}
				answer, messages := b.send(t, r)
				list := compareGolden(&want, answer, messages)
				total++
				if len(list) == 0 {
					equal++
					if explained[name+"/"+want.Case] {
						t.Log("is equal: testdata/golden/differences.txt need not list it")
					}
					return
				}
				if !explained[name+"/"+want.Case] {
					t.Error(strings.Join(list, "\n"))
				}
			})
		}
		t.Logf("%s: %d of %d captured requests equal", name, equal, total)
	}
}

// goldenDifferences are the cases that differ: lines `project/case: reason`.
func goldenDifferences(t testing.TB) map[string]bool {
	t.Helper()
	b, err := os.ReadFile("testdata/golden/differences.txt")
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]bool{}
	for line := range strings.SplitSeq(string(b), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		name, reason, ok := strings.Cut(line, ": ")
		if !ok || reason == "" {
			t.Errorf("no reason: %s", line)
		}
		list[name] = true
	}
	return list
}
