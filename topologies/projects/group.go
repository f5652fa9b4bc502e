package projects

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/project"
	"weir/codecs/topic"
	"weir/topologies/kafka"
	"weir/topologies/kafka/client"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafka/stage"

	"github.com/lovoo/goka"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Config describes the projects group of one process. It is always at-least-once: its rows can be written twice.
type Config struct {
	Cluster  client.Config
	Names    topic.Names
	Group    string // name of the consumer group
	Instance string // static member id, or empty
	// Producer describes how rows are written.
	Producer producer.Config
	// View is this process's copy of the table. It must run before the group and outlive it.
	View *View
	// Sources in the order in which they are asked. None: every key is Disabled.
	Sources  []Source
	Batching Batching
	// GlobalInterval is the pause between two fetches of the global config; default 10 s.
	GlobalInterval time.Duration
	// Global is the global config while no source has one to give (weir stands alone); nil means `{}`.
	Global []byte
	// MaxUnknown bounds the rows of disabled and unknown keys that did not come from pushing sources, since any client can name keys:
	// the oldest ones go. Default 100,000.
	MaxUnknown int
	// Sweep is the pause between two looks for rows that nobody needs any more; default 10 s.
	Sweep time.Duration
	Clock func() time.Time
	Log   *slog.Logger
}

// Validate reports everything that is missing or wrong.
func (c Config) Validate() error {
	var errs []error
	if c.View == nil || c.Clock == nil || c.Log == nil {
		errs = append(errs, errors.New("projects: view, clock or logger is missing"))
	}
	if c.Group == "" || c.Names.ProjectRequests == "" || c.Names.ProjectsTable == "" {
		errs = append(errs, errors.New("projects: a name is missing"))
	}
	if c.Global != nil {
		if _, err := project.ParseGlobal(c.Global); err != nil {
			errs = append(errs, fmt.Errorf("projects: %w", err))
		}
	}
	if c.GlobalInterval < 0 || c.Sweep < 0 || c.MaxUnknown < 0 {
		errs = append(errs, errors.New("projects: an interval or a bound is negative"))
	}
	return errors.Join(append(errs, c.Batching.Validate(), c.Cluster.Validate())...)
}

// Group fetches what project-requests asks for and keeps the table.
type Group struct {
	cfg     Config
	fetcher *fetcher
	table   *producer.Producer
	pushed  map[string]bool // names of sources that push
	running atomic.Pointer[fetcher]

	mu      sync.Mutex
	written map[string]time.Time // rows that were written and are not in the view yet, and when
}

// State is how the group gets on with its sources (weir status).
type State struct {
	Waiting      int       // keys without an answer
	FailingSince time.Time // start of a series of failed requests; zero: the last one succeeded
}

// State returns the state as of now.
func (g *Group) State() State {
	f := g.running.Load()
	if f == nil {
		return State{}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return State{len(f.keys), f.failing}
}

// New returns a group.
func New(cfg Config) (*Group, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.GlobalInterval = cmp.Or(cfg.GlobalInterval, 10*time.Second)
	cfg.Sweep, cfg.MaxUnknown = cmp.Or(cfg.Sweep, 10*time.Second), cmp.Or(cfg.MaxUnknown, 100_000)
	g := &Group{cfg: cfg, pushed: map[string]bool{}, written: map[string]time.Time{}}
	for _, s := range cfg.Sources {
		if _, ok := s.(Pusher); ok {
			g.pushed[s.Name()] = true
		}
	}
	return g, nil
}

// Run works until ctx ends. It waits for the view before it answers anything.
func (g *Group) Run(ctx context.Context) error {
	table, err := producer.New(g.cfg.Cluster, g.cfg.Producer)
	if err != nil {
		return fmt.Errorf("projects: %w", err)
	}
	g.table = table
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := table.Close(ctx); err != nil {
			g.cfg.Log.Warn("projects table", "error", err)
		}
	}()
	if err := g.cfg.View.WaitReady(ctx); err != nil {
		return nil // only ctx ends it
	}
	g.fetcher = &fetcher{cfg: g.cfg.Batching, log: g.cfg.Log, clock: g.cfg.Clock, request: g.request, store: g.store, hold: g.hold,
		fetch: func(ctx context.Context, reqs []Request) (map[dsn.PublicKey]Answer, error) {
			return resolve(ctx, g.cfg.Log, g.cfg.Sources, reqs)
		}}
	g.fetcher.init()
	g.running.Store(g.fetcher)
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer g.cfg.View.OnChange(func(key string) { g.note(key, false) })()
	wg.Go(func() { g.fetcher.run(ctx) })
	wg.Go(func() { g.globals(ctx) })
	wg.Go(func() { g.push(ctx) })
	wg.Go(func() { g.sweeps(ctx) })
	return kafka.Group{Name: g.cfg.Group, Cluster: g.cfg.Cluster, Instance: g.cfg.Instance, Log: g.cfg.Log,
		Define: func(producer.Sink) (*goka.GroupGraph, func()) {
			return goka.DefineGroup(goka.Group(g.cfg.Group),
				goka.Input(goka.Stream(g.cfg.Names.ProjectRequests), stage.Bytes{}, stage.Safe(g.requested(ctx)))), nil
		}}.Run(ctx)
}

// note remembers whether a row of a key is on its way to the view.
func (g *Group) note(key string, written bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if written {
		g.written[key] = g.cfg.Clock()
	} else {
		delete(g.written, key)
	}
}

// viewDelay is how long at most a row that was written counts as known before the view has it.
const viewDelay = 10 * time.Second

// answered says that a request for a key comes late: several processes ask, and one of them has had the answer for all.
func (g *Group) answered(key dsn.PublicKey) bool {
	g.mu.Lock()
	at, written := g.written[string(key)]
	g.mu.Unlock()
	if written && g.cfg.Clock().Sub(at) < viewDelay {
		return true
	}
	k, ok := g.cfg.View.rows.Get(string(key))
	return ok && k.Asked.IsZero() && g.cfg.View.cfg.Policy.Use(&k.Entry, g.cfg.Clock()) == Fresh
}

// requested takes one request. Its offset is committed when there is an answer, so that a crash asks again; when only
// the partition goes elsewhere, this process goes on with the key and the record is done.
func (g *Group) requested(run context.Context) func(goka.Context, any, func(error)) {
	return func(ctx goka.Context, msg any, done func(error)) {
		value, _ := msg.([]byte)
		key, err := dsn.ParsePublicKey(ctx.Key())
		if err != nil {
			g.cfg.Log.Warn("a request for a project has no key", "offset", ctx.Offset(), "partition", ctx.Partition())
			done(nil)
			return
		}
		if !g.fetcher.wants(key) && g.answered(key) {
			done(nil)
			return
		}
		var once sync.Once
		session := ctx.Context()
		stop := context.AfterFunc(session, func() { once.Do(func() { done(run.Err()) }) })
		g.fetcher.want(key, decodeRequest(value).Background, func(err error) {
			stop()
			once.Do(func() { done(err) })
		})
	}
}

// request describes a key as the view knows it.
func (g *Group) request(key dsn.PublicKey) Request {
	r := Request{Key: key}
	if k := g.cfg.View.entry(key); k != nil && k.state != nil {
		r.Rev, r.HasRev = k.state.Rev, k.state.HasRev
	}
	return r
}

var errNothingKnown = errors.New(`the answer is "unchanged", but nothing is known`)

// store writes the row that an answer leaves behind.
func (g *Group) store(a Answer, key dsn.PublicKey, background bool, done func(error)) error {
	old := g.cfg.View.entry(key)
	next := Entry{Status: project.Disabled, Source: a.Source}
	var was *Entry
	if old != nil {
		was = &old.Entry
	}
	switch a.Kind {
	case Found:
		state, err := g.cfg.View.parse(a.State)
		if err != nil {
			return err
		}
		if next.State = scopes(state); !state.Disabled {
			next.Status, next.State = project.Enabled, a.State
		}
	case Unchanged:
		if was == nil {
			return errNothingKnown
		}
		next.Status, next.State = was.Status, was.State
	}
	next = g.cfg.View.cfg.Policy.Completed(was, next, background, g.cfg.Clock())
	if a.Kind == Found && g.pushed[a.Source] {
		next.Evict = time.Time{}
	}
	return g.write(string(key), next, done)
}

// hold keeps a row in use while its fetch fails (edge 10.2). One that is evicted and still there, after a restart, comes back into use: the
// last known state is better than none while nobody can be asked.
func (g *Group) hold(key dsn.PublicKey) {
	k, ok := g.cfg.View.rows.Get(string(key))
	if !ok || k.Evict.IsZero() || !k.Asked.IsZero() {
		return
	}
	e := k.Entry
	e.Asked = g.cfg.Clock()
	if err := g.write(string(key), e, func(error) {}); err != nil {
		g.cfg.Log.Error("keep a project state in use", "key", key, "error", err)
	}
}

// write puts a row; done is called when it is durable. A row that can never be written is an error.
func (g *Group) write(key string, e Entry, done func(error)) error {
	value, err := e.Encode()
	if err != nil {
		return err
	}
	if n := g.cfg.Producer.MaxRecord(g.cfg.Names.ProjectsTable); len(key)+len(value) > n {
		return fmt.Errorf("the state has %d bytes, the projects table takes %d", len(value), n)
	}
	rec := &kgo.Record{Topic: g.cfg.Names.ProjectsTable, Key: []byte(key), Value: value}
	g.note(key, true)
	g.table.Produce(context.Background(), rec, func(_ *kgo.Record, err error) {
		if err != nil {
			g.note(key, false)
		}
		done(err)
	})
	return nil
}

// remove takes a row out of the table.
func (g *Group) remove(key string) {
	rec := &kgo.Record{Topic: g.cfg.Names.ProjectsTable, Key: []byte(key)}
	g.table.Produce(context.Background(), rec, func(_ *kgo.Record, err error) {
		if err != nil {
			g.cfg.Log.Warn("remove a row of the projects table", "key", key, "error", err)
		}
	})
}
