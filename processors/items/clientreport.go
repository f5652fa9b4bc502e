package items

import (
	"time"

	"weir/codecs/clientreport"
	"weir/codecs/outcome"
	"weir/processors"
)

// clientReports turns each report into counts; it has no outcome of its own, broken ones vanish (pipeline 8).
func clientReports(cfg Config, u *processors.Unit) {
	received := u.ReceivedAt.Truncate(time.Second)
	drift := u.Drift().Truncate(time.Second)
	oldest := received.AddDate(0, 0, -int(u.RetentionDays()))
	for _, it := range u.Open() {
		rep, err := clientreport.Parse(it.Payload)
		if err != nil {
			u.DropSilent(it, outcome.Invalid, reasonJSON)
			continue
		}
		at := received
		if !rep.Timestamp.IsZero() {
			at = rep.Timestamp
		}
		at = at.Add(drift)
		if at.Before(oldest) || at.Sub(received) > cfg.MaxFuture {
			u.DropSilent(it, outcome.Invalid, reasonTimestamp)
			continue
		}
		for i := range rep.Entries {
			e := &rep.Entries[i]
			if id, reason, ok := e.Outcome(); ok {
				u.Count(id, reason, e.Category, e.Quantity, at)
			}
		}
	}
}
