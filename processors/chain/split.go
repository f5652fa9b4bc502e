package chain

import (
	"strings"

	"weir/codecs/envelope"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/processors"
	"weir/processors/admission"
)

// factsOf gathers what all units of a record know.
func factsOf(in *Input) *processors.Facts {
	rec, e := in.Record, in.Envelope
	f := &processors.Facts{
		Receipt: rec.Receipt, ReceivedAt: rec.ReceivedAt, Now: in.Now, Header: &e.Header, Trusted: rec.Trusted,
		Replay: rec.Replay != nil, Project: in.State, Global: in.Global, Limits: in.Limits,
	}
	if s := in.Sampling; s != nil && !s.Disabled && in.State != nil && s.Org == in.State.Org {
		f.Sampling = s
	}
	if f.Project == nil && in.Status == project.Dummy {
		f.Project = project.Default()
	}
	if f.Project != nil {
		f.Scope = f.Project.Scoping(rec.Key, rec.Project)
	} else {
		f.Scope.Key, f.Scope.Project = rec.Key, rec.Project
	}
	return f
}

// units splits the envelope (items 1.1): there is at most one unit of a kind, and its index is the number of the kind, so that it does
// not depend on what limits removed before.
func (r *run) units() {
	e := r.in.Envelope
	all := make([]processors.Item, len(e.Items)) // one allocation for all items
	r.items = make([]*processors.Item, len(e.Items))
	r.kinds = classify(e)
	id := e.Header.EventID
	if id.IsNil() && e.CreatesEvent() {
		id = envelope.NewEventID(r.facts.Receipt.Derive(0, "event_id"))
	}
	var byKind [len(kindOrder)]*processors.Unit
	for i := range e.Items {
		it := &all[i]
		it.Item, it.Index = e.Items[i], i
		if it.RateLimited {
			r.sentMarked = set(r.sentMarked, i)
		}
		r.items[i] = it
		k := r.kinds[i]
		u := byKind[k]
		if u == nil {
			u = &processors.Unit{Facts: r.facts, Kind: k, Index: int(k), EventID: id, EventCategory: outcome.Unknown}
			byKind[k] = u
		}
		u.Items = append(u.Items, it)
		if isMain(u.Kind, it) && (u.Main == nil || u.Main.Type == envelope.TypeAttachment && it.Type != envelope.TypeAttachment) {
			u.Main, u.EventCategory = it, category(it) // files make an event only where no item does
		}
	}
	for _, k := range processors.AllKinds {
		if u := byKind[k]; u != nil {
			r.result.Units = append(r.result.Units, u)
		}
	}
}

// kindOrder is as long as the list of kinds; a test holds that.
var kindOrder [int(processors.KindUnknown) + 1]struct{}

// isMain says that an item is the one that creates the unit's event.
func isMain(k processors.Kind, it *processors.Item) bool {
	switch k {
	case processors.KindError:
		return it.CreatesEvent()
	case processors.KindTransaction:
		return it.Type == envelope.TypeTransaction
	}
	return false
}

// category of an event before it is parsed (pipeline 6.4).
func category(it *processors.Item) outcome.Category {
	switch it.Type {
	case envelope.TypeTransaction:
		return outcome.Transaction
	case envelope.TypeSecurity, envelope.TypeRawSecurity:
		return outcome.Security
	case envelope.TypeFeedback:
		return outcome.Feedback
	}
	return outcome.Error
}

// classify gives each item its unit: the first that wants it (items 1.1).
func classify(e *envelope.Envelope) []processors.Kind {
	kinds := make([]processors.Kind, len(e.Items))
	transaction, creates := -1, false
	for i := range e.Items {
		it := &e.Items[i]
		if it.Unknown {
			continue
		}
		if it.Type == envelope.TypeTransaction && transaction < 0 {
			transaction = i
		}
		creates = creates || it.CreatesEvent()
	}
	for i := range e.Items {
		it := &e.Items[i]
		k := ownKind(it)
		switch {
		case k != processors.KindUnknown:
		case it.Unknown:
		case transaction < 0 && creates && it.RequiresEvent():
			k = processors.KindError
		case transaction >= 0 && (i == transaction || it.Type == envelope.TypeAttachment || it.Type == envelope.TypeProfile):
			k = processors.KindTransaction
		case it.Type == envelope.TypeAttachment:
			k = processors.KindAttachments
		case it.Type == envelope.TypeUserReport:
			k = processors.KindUserReports
		case it.Type == envelope.TypeProfile:
			k = processors.KindProfile
		}
		kinds[i] = k
	}
	return kinds
}

// ownKind is the kind of items that never belong to an event; KindUnknown for all others.
func ownKind(it *envelope.Item) processors.Kind {
	if it.Unknown {
		return processors.KindUnknown
	}
	switch it.Type {
	case envelope.TypeSession, envelope.TypeSessions:
		return processors.KindSessions
	case envelope.TypeClientReport:
		return processors.KindClientReport
	case envelope.TypeReplayEvent, envelope.TypeReplayRecording, envelope.TypeReplayVideo:
		return processors.KindReplay
	case envelope.TypeSpan:
		return processors.KindSpans
	case envelope.TypeLog:
		return processors.KindLogs
	case envelope.TypeTraceMetric:
		return processors.KindTraceMetrics
	case envelope.TypeProfileChunk:
		return processors.KindProfileChunk
	case envelope.TypeCheckIn:
		return processors.KindCheckIn
	case envelope.TypeMetricBuckets:
		return processors.KindMetrics
	case envelope.TypeIntegration:
		if strings.HasPrefix(it.ContentType, admission.IntegrationSpans) {
			return processors.KindSpans
		}
		return processors.KindLogs
	}
	return processors.KindUnknown
}
