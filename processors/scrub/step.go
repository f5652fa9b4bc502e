package scrub

import (
	"context"
	"fmt"

	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/processors"
)

// Config is what the project does not say.
type Config struct {
	// MaxReplay bounds the inflated body of a replay recording, in bytes; 0: 100 MiB.
	MaxReplay int
}

const defaultMaxReplay = 100 << 20

// Validate reports faults of the config.
func (c Config) Validate() error {
	if c.MaxReplay < 0 {
		return fmt.Errorf("scrub: the bound of replay recordings is negative: %d", c.MaxReplay)
	}
	return nil
}

// ReasonConfig is the reason of the dead letters of a project whose PII config cannot be read. Such a state is refused
// when it is received; this is the guard against passing on an event unscrubbed.
const ReasonConfig outcome.Reason = "scrub_config"

// ReasonRecording is the reason of replays whose recording cannot be read (scrub 10).
const ReasonRecording outcome.Reason = "invalid_replay_recording"

// Step scrubs the event, the attachments and the records of a unit. Units without a project are kept as they are.
func Step(cfg Config) processors.Step {
	if cfg.MaxReplay == 0 {
		cfg.MaxReplay = defaultMaxReplay
	}
	return func(_ context.Context, u *processors.Unit) processors.Verdict {
		if u.Project == nil {
			return processors.Keep()
		}
		c := For(u.Project)
		if c == nil {
			return processors.Dead(ReasonConfig)
		}
		c.Event(u.Event)
		return c.items(u, cfg.MaxReplay)
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
