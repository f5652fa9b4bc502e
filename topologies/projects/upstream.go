package projects

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"weir/codecs/project"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Upstream is the row UpstreamKey: what the process that wrote last knows about the upstream.
type Upstream struct {
	URL   string    `json:"url"`
	State string    `json:"state"` // proxy, registering, registered, refused
	Since time.Time `json:"since"` // of State
	// Error is why State is not registered, or the last failure of a registration that still holds; empty: none.
	Error string `json:"error,omitempty"`
	// Away is since when the upstream cannot be reached; zero: it can.
	Away    time.Time `json:"away,omitzero"`
	Process string    `json:"process"`
	Updated time.Time `json:"updated"`
}

// Upstream returns the row; false when there is none.
func (v *View) Upstream() (u Upstream, ok bool) {
	k, ok := v.rows.Get(UpstreamKey)
	if !ok || json.Unmarshal(k.State, &u) != nil {
		return Upstream{}, false
	}
	u.Updated = k.Entry.Updated
	return u, true
}

// PutUpstream writes the row and waits for it.
func (v *View) PutUpstream(ctx context.Context, u Upstream) error {
	state, err := json.Marshal(u)
	if err != nil {
		return fmt.Errorf("state of the upstream: %w", err)
	}
	return v.put(ctx, UpstreamKey, &Entry{Status: project.Enabled, State: state, Source: u.Process, Updated: u.Updated})
}

// Push writes the state of a key as an operator's: it holds until it is removed, whatever other sources but files say. A nil state removes it.
func (v *View) Push(ctx context.Context, key string, state []byte) error {
	if state == nil {
		return v.put(ctx, key, nil)
	}
	s, err := v.parse(state)
	if err != nil {
		return err
	}
	e := &Entry{Status: project.Enabled, State: state, Source: SourcePushed, Updated: v.cfg.Clock()}
	if s.Disabled {
		e.Status, e.State = project.Disabled, scopes(s)
	}
	return v.put(ctx, key, e)
}

// put writes a row, or removes it with nil, and waits for the acknowledgement.
func (v *View) put(ctx context.Context, key string, e *Entry) error {
	rec := &kgo.Record{Topic: v.cfg.Table, Key: []byte(key)}
	if e != nil {
		value, err := e.Encode()
		if err != nil {
			return err
		}
		rec.Value = value
	}
	done := make(chan error, 1)
	v.cfg.Out.Produce(ctx, rec, func(_ *kgo.Record, err error) { done <- err })
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Known returns the row of a key as it is, whether it may be used or not.
func (v *View) Known(key string) (Entry, Use, bool) {
	k, ok := v.rows.Get(key)
	if !ok {
		return Entry{}, Absent, false
	}
	return k.Entry, v.cfg.Policy.Use(&k.Entry, v.cfg.Clock()), true
}
