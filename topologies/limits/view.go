package limits

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/ratelimit"
	"weir/topologies/kafka/client"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafka/view"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Config describes the view.
type Config struct {
	Cluster client.Config
	Topic   string
	// Out takes what Learn writes; it outlives the view and must not be transactional. nil: this process learns nothing.
	Out   producer.Sink
	Clock func() time.Time
	Log   *slog.Logger
}

// Validate reports what is missing.
func (c Config) Validate() error {
	var errs []error
	if c.Topic == "" || c.Clock == nil || c.Log == nil {
		errs = append(errs, errors.New("rate limits: topic, clock or logger is missing"))
	}
	return errors.Join(append(errs, c.Cluster.Validate())...)
}

// View knows all limits in force. All methods are safe for concurrent use.
type View struct {
	cfg  Config
	rows *view.View[ratelimit.Limit]

	mu    sync.RWMutex
	index map[ratelimit.Scope][]ratelimit.Limit // the lists are never changed, only replaced
}

// New returns a view; Run fills it.
func New(cfg Config) (*View, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	v := &View{cfg: cfg, index: map[ratelimit.Scope][]ratelimit.Limit{}}
	v.rows = view.New(cfg.Cluster, view.Config[ratelimit.Limit]{Topic: cfg.Topic, Decode: v.decode,
		Report: func(err error) { cfg.Log.Warn("rate limits view", "error", err) }})
	v.rows.OnChange(v.changed)
	return v, nil
}

// Run keeps the view up to date until ctx ends.
func (v *View) Run(ctx context.Context) error {
	go v.sweep(ctx)
	return v.rows.Run(ctx)
}

// WaitReady waits until everything that was in the topic when Run started can be seen.
func (v *View) WaitReady(ctx context.Context) error { return v.rows.WaitReady(ctx) }

// Ready is closed when WaitReady would return.
func (v *View) Ready() <-chan struct{} { return v.rows.Ready() }

// For returns the active limits that can concern a scope, those of its key, its project and its organization, in the order in which they
// were found: of two that end at the same time the last one gives the reason (pipeline 6.1).
func (v *View) For(scope dsn.Scoping, now time.Time) []ratelimit.Limit {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if len(v.index) == 0 {
		return nil
	}
	var found []ratelimit.Limit
	add := func(s ratelimit.Scope) {
		for _, l := range v.index[s] {
			if l.Active(now) {
				found = append(found, l)
			}
		}
	}
	add(ratelimit.ScopeOf(ratelimit.ScopeOrganization, scope))
	add(ratelimit.ScopeOf(ratelimit.ScopeProject, scope))
	add(ratelimit.ScopeOf(ratelimit.ScopeKey, scope))
	slices.SortStableFunc(found, func(a, b ratelimit.Limit) int { return cmp.Compare(a.Found, b.Found) })
	return found
}

// All returns every active limit (weir status).
func (v *View) All(now time.Time) []ratelimit.Limit {
	v.mu.RLock()
	defer v.mu.RUnlock()
	var all []ratelimit.Limit
	for _, list := range v.index {
		for _, l := range list {
			if l.Active(now) {
				all = append(all, l)
			}
		}
	}
	return all
}

// Learn makes limits known in the form in which they are kept (pipeline 6.2): it returns when they are acknowledged and
// visible in this process. Limits that are known already cost nothing. It fails only when ctx ends or the writer is closed.
func (v *View) Learn(ctx context.Context, learned []ratelimit.Limit) error {
	var set ratelimit.Set
	for _, l := range learned {
		set.Cache(l)
	}
	now := v.cfg.Clock()
	fresh := slices.DeleteFunc(set.Active(now), v.knows)
	if len(fresh) == 0 || v.cfg.Out == nil {
		return nil
	}
	done := make(chan error, len(fresh))
	for i := range fresh {
		l := &fresh[i]
		l.Found = now.UnixMicro() + int64(i)
		if old, ok := v.rows.Get(l.Key()); ok && old.Active(now) {
			l.Found = old.Found // it keeps its place
		}
		key, value := ratelimit.EncodeRecord(*l)
		v.cfg.Out.Produce(ctx, &kgo.Record{Topic: v.cfg.Topic, Key: key, Value: value}, func(_ *kgo.Record, err error) { done <- err })
	}
	var errs error
	for range fresh {
		select {
		case err := <-done:
			errs = errors.Join(errs, err)
		case <-ctx.Done():
			return fmt.Errorf("write rate limits: %w", ctx.Err())
		}
	}
	if errs != nil {
		return fmt.Errorf("write rate limits: %w", errs)
	}
	for _, l := range fresh {
		v.rows.Set(l.Key(), l)
	}
	return nil
}

// knows reports whether the view has l with the same or a later expiry.
func (v *View) knows(l ratelimit.Limit) bool {
	old, ok := v.rows.Get(l.Key())
	return ok && !old.Expires.Before(l.Expires)
}

func (v *View) decode(_, value []byte) (ratelimit.Limit, bool) {
	l, err := ratelimit.DecodeRecord(value)
	if err != nil {
		v.cfg.Log.Error("a rate limit cannot be read and is ignored", "error", err)
		return l, false
	}
	return l, l.Active(v.cfg.Clock()) && !v.knows(l)
}

// changed keeps the index.
func (v *View) changed(key string, l ratelimit.Limit, present bool) {
	if !present {
		return // sweep
	}
	now := v.cfg.Clock()
	v.mu.Lock()
	defer v.mu.Unlock()
	list := slices.DeleteFunc(slices.Clone(v.index[l.Scope]), func(o ratelimit.Limit) bool { return !o.Active(now) || o.Key() == key })
	v.index[l.Scope] = append(list, l)
}

// sweep drops what has expired, every minute.
func (v *View) sweep(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			v.drop(v.cfg.Clock())
		case <-ctx.Done():
			return
		}
	}
}

func (v *View) drop(now time.Time) {
	var gone []string
	v.rows.Range(func(key string, l ratelimit.Limit) bool {
		if !l.Active(now) {
			gone = append(gone, key)
		}
		return true
	})
	for _, key := range gone {
		v.rows.Delete(key)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for scope, list := range v.index {
		list = slices.DeleteFunc(slices.Clone(list), func(o ratelimit.Limit) bool { return !o.Active(now) })
		if len(list) == 0 {
			delete(v.index, scope)
			continue
		}
		v.index[scope] = list
	}
}
