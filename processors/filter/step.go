package filter

import (
	"context"

	"weir/codecs/outcome"
	"weir/processors"
	"weir/processors/match"
)

// Config is what the step is configured with. The zero value works.
type Config struct {
	// Browser parses a user agent with the uap-core list: family and major version, "Other" when no rule matches. nil: a parser of the
	// step's own, made with the first use.
	Browser func(agent string) (family, major string)
	// AgentCache is the number of user agents that the step's own parser remembers; 0: 4096.
	AgentCache int
}

// Validate reports all faults.
func (c Config) Validate() error { return nil }

// filters is what all checks share.
type filters struct {
	browser func(agent string) (family, major string)
}

// Step drops what a filter hits (filters 1): a whole unit by its event, sessions one by one and without outcomes. Other units pass.
func Step(cfg Config) processors.Step {
	f := &filters{browser: cfg.Browser}
	if f.browser == nil {
		f.browser = newAgents(cfg.AgentCache)
	}
	return f.step
}

func (f *filters) step(_ context.Context, u *processors.Unit) processors.Verdict {
	s, global := settingsOf(u.Project), globalOf(u.Global)
	if !s.fixed && s.generic == nil && global == nil {
		return processors.Keep()
	}
	switch {
	case u.Event != nil:
		it := eventItem{match.Event{Root: u.Event.Root, ForwardedFor: forwardedFor(u)}}
		if reason, hit := f.check(s, global, &it); hit {
			return processors.Drop(outcome.Filtered, reason)
		}
	case u.Kind == processors.KindSessions:
		for _, it := range u.Items {
			if it.Session == nil || it.Fate != processors.FateOpen {
				continue
			}
			if reason, hit := f.check(s, global, &sessionItem{attrs: &it.Session.Attrs, forwardedFor: forwardedFor(u)}); hit {
				u.DropSilent(it, outcome.Filtered, reason)
			}
		}
	}
	return processors.Keep()
}

func forwardedFor(u *processors.Unit) string {
	if u.Header == nil {
		return ""
	}
	return u.Header.ForwardedFor
}
