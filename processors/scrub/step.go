package scrub

import (
	"context"

	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/processors"
)

// Config is empty so far: everything that scrubbing does is said by the project.
type Config struct{}

// Validate reports faults of the config.
func (Config) Validate() error { return nil }

// ReasonConfig is the reason of the dead letters of a project whose PII config cannot be read. Such a state is refused
// when it is received; this is the guard against passing on an event unscrubbed.
const ReasonConfig outcome.Reason = "scrub_config"

// Step scrubs the event of a unit. Units without an event or project are kept as they are.
func Step(Config) processors.Step {
	return func(_ context.Context, u *processors.Unit) processors.Verdict {
		if u.Event == nil || u.Project == nil {
			return processors.Keep()
		}
		c := For(u.Project)
		if c == nil {
			return processors.Dead(ReasonConfig)
		}
		c.Event(u.Event)
		return processors.Keep()
	}
}

type memoKey struct{}

// For returns the compiled scrubbing of a state, nil when its PII config cannot be read. It compiles once per state.
func For(s *project.State) *Compiled {
	return project.Memoize(&s.Memo, memoKey{}, func() *Compiled {
		c, err := Compile(s.Config.PII, s.Config.Scrubbing)
		if err != nil {
			return nil
		}
		return c
	})
}
