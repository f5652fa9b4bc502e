package edge_test

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/codecs/ratelimit"
	"weir/codecs/raw"
	"weir/codecs/signature"
	"weir/edge"
	"weir/edge/admission"
	"weir/edge/body"
	"weir/edge/downstream"
	"weir/edge/health"
	"weir/edge/intake"
	"weir/edge/server"
	"weir/edge/upstream"
	rules "weir/processors/admission"
)

// stack is a whole edge over real sockets whose neighbours are in memory.
type stack struct {
	*httptest.Server
	internal *httptest.Server // nil unless asked for
	t        testing.TB
	budget   *body.Budget
	checker  *health.Checker

	mu       sync.Mutex
	states   map[dsn.PublicKey]*project.State
	statuses map[dsn.PublicKey]project.Status
	asked    map[dsn.PublicKey]int
	later    map[dsn.PublicKey]string // becomes known when it is asked for
	limits   []ratelimit.Limit
	records  []*raw.Record
	refusals []edge.Refusal
	failure  error // of the writer
	upstream *scriptedUpstream
	global   *project.Global
	memory   atomic.Bool
}

type settings struct {
	gate       admission.Config
	intake     intake.Config
	downstream downstream.Config
	forward    upstream.ForwardConfig
	forwarding bool
	internal   bool
	budget     int64
	noMemory   bool
	upstream   *scriptedUpstream // nil: one of its own
	writer     edge.Writer       // nil: the stack itself
	probes     []health.Probe
	refresh    time.Duration // of the probes
}

func defaults() settings {
	s := settings{gate: admission.Config{Sizes: rules.DefaultSizes()}, intake: intake.DefaultConfig(), budget: 128 << 20}
	s.gate.Project.SignatureMaxAge = 300 * time.Second
	s.gate.Project.Verify = signature.Verify
	s.intake.InternalRelays = map[envelope.EventID]bool{}
	s.downstream = downstream.Config{Static: map[envelope.EventID]edge.Relay{}, SignatureMaxAge: 300 * time.Second}
	s.forward = upstream.ForwardConfig{MaxPayload: 20 << 20, MaxFileUpload: 40 << 20, MaxChunkUpload: 100 << 20}
	return s
}

func newStack(t testing.TB, s settings) *stack {
	st := &stack{t: t, later: map[dsn.PublicKey]string{}, states: map[dsn.PublicKey]*project.State{}, statuses: map[dsn.PublicKey]project.Status{}, asked: map[dsn.PublicKey]int{}, budget: body.NewBudget(s.budget)}
	st.memory.Store(!s.noMemory)
	log := slog.New(slog.DiscardHandler)
	if s.writer == nil {
		s.writer = st
	}
	gate := &admission.Gate{Config: s.gate, Projects: st, Limits: limitsOf{st}, Writer: s.writer, Refusals: st, Memory: st.memory.Load, Budget: st.budget, Now: time.Now, Log: log}
	in, err := intake.New(s.intake, gate, st.budget)
	if err != nil {
		t.Fatal(err)
	}
	st.checker = health.New(health.Config{Refresh: s.refresh, Now: time.Now, Log: log}, append(s.probes, health.Probe{Name: "system memory", Check: func(context.Context) error {
		if !st.memory.Load() {
			return context.DeadlineExceeded
		}
		return nil
	}})...)
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	go st.checker.Run(ctx)
	var fallback edge.Handler
	router := func(routes ...edge.Route) *httptest.Server {
		rt, err := server.NewRouter(server.Config{Product: "weir/test", Fallback: fallback, Now: time.Now, Log: log}, routes...)
		if err != nil {
			t.Fatal(err)
		}
		srv := httptest.NewServer(rt)
		t.Cleanup(srv.Close)
		return srv
	}
	own := st.checker.Routes(nil)
	var forwarder *upstream.Forwarder
	if st.upstream = s.upstream; st.upstream == nil {
		st.upstream = newUpstream(t)
	}
	api := &downstream.API{Config: s.downstream, Projects: st, Globals: st, Now: time.Now, Budget: st.budget, Writer: st, Log: slog.New(slog.DiscardHandler)}
	if s.forwarding {
		if s.forward.URL == "" {
			s.forward.URL = st.upstream.URL
		}
		if forwarder, err = upstream.NewForwarder(s.forward); err != nil {
			t.Fatal(err)
		}
		api.Forward = forwarder.Pass
	}
	fallback = upstream.Fallback(s.forward, forwarder)
	api.Fallback = fallback
	main := own
	if s.internal {
		main = []edge.Route{health.NotFound}
		st.internal = router(own...)
	}
	st.Server = router(slices.Concat(main, []edge.Route{health.Live}, api.Routes(), in.Routes())...)
	return st
}

// know makes a project state known; an empty text is a disabled key.
func (st *stack) know(t testing.TB, key dsn.PublicKey, state string) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if state == "" {
		st.statuses[key] = project.Disabled
		return
	}
	parsed, err := project.Parse([]byte(state))
	if err != nil {
		t.Fatalf("%v: %s", err, state)
	}
	st.states[key], st.statuses[key] = parsed, project.Enabled
	if parsed.Disabled {
		st.states[key], st.statuses[key] = nil, project.Disabled
	}
}

func (st *stack) Lookup(key dsn.PublicKey) (*project.State, project.Status) {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.states[key], st.statuses[key]
}

// Global implements downstream.Globals.
func (st *stack) Global() (*project.Global, bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.global, st.global != nil
}

func (st *stack) Request(key dsn.PublicKey) {
	st.mu.Lock()
	st.asked[key]++
	state, ok := st.later[key]
	delete(st.later, key)
	st.mu.Unlock()
	if ok {
		st.know(st.t, key, state)
	}
}

type limitsOf struct{ st *stack }

func (l limitsOf) For(_ dsn.Scoping, now time.Time) []ratelimit.Limit {
	l.st.mu.Lock()
	defer l.st.mu.Unlock()
	return slices.Clone(l.st.limits)
}

// Write keeps a copy, as a broker would.
func (st *stack) Write(_ context.Context, r *raw.Record) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.failure != nil {
		return st.failure
	}
	own := *r
	own.Body = slices.Clone(r.Body)
	st.records = append(st.records, &own)
	return nil
}

func (st *stack) Add(r edge.Refusal) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.refusals = append(st.refusals, r)
}

// take returns and forgets what was written and refused.
func (st *stack) take() ([]*raw.Record, []edge.Refusal) {
	st.mu.Lock()
	defer st.mu.Unlock()
	records, refusals := st.records, st.refusals
	st.records, st.refusals = nil, nil
	return records, refusals
}

// tally identifies an outcome in a scenario.
type tally struct {
	id       outcome.ID
	reason   outcome.Reason
	category outcome.Category
}

// outcomes sums what would reach the outcomes topics by the edge's doing.
func outcomes(records []*raw.Record, refusals []edge.Refusal) map[tally]uint64 {
	sum := map[tally]uint64{}
	add := func(list []raw.Discard) {
		for _, d := range list {
			sum[tally{d.ID, d.Reason, d.Category}] += d.Quantity
		}
	}
	for _, r := range records {
		add(r.Discards)
	}
	for _, r := range refusals {
		if !r.Silent {
			add(r.Counts)
		}
	}
	return sum
}
