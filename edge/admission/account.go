package admission

import (
	"context"
	"errors"
	"sync"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/project"
	"weir/codecs/raw"
	"weir/edge"
)

const (
	// slot is the precision of the time of refusals; outcomes have it anyway (pipeline 7.5).
	slot = 10 * time.Second
	// patience is how long refusals of a key wait for its config, which has the ids that outcomes need.
	patience = time.Minute
	// maxRows bounds the memory of an account; a row has a handful of counts.
	maxRows = 20_000
)

// Refused is what the refused requests of one key and time slot count for together.
type Refused struct {
	Scope     dsn.Scoping // complete where the config is known
	At        time.Time   // start of the slot of the receive time
	Envelopes uint64
	Items     uint64
	Counts    []raw.Discard // one for each id, reason and category
	Silent    bool          // no outcome is to be written
}

// Sink takes one of the totals of an account. An error keeps it for the next flush, an *edge.Late only when it turns out to be one.
type Sink func(ctx context.Context, total Refused) error

// Account adds refusals up in memory until they are flushed (house 1.4). It is safe for concurrent use.
type Account struct {
	projects edge.Projects
	sink     Sink
	now      func() time.Time

	mu   sync.Mutex
	rows map[rowKey]*Refused
	lost uint64
}

type rowKey struct {
	key     dsn.PublicKey
	project dsn.ProjectID
	at      int64
	silent  bool
}

// NewAccount returns an empty account.
func NewAccount(projects edge.Projects, sink Sink, now func() time.Time) *Account {
	return &Account{projects: projects, sink: sink, now: now, rows: map[rowKey]*Refused{}}
}

// Add implements edge.Refusals.
func (a *Account) Add(r edge.Refusal) {
	at := r.ReceivedAt.Truncate(slot)
	k := rowKey{r.Key, r.Project, at.Unix(), r.Silent}
	if _, status := a.projects.Lookup(r.Key); status == project.Pending {
		a.projects.Request(r.Key) // so that the next flush knows where this belongs
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	row := a.rows[k]
	if row == nil {
		if len(a.rows) >= maxRows {
			a.lost += uint64(r.Items)
			return
		}
		row = &Refused{Scope: dsn.Scoping{Key: r.Key, Project: r.Project}, At: at, Silent: r.Silent}
		a.rows[k] = row
	}
	row.Envelopes++
	row.Items += uint64(r.Items)
	for _, c := range r.Counts {
		row.count(c)
	}
}

func (r *Refused) count(c raw.Discard) {
	for i := range r.Counts {
		if have := &r.Counts[i]; have.ID == c.ID && have.Reason == c.Reason && have.Category == c.Category {
			have.Quantity += c.Quantity
			return
		}
	}
	r.Counts = append(r.Counts, c)
}

// Lost returns how many items were not accounted for because too many keys were refused at once.
func (a *Account) Lost() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.lost
}

// Flush hands the totals to the sink. What belongs to a key whose config is not known yet waits for it for a minute,
// unless all is set (at the end of the process).
func (a *Account) Flush(ctx context.Context, all bool) error {
	a.mu.Lock()
	out := map[rowKey]Refused{}
	taken := map[rowKey]*Refused{}
	for k, row := range a.rows {
		state, status := a.projects.Lookup(k.key)
		if status == project.Pending && !all && a.now().Sub(row.At) < patience {
			a.projects.Request(k.key)
			continue
		}
		total := *row
		switch {
		case state != nil && state.HasProject:
			total.Scope = state.Scoping(k.key, k.project)
		default: // without a config there is no organization: nothing reaches the outcomes topics (pipeline 7.5)
			total.Silent = true
		}
		out[k] = total
		taken[k] = row
		delete(a.rows, k)
	}
	a.mu.Unlock()
	var errs []error
	for k, total := range out {
		err := a.sink(ctx, total)
		var late *edge.Late
		if errors.As(err, &late) { // it may still arrive: it is counted again only when it does not
			row := taken[k]
			late.Then(func(err error) {
				if err != nil {
					a.restore(map[rowKey]*Refused{k: row})
				}
			})
		} else if err != nil {
			a.restore(map[rowKey]*Refused{k: taken[k]})
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// restore puts rows back that could not be handed over, as far as there is room: the keys of new rows may be made up while the broker is away.
func (a *Account) restore(rows map[rowKey]*Refused) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for k, old := range rows {
		row := a.rows[k]
		switch {
		case row == nil && len(a.rows) >= maxRows:
			a.lost += old.Items
			continue
		case row == nil:
			a.rows[k] = old
			continue
		}
		row.Envelopes += old.Envelopes
		row.Items += old.Items
		for _, c := range old.Counts {
			row.count(c)
		}
	}
}

// Run flushes every interval until ctx ends. The last flush, with a context of its own, is the caller's.
func (a *Account) Run(ctx context.Context, interval time.Duration, failed func(error)) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := a.Flush(ctx, false); err != nil && !errors.Is(err, context.Canceled) {
				failed(err)
			}
		}
	}
}
