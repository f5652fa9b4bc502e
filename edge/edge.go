package edge

import (
	"context"
	"errors"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/project"
	"weir/codecs/ratelimit"
	"weir/codecs/raw"
	"weir/codecs/signature"
)

// Projects is the in-memory view of project states. Both methods return at once.
type Projects interface {
	// Lookup returns what is known about a key; the state is nil unless the status is Enabled. The view itself
	// refreshes stale entries on access (edge 10.2).
	Lookup(key dsn.PublicKey) (*project.State, project.Status)
	// Request asks for the config of a key that is not known, in the background. Repeated calls are cheap.
	Request(key dsn.PublicKey)
}

// Limits is the in-memory view of cached rate limits.
type Limits interface {
	// For returns the limits that are active at now and can concern a scope. The slice must not be changed.
	For(scope dsn.Scoping, now time.Time) []ratelimit.Limit
}

// Writer writes envelopes to the raw topic.
type Writer interface {
	// Write returns nil when the broker has acknowledged the record; then Body may be used again. After any
	// error Body must not be touched: it may still be on its way. The error wraps ErrFull, ErrClosed or
	// ErrTimeout where one of them is the reason. It is a *Late while it is open whether the record will be written.
	Write(ctx context.Context, r *raw.Record) error
}

// Why an envelope could not be written.
var (
	ErrFull    = errors.New("the producer's byte budget is used up")
	ErrClosed  = errors.New("the producer is closed")
	ErrTimeout = errors.New("the broker did not acknowledge in time")
)

// Relay is another relay that talks to us or that our upstream knows (edge 12.6).
type Relay struct {
	Key      signature.PublicKey
	Internal bool
}

// Refusal is what a refused request, or the refused part of one, counts for.
type Refusal struct {
	Key        dsn.PublicKey
	Project    dsn.ProjectID // that the request named, 0: none
	ReceivedAt time.Time
	Items      int
	Counts     []raw.Discard
	// Silent says that the contract writes no outcome (disabled projects, edge 10.1); the ledger counts it anyway.
	Silent bool
}

// Refusals takes account of refused requests. Add returns at once and never fails.
type Refusals interface {
	Add(r Refusal)
}
