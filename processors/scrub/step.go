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

// Step scrubs the event and the attachments of a unit. Units without a project are kept as they are.
func Step(Config) processors.Step {
	return func(_ context.Context, u *processors.Unit) processors.Verdict {
		if u.Project == nil {
			return processors.Keep()
		}
		c := For(u.Project)
		if c == nil {
			return processors.Dead(ReasonConfig)
		}
		c.Event(u.Event)
		c.items(u)
		return processors.Keep()
	}
}

type memoKey struct{}

type compilation struct {
	compiled *Compiled
	err      error
}

// For returns the compiled scrubbing of a state, nil when its PII config cannot be read. It compiles once per state.
func For(s *project.State) *Compiled { return compilationOf(s).compiled }

// Check reports why the PII config of a state cannot be read; such a state is like one that does not parse (scrub 2.3). It
// compiles what For will return.
func Check(s *project.State) error { return compilationOf(s).err }

func compilationOf(s *project.State) compilation {
	return project.Memoize(&s.Memo, memoKey{}, func() compilation {
		c, err := Compile(s.Config.PII, s.Config.Scrubbing)
		return compilation{c, err}
	})
}
