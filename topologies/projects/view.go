package projects

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/project"
	"weir/processors/scrub"
	"weir/topologies/kafka/client"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafka/view"

	"github.com/twmb/franz-go/pkg/kgo"
)

// ViewConfig describes the process-wide copy of the projects table.
type ViewConfig struct {
	Cluster  client.Config
	Table    string // topic of the table
	Requests string // topic of requests
	Policy   Policy
	// Out takes the requests; it outlives the view. nil: this process never asks (tools).
	Out producer.Sink
	// Check says why a state that could be parsed still cannot be used; it then counts as unparsable, in the view and for its group.
	// nil: scrub.Check (scrub 2.3).
	Check func(*project.State) error
	Clock func() time.Time
	Log   *slog.Logger
}

// Validate reports what is missing.
func (c ViewConfig) Validate() error {
	var errs []error
	if c.Table == "" || c.Requests == "" {
		errs = append(errs, errors.New("projects: view: a topic is missing"))
	}
	if c.Clock == nil || c.Log == nil {
		errs = append(errs, errors.New("projects: view: clock or logger is missing"))
	}
	return errors.Join(append(errs, c.Policy.Validate(), c.Cluster.Validate())...)
}

// View is what this process knows about projects. All methods are safe for concurrent use and do no I/O that they wait for.
type View struct {
	cfg    ViewConfig
	rows   *view.View[*known]
	asking *asking
}

// known is a decoded row.
type known struct {
	Entry
	state  *project.State  // with Enabled; with Disabled the scopes, as far as they are known
	global *project.Global // of GlobalKey
}

// NewView returns a view; Run fills it.
func NewView(cfg ViewConfig) (*View, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.Check == nil {
		cfg.Check = scrub.Check
	}
	v := &View{cfg: cfg, asking: newAsking()}
	v.rows = view.New(cfg.Cluster, view.Config[*known]{Topic: cfg.Table, Decode: v.decode,
		Report: func(err error) { cfg.Log.Warn("projects view", "error", err) }})
	return v, nil
}

// Run keeps the view up to date until ctx ends, and asks for refreshes where the policy has them. Start it before and
// stop it after every reader.
func (v *View) Run(ctx context.Context) error {
	if v.cfg.Policy.refreshes() {
		go v.refresh(ctx)
	}
	return v.rows.Run(ctx)
}

// WaitReady waits until everything that was in the table when Run started can be seen.
func (v *View) WaitReady(ctx context.Context) error { return v.rows.WaitReady(ctx) }

// Ready is closed when WaitReady would return.
func (v *View) Ready() <-chan struct{} { return v.rows.Ready() }

// Lookup returns what is known about a key. An access to a state that is stale asks for a new one; asking for a
// Pending one is the caller's decision. The state is nil unless Enabled.
func (v *View) Lookup(key dsn.PublicKey) (*project.State, project.Status) {
	k, ok := v.rows.Get(string(key))
	if !ok {
		return nil, project.Pending
	}
	switch v.cfg.Policy.Use(&k.Entry, v.cfg.Clock()) {
	case Absent:
		return nil, project.Pending
	case Stale:
		v.send(key, request{}, k.Updated)
	}
	if k.Status != project.Enabled {
		return nil, k.Status
	}
	return k.state, k.Status
}

// Scope returns the scopes that a key is in, as far as that is known; it asks for nothing.
func (v *View) Scope(key dsn.PublicKey) dsn.Scoping {
	if k, ok := v.rows.Get(string(key)); ok && k.state != nil {
		return k.state.Scoping(key, 0)
	}
	return dsn.Scoping{Key: key}
}

// Global returns the global config, and false while none is known: no chain runs before (pipeline 3.8).
func (v *View) Global() (*project.Global, bool) {
	k, ok := v.rows.Get(GlobalKey)
	if !ok {
		return nil, false
	}
	return k.global, true
}

// Request asks for a key, at most every ten seconds.
func (v *View) Request(key dsn.PublicKey) {
	var known time.Time
	if k, ok := v.rows.Get(string(key)); ok {
		known = k.Updated
	}
	v.send(key, request{}, known)
}

// send asks for a key about which a row of that time is known.
func (v *View) send(key dsn.PublicKey, r request, known time.Time) {
	if v.cfg.Out == nil || !v.asking.allow(key, known, v.cfg.Clock()) {
		return
	}
	rec := &kgo.Record{Topic: v.cfg.Requests, Key: []byte(key), Value: r.encode()}
	v.cfg.Out.Produce(context.Background(), rec, func(_ *kgo.Record, err error) {
		if err != nil {
			v.asking.forget(key)
			v.cfg.Log.Warn("ask for a project", "key", key, "error", err)
		}
	})
}

// OnChange calls f after every change of a row, with the public key or GlobalKey, after the change is visible to Lookup and
// Global. f must not block. stop ends it.
func (v *View) OnChange(f func(key string)) (stop func()) {
	return v.rows.OnChange(func(key string, _ *known, _ bool) { f(key) })
}

// Each calls f for every row, the global config included, in no order, until it returns false.
func (v *View) Each(f func(key string, e Entry, use Use) bool) {
	now := v.cfg.Clock()
	v.rows.Range(func(key string, k *known) bool { return f(key, k.Entry, v.cfg.Policy.Use(&k.Entry, now)) })
}

// entry returns the row of a key, nil when there is none or it counts as absent.
func (v *View) entry(key dsn.PublicKey) *known {
	k, ok := v.rows.Get(string(key))
	if !ok || v.cfg.Policy.Use(&k.Entry, v.cfg.Clock()) == Absent {
		return nil
	}
	return k
}

// parse reads a state; one that cannot be used is an error as well.
func (v *View) parse(state []byte) (*project.State, error) {
	s, err := project.Parse(state)
	if err != nil {
		return nil, err
	}
	if err := v.cfg.Check(s); err != nil {
		return nil, fmt.Errorf("check project state: %w", err)
	}
	return s, nil
}

// decode parses a row, and its state only when it is not the one that is known already: what rules have compiled hangs
// on the state.
func (v *View) decode(key, value []byte) (*known, bool) {
	e, err := DecodeEntry(value)
	if err != nil {
		v.cfg.Log.Error("a row of the projects table cannot be read; the previous one stays", "key", string(key), "error", err)
		return nil, false
	}
	k := &known{Entry: e}
	old, have := v.rows.Get(string(key))
	if !have || e.Updated.After(old.Updated) {
		v.asking.forget(dsn.PublicKey(key)) // answered: the next request is a new one
	}
	same := have && bytes.Equal(old.State, e.State)
	switch {
	case string(key) == GlobalKey:
		if same {
			k.global = old.global
			return k, true
		}
		k.global, err = project.ParseGlobal(e.State)
	case !IsProject(string(key)):
	case same && old.state != nil && old.Status == e.Status:
		k.state = old.state
	case e.Status == project.Disabled && len(e.State) > 0:
		k.state, err = project.Parse(e.State)
	case e.Status == project.Enabled:
		if k.state, err = v.parse(e.State); err == nil {
			faults := k.state.Warnings()
			if c := scrub.For(k.state); c != nil {
				for _, err := range c.Broken() {
					faults = append(faults, err.Error())
				}
			}
			for _, w := range faults {
				v.cfg.Log.Warn("a project state has a fault", "key", string(key), "rev", k.state.Rev, "fault", w)
			}
		}
	}
	if err != nil {
		v.cfg.Log.Error("a state in the projects table cannot be read; the previous one stays", "key", string(key), "error", err)
		return nil, false
	}
	return k, true
}

// refresh asks for what is due although nobody used it (cache.project_refresh_interval).
func (v *View) refresh(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		now := v.cfg.Clock()
		due := map[dsn.PublicKey]time.Time{}
		v.rows.Range(func(key string, k *known) bool {
			if IsProject(key) && v.cfg.Policy.WantsRefresh(&k.Entry, now) {
				due[dsn.PublicKey(key)] = k.Updated
			}
			return true
		})
		for key, updated := range due {
			v.send(key, request{Background: true}, updated)
		}
	}
}
