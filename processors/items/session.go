package items

import (
	"context"

	"weir/codecs/envelope"
	"weir/codecs/metric"
	"weir/codecs/outcome"
	"weir/codecs/session"
	"weir/processors"
)

// sessions parses updates and aggregates; whatever is wrong with one is dropped without an outcome (items 4).
func sessions(cfg Config, u *processors.Unit) {
	window := session.Window{Past: cfg.MaxSessionAge, Future: cfg.MaxFuture}
	drift := u.Drift()
	for _, it := range u.Open() {
		s, err := session.Parse(it.Payload, it.Type == envelope.TypeSessions)
		if err != nil {
			u.DropSilent(it, outcome.Invalid, reasonJSON)
			continue
		}
		if !s.Aggregate && !s.Update.HasID {
			s.Update.ID = envelope.NewEventID(u.Receipt.Derive(it.Index, "session"))
		}
		if !s.Adjust(drift, u.ReceivedAt, window) {
			u.DropSilent(it, outcome.Invalid, reasonTimestamp)
			continue
		}
		it.Session = s
		it.Quantities = []outcome.Quantity{{Category: outcome.Session, N: s.Count()}}
	}
}

// Buckets turns the sessions that are left into metrics, merged within the unit (pipeline 10.3, 14.2).
func Buckets(cfg Config) processors.Step {
	cfg = cfg.withDefaults()
	return func(_ context.Context, u *processors.Unit) processors.Verdict {
		f := session.Facts{Client: u.Client(), ReceivedAt: u.ReceivedAt.Unix()}
		if u.Project != nil {
			f.Version = u.Project.Config.SessionMetrics
		}
		a := metric.NewAggregator(cfg.Aggregator, u.ReceivedAt.Unix())
		var scratch []metric.Bucket
		for _, it := range u.Items {
			if it.Fate != processors.FateOpen || it.Session == nil {
				continue
			}
			scratch = it.Session.Extract(scratch[:0], f)
			for _, b := range scratch {
				a.Add(b)
			}
		}
		u.Buckets = a.Buckets()
		return processors.Keep()
	}
}
