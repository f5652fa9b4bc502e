package items

import (
	"weir/codecs/envelope"
	"weir/codecs/outcome"
	"weir/codecs/userreport"
	"weir/processors"
)

// errorItems rejects what the kind of event does not take and checks user reports (items 1.1, pipeline 12).
func errorItems(u *processors.Unit) {
	crash := hasCrashFile(u)
	for _, it := range u.Items {
		switch {
		case it.Fate != processors.FateOpen || it == u.Main:
		case it.Type == envelope.TypeAttachment:
			// A crash file beside an event belongs to it; a msgpack source is one of the event's sources only with a crash file.
			if isSource(it) && !crash {
				u.Drop(it, outcome.Invalid, reasonDuplicate)
			}
		case it.Type == envelope.TypeUserReport && u.EventCategory != outcome.Feedback:
			userReport(u, it)
		case crash && (it.Type == envelope.TypeFormData || it.Type == envelope.TypeEvent):
		case it.CreatesEvent():
			u.Drop(it, outcome.Invalid, reasonDuplicate)
		default:
			u.Drop(it, outcome.Invalid, reasonEnvelope)
		}
	}
	refuseDumps(u, crash)
	if u.Main != nil && u.Main.Type == envelope.TypeUnrealReport {
		for _, it := range u.Items {
			u.Drop(it, outcome.Invalid, ReasonInternal)
		}
	}
}

// refuseDumps rejects events of which there is only a file that makes none here: breadcrumbs without the event, dumps of consoles and graphics
// processors (items 19).
func refuseDumps(u *processors.Unit, crash bool) {
	if u.Main == nil || u.Main.Type != envelope.TypeAttachment || crash {
		return
	}
	reason := outcome.Reason("")
	switch u.Main.AttachmentType {
	case envelope.AttachmentBreadcrumbs, envelope.AttachmentProsperodump, envelope.AttachmentGPUDump:
		reason = reasonNoPayload
	case envelope.AttachmentSwitchDying:
		reason = reasonPayload
		u.Main.Quantities = []outcome.Quantity{{Category: outcome.Error, N: 1}}
	}
	for _, it := range u.Items {
		if it.Type == envelope.TypeAttachment && it.AttachmentType == envelope.AttachmentPayload || it.Type == envelope.TypeEvent {
			return
		}
	}
	if reason != "" {
		for _, it := range u.Items {
			u.Drop(it, outcome.Invalid, reason)
		}
	}
}

func hasCrashFile(u *processors.Unit) bool {
	for _, it := range u.Items {
		if it.Type == envelope.TypeAttachment && (it.AttachmentType == envelope.AttachmentMinidump || it.AttachmentType == envelope.AttachmentAppleCrash) {
			return true
		}
	}
	return false
}

// isSource says that an attachment is not stored but makes up an event.
func isSource(it *processors.Item) bool {
	return it.AttachmentType == envelope.AttachmentPayload || it.AttachmentType == envelope.AttachmentBreadcrumbs
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
