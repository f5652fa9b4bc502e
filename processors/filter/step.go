package filter

import (
	"context"

	"weir/processors"
)

// Config is what the operator sets about filters: nothing so far.
type Config struct{}

// Validate never fails.
func (Config) Validate() error { return nil }

// Step drops events that a filter hits; units without an event pass (filters 1).
func Step(cfg Config) processors.Step {
	return func(_ context.Context, u *processors.Unit) processors.Verdict {
		return processors.Keep()
	}
}
