package filter

import (
	"context"

	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/outcome"
	"weir/processors"
	"weir/processors/match"
)

// Config is what the step is configured with. The zero value works.
type Config struct {
	// Browser parses a user agent with the uap-core list: family and major version, "Other" when no rule matches. nil: codecs/useragent.
	Browser func(agent string) (family, major string)
}

// Validate reports all faults.
func (c Config) Validate() error { return nil }

// filters is what all checks share.
type filters struct {
	browser func(agent string) (family, major string)
}

// Step drops what a filter hits (filters 1): a unit by its event or replay event; sessions, spans, logs, trace metrics and profiles one by
// one, sessions without outcomes. It looks at items that are open and parsed, at the latter in Item.Record. Other units pass.
func Step(cfg Config) processors.Step {
	f := &filters{browser: cfg.Browser}
	if f.browser == nil {
		f.browser = browserOf
	}
	return f.step
}

func (f *filters) step(_ context.Context, u *processors.Unit) processors.Verdict {
	s, global := settingsOf(u.Project), globalOf(u.Global)
	if !s.fixed && s.generic == nil && global == nil {
		return processors.Keep()
	}
	if u.Event != nil {
		it := eventItem{match.Event{Root: u.Event.Root, ForwardedFor: forwardedFor(u)}}
		if reason, hit := f.check(s, global, &it); hit {
			return processors.Drop(outcome.Filtered, reason)
		}
	}
	switch u.Kind {
	case processors.KindReplay:
		if root := replayEvent(u); root != nil {
			it := replayItem{ev: eventItem{match.Event{Root: root, ForwardedFor: forwardedFor(u)}}}
			if reason, hit := f.check(s, global, &it); hit {
				return processors.Drop(outcome.Filtered, reason)
			}
		}
	case processors.KindSessions:
		for _, it := range u.Items {
			if it.Session == nil || it.Fate != processors.FateOpen {
				continue
			}
			if reason, hit := f.check(s, global, &sessionItem{attrs: &it.Session.Attrs, forwardedFor: forwardedFor(u)}); hit {
				u.DropSilent(it, outcome.Filtered, reason)
			}
		}
	case processors.KindSpans, processors.KindLogs, processors.KindTraceMetrics:
		record := attributeItem{match.Record{Kind: recordKinds[u.Kind], ForwardedFor: forwardedFor(u)}}
		for _, it := range u.Items {
			if it.Record == nil || it.Fate != processors.FateOpen {
				continue
			}
			record.Root = it.Record
			if reason, hit := f.check(s, global, &record); hit {
				u.Drop(it, outcome.Filtered, reason)
			}
		}
	case processors.KindTransaction, processors.KindProfileChunk: // profiles alone went with their transaction before
		f.profiles(s, global, u)
	}
	return processors.Keep()
}

// profiles judges the profiles of a unit, of a transaction that stays as well as those alone.
func (f *filters) profiles(s *settings, global *generic, u *processors.Unit) {
	for _, it := range u.Items {
		if it.Fate != processors.FateOpen || it.Type != envelope.TypeProfile && it.Type != envelope.TypeProfileChunk {
			continue
		}
		if reason, hit := f.check(s, global, newProfile(it, forwardedFor(u))); hit {
			u.Drop(it, outcome.Filtered, reason)
		}
	}
}

// replayEvent is the parsed event of a replay that is still there.
func replayEvent(u *processors.Unit) *event.Value {
	for _, it := range u.Items {
		if it.Record != nil && it.Fate == processors.FateOpen {
			return it.Record
		}
	}
	return nil
}

func forwardedFor(u *processors.Unit) string {
	if u.Header == nil {
		return ""
	}
	return u.Header.ForwardedFor
}
