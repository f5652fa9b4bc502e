package relay

import (
	"context"

	"weir/codecs/envelope"
	"weir/processors"
)

// Config says how items are marked.
type Config struct {
	Full bool // normalization.level full: a trusting upstream need not normalize events again
}

// Step ends every open item of a unit as accepted.
func Step(cfg Config) processors.Step {
	return func(_ context.Context, u *processors.Unit) processors.Verdict {
		if u.Event != nil && u.Main != nil && u.Main.Fate == processors.FateOpen {
			writeEvent(u, cfg)
		}
		pack(u)
		replayEvent(u)
		for _, it := range u.Items {
			u.Accept(it)
		}
		return processors.Keep()
	}
}

// writeEvent puts the event back into the item that it came from.
func writeEvent(u *processors.Unit, cfg Config) {
	it := u.Main
	it.Payload = u.Event.AppendTo(make([]byte, 0, len(it.Payload)+len(it.Payload)/4))
	it.Length, it.FullyNormal = len(it.Payload), cfg.Full
	if it.Type == envelope.TypeRawSecurity { // a report has become an event
		it.Type = envelope.TypeSecurity
	}
	it.ContentType = envelope.ContentJSON
}
