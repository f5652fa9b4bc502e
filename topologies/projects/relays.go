package projects

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"weir/codecs/envelope"
	"weir/codecs/project"
)

// relayPrefix begins the rows of relays; the id follows, hyphenated.
const relayPrefix = "@relay/"

// relayForgotten is how long after the upstream confirmed it last the row of a relay goes.
const relayForgotten = 30 * 24 * time.Hour

// Relay is the row of a relay below, as the upstream knows it (edge 12.6): after a restart it is known although the upstream is away.
type Relay struct {
	PublicKey string    `json:"publicKey"`
	Internal  bool      `json:"internal"`
	Confirmed time.Time `json:"-"` // by the upstream, milliseconds
}

// Relay returns the row of a relay; false when there is none.
func (v *View) Relay(id envelope.EventID) (r Relay, ok bool) {
	k, ok := v.rows.Get(relayPrefix + id.Hyphenated())
	if !ok || json.Unmarshal(k.State, &r) != nil {
		return Relay{}, false
	}
	r.Confirmed = k.Updated
	return r, true
}

// PutRelay writes the row of a relay and waits for it; nil removes it.
func (v *View) PutRelay(ctx context.Context, id envelope.EventID, r *Relay) error {
	var e *Entry
	if r != nil {
		state, err := json.Marshal(r)
		if err != nil {
			return fmt.Errorf("keep a relay: %w", err)
		}
		e = &Entry{Status: project.Enabled, State: state, Source: "upstream", Updated: r.Confirmed}
	}
	if err := v.put(ctx, relayPrefix+id.Hyphenated(), e); err != nil {
		return fmt.Errorf("keep a relay: %w", err)
	}
	return nil
}

// isRelay reports whether a row is that of a relay; clients can make up public keys that begin alike.
func isRelay(key string) bool { return strings.HasPrefix(key, relayPrefix) && !IsProject(key) }
