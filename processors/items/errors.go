package items

import (
	"weir/codecs/envelope"
	"weir/codecs/outcome"
	"weir/codecs/userreport"
	"weir/processors"
)

// errorItems rejects what the kind of event does not take and checks user reports (items 1.1, pipeline 12).
func errorItems(u *processors.Unit) {
	parts, crash := u.CrashParts()
	if crash && u.Main.Type != envelope.TypeUnrealReport && u.Main != parts.Event {
		u.Main, u.EventCategory = parts.File, outcome.Error // a crash wins over everything but its own event
	}
	for _, it := range u.Items {
		switch {
		case it.Fate != processors.FateOpen || it == u.Main || parts.Has(it) || it.Type == envelope.TypeAttachment:
		case it.Type == envelope.TypeUserReport && u.EventCategory != outcome.Feedback:
			userReport(u, it)
		case it.CreatesEvent():
			u.Drop(it, outcome.Invalid, reasonDuplicate)
		default:
			u.Drop(it, outcome.Invalid, reasonEnvelope)
		}
	}
	if !crash {
		refuseDumps(u)
	}
	if u.Main != nil && u.Main.Type == envelope.TypeUnrealReport {
		for _, it := range u.Items {
			u.Drop(it, outcome.Invalid, ReasonInternal)
		}
	}
}

// refuseDumps rejects events of which there are only files that make none: parts in MessagePack without the crash that they belong to, dumps
// of consoles and graphics processors (items 19). Beside an event these are attachments like others.
func refuseDumps(u *processors.Unit) {
	if u.Main == nil || u.Main.Type != envelope.TypeAttachment {
		return
	}
	for _, it := range u.Items {
		if it.Fate == processors.FateOpen && it.CreatesEvent() && it.Type != envelope.TypeAttachment {
			return // the chain looks for it first
		}
	}
	reason := reasonNoPayload
	if u.Main.AttachmentType == envelope.AttachmentSwitchDying {
		reason = reasonPayload
		u.Main.Quantities = []outcome.Quantity{{Category: outcome.Error, N: 1}}
	}
	for _, it := range u.Items {
		u.Drop(it, outcome.Invalid, reason)
	}
}

func userReports(u *processors.Unit) {
	for _, it := range u.Items {
		userReport(u, it)
	}
}

// userReport writes a report in the form of the contract, or rejects it.
func userReport(u *processors.Unit, it *processors.Item) {
	if it.Fate != processors.FateOpen {
		return
	}
	rep, err := userreport.Parse(it.Payload)
	if err != nil {
		u.Drop(it, outcome.Invalid, reasonJSON)
		return
	}
	it.Payload = rep.AppendTo(make([]byte, 0, len(it.Payload)))
}
