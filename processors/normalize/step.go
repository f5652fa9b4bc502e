package normalize

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/processors"
	"weir/processors/match"
)

// Defaults of the configuration (1.4).
const (
	defaultPast   = 5 * 24 * time.Hour
	defaultFuture = 60 * time.Second
	defaultLength = 200
)

// Step parses the event of a unit into Unit.Event, normalizes it and sets Unit.EventCategory; what cannot be an event is
// dropped with outcome invalid (1.1 to 1.3). Units without an event are kept as they are.
func Step(cfg Config) processors.Step {
	n := New(cfg)
	return func(_ context.Context, u *processors.Unit) processors.Verdict {
		if kind, ok := recordKinds[u.Kind]; ok {
			n.records(u, kind)
			return processors.Keep()
		}
		if u.Kind == processors.KindReplay {
			return n.replay(u)
		}
		if u.Kind != processors.KindError && u.Kind != processors.KindTransaction || u.Main == nil || u.Main.Fate != processors.FateOpen {
			return processors.Keep()
		}
		return n.unit(u)
	}
}

// unit normalizes the event of one unit.
func (n *Normalizer) unit(u *processors.Unit) processors.Verdict {
	if n.cfg.Forwarding != nil && u.Main.Type == envelope.TypeAttachment {
		return processors.Keep() // its event does not exist before a crash file is processed
	}
	src, reject := openEvent(u, n.cfg.Forwarding != nil)
	if reject.Action != processors.ActionKeep {
		reopen(u)
		return reject
	}
	if u.Main.Type == envelope.TypeSecurity && src.crash == nil && src.doc.Root.Get("csp").IsNull() {
		src.doc.Release()
		reopen(u)
		return processors.Drop(outcome.Invalid, ReasonSecurityType)
	}
	in := n.inputs(u)
	in.Server.Type, in.Server.Counters = src.ty, src.counters
	in.Server.Crash = src.crash
	if src.ty == TypeTransaction {
		in.Server.Profile = profileID(u)
		in.Server.PerformanceIssues = u.Has(project.FeaturePerformanceIssuesSpans)
	}
	in.Server.FullyNormalized = u.Trusted && u.Main.FullyNormal
	if f := n.cfg.Forwarding; f != nil {
		in.Server.Forwarding, in.KeepUnknown = f, !f.Full
	}
	spans := uint64(src.doc.Root.Get("spans").Len()) + 1
	result, err := n.normalize(src.doc, &in)
	if err != nil {
		if src.ty == TypeTransaction {
			u.Main.Quantities = []outcome.Quantity{
				{Category: outcome.Transaction, N: 1}, {Category: outcome.TransactionIndexed, N: 1}, {Category: outcome.Span, N: spans}, {Category: outcome.SpanIndexed, N: spans},
			}
		}
		src.doc.Release()
		return processors.Drop(outcome.Invalid, result.reason)
	}
	u.Event = src.doc
	u.EventCategory = categoryOf(src.doc.Root.Get("type").Text())
	if u.Main.Type == envelope.TypeSecurity && u.EventCategory != outcome.Security {
		u.EventCategory = outcome.Security // what the item was sent as
		return processors.Drop(outcome.Invalid, ReasonSecurityType)
	}
	if lost := result.lostSpans; lost > 0 {
		u.Count(outcome.Invalid, ReasonSpansTooLarge, outcome.Span, lost, u.ReceivedAt)
		u.Count(outcome.Invalid, ReasonSpansTooLarge, outcome.SpanIndexed, lost, u.ReceivedAt)
	}
	return processors.Keep()
}

// reopen takes back what the items beside an event were refused for: where the event itself cannot be read, all fall with it.
func reopen(u *processors.Unit) {
	if u.Kind != processors.KindError {
		return
	}
	for _, it := range u.Items {
		if it.Fate == processors.FateDropped && it.ID == outcome.Invalid {
			it.Fate, it.ID, it.Reason, it.Step = processors.FateOpen, 0, "", ""
		}
	}
}

// categoryOf is the data category of an event type (pipeline 4).
func categoryOf(ty string) outcome.Category {
	switch ty {
	case "transaction":
		return outcome.Transaction
	case "csp":
		return outcome.Security
	case "feedback":
		return outcome.Feedback
	}
	return outcome.Error
}

// inputs gathers what the facts of a unit say about its event (1.4).
func (n *Normalizer) inputs(u *processors.Unit) Inputs {
	in := Inputs{
		ReceivedAt: u.ReceivedAt, MaxPast: Within(time.Duration(u.RetentionDays()) * 24 * time.Hour), MaxFuture: Within(cmp.Or(n.cfg.MaxFuture, defaultFuture)),
		Project: uint64(u.Scope.Project), Version: "7", InferIP: true, Trim: true, UserAgents: true, Spans: true, SpanTags: true,
		Rules: rulesOf(u.Project, u.Global),
		Server: &ServerInputs{
			EventID: u.EventID, From: u.ReceivedAt.Add(-cmp.Or(n.cfg.Past, defaultPast)), To: u.ReceivedAt.Add(cmp.Or(n.cfg.Future, defaultFuture)),
			PublicKey: string(u.Scope.Key), Sampling: samplingProject(u),
		},
		Random: func(purpose string) [16]byte { return u.Receipt.Derive(u.Main.Index, purpose) },
	}
	if u.Scope.KeyID != 0 {
		in.KeyID = fmt.Sprint(uint64(u.Scope.KeyID))
	}
	if h := u.Header; h != nil {
		in.SentAt, in.Client, in.UserAgent, in.Hints, in.Empty = h.SentAt, h.Client, h.UserAgent, h.ClientHints, h.Empty
		in.Server.Trace = h.Trace
		if h.Version != 0 {
			in.Version = fmt.Sprint(h.Version)
		}
		if ip, ok := match.ClientIP(h.ForwardedFor); ok {
			in.ClientIP = ip.String()
		}
	}
	if u.Project != nil {
		in.Grouping = u.Project.Config.Grouping
		in.InferIP = !u.Project.Config.Scrubbing.ScrubIPAddresses
	}
	return in
}

// samplingProject is the state of the project of the trace header's key, nil when it is not resolved.
func samplingProject(u *processors.Unit) func(key string) *project.State {
	return func(key string) *project.State {
		if key == string(u.Scope.Key) {
			return u.Project
		}
		return u.Sampling
	}
}

// source is the payload that became an event.
type source struct {
	doc      *event.Doc
	ty       EventType
	counters Counters
	crash    *CrashFile
}

// openEvent parses the item that creates the event (1.1). Where it is forwarded crash files stay apart from it.
func openEvent(u *processors.Unit, forwarding bool) (source, processors.Verdict) {
	src := source{}
	for _, it := range u.Items {
		if it.Fate == processors.FateOpen && it.Type == envelope.TypeAttachment && it.AttachmentType == envelope.AttachmentPlain {
			src.counters.Attachments.Add(max(len(it.Payload), 1))
		}
	}
	main := u.Main
	parts, crash := u.CrashParts()
	if crash && !forwarding {
		src.crash = crashFile(parts.File, &src.counters)
	}
	switch {
	case u.Kind == processors.KindTransaction:
		src.ty = TypeTransaction
	case main.Type == envelope.TypeFeedback:
		src.ty = TypeFeedback
	case main.Type == envelope.TypeRawSecurity:
		src.ty = TypeCSP
		src.counters.Event.Add(len(main.Payload))
		doc, verdict := convertReport(u)
		src.doc = doc
		return src, verdict
	case src.crash != nil:
		return src.merge(&parts)
	}
	doc, err := event.Parse(main.Payload)
	if err != nil {
		return src, processors.Drop(outcome.Invalid, ReasonInvalidJSON)
	}
	src.doc = doc
	if u.Kind != processors.KindTransaction {
		src.counters.Event.Add(len(main.Payload))
	}
	return src, processors.Keep()
}
