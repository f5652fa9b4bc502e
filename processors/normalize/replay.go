package normalize

import (
	"time"

	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/outcome"
	"weir/processors"
)

// Reasons of replay events that are rejected (items 8.1, 8.2); the outcome is always invalid and takes the whole replay.
const (
	ReasonReplay     outcome.Reason = "invalid_replay"
	ReasonNoReplay   outcome.Reason = "invalid_replay_no_payload"
	ReasonReplayID   outcome.Reason = "invalid_event_id"
	ReasonReplayTime outcome.Reason = "timestamp"
)

// maxReplayList is the number of ids, urls and names that a replay event keeps of each.
const maxReplayList = 100

// maxSegment is the highest segment id.
const maxSegment = 65535

// replay parses the event of a replay into Item.Record and normalizes it.
func (n *Normalizer) replay(u *processors.Unit) processors.Verdict {
	for _, it := range u.Items {
		if it.Fate != processors.FateOpen || it.Type != envelope.TypeReplayEvent {
			continue
		}
		doc, err := event.Parse(it.Payload)
		if err != nil {
			return processors.Drop(outcome.Invalid, ReasonReplay)
		}
		in := n.inputs(u)
		in.Server = nil
		in.InferIP = true // also where addresses are scrubbed afterwards
		reason := n.replayEvent(doc, &in, u)
		if reason != "" {
			doc.Release()
			return processors.Drop(outcome.Invalid, reason)
		}
		it.Doc, it.Record = doc, doc.Root
	}
	if u.EventID.IsNil() {
		return processors.Drop(outcome.Invalid, ReasonReplayID)
	}
	return processors.Keep()
}

// replayEvent normalizes doc in place (items 8.2). A reason other than "" rejects it.
func (n *Normalizer) replayEvent(doc *event.Doc, in *Inputs, u *processors.Unit) outcome.Reason {
	r, _ := n.runs.Get().(*run)
	if r == nil {
		r = new(run)
	}
	defer n.runs.Put(r)
	*r = run{schema: n.schema, d: doc, in: in, n: n, buf: r.buf[:0], bags: r.bags[:0]}
	defer func() { r.d, r.in = nil, nil }()
	root := doc.Root
	r.coerce(root, r.schema.replay)
	switch {
	case root.IsNull():
		return ReasonNoReplay
	case u.EventID.IsNil():
		return ReasonReplayID
	case !replayIsWhole(root):
		return ReasonReplay
	case !r.replayTime(u.RetentionDays()):
		return ReasonReplayTime
	}
	platform := r.slot(root, "platform")
	if s, ok := platform.Str(); !ok || !theLists().platforms[s] {
		platform.SetMeta(nil)
		platform.SetString("other")
	}
	r.addresses()
	r.geo()
	r.replayAgent()
	ty := r.slot(root, "type")
	ty.SetMeta(nil)
	ty.SetString("replay_event")
	for _, key := range [...]string{"error_ids", "trace_ids", "urls", "segment_names"} {
		root.Get(key).Truncate(maxReplayList)
	}
	r.trimFrom(r.schema.replay)
	r.prune(root) // unknown members of user, request and the like stay
	return ""
}

// replayIsWhole says that everything is there without which a replay cannot be found again: valid ids and the segment.
func replayIsWhole(root *event.Value) bool {
	segment, ok := root.Get("segment_id").Uint()
	if root.Get("replay_id").IsNull() || !ok || segment > maxSegment {
		return false
	}
	for _, key := range [...]string{"error_ids", "trace_ids"} {
		for _, m := range root.Get(key).Members() {
			if m.Value.IsNull() && m.Value.Meta().HasErrors() { // no id; null was sent as such
				return false
			}
		}
	}
	return true
}

// replayTime corrects the sender's clock and refuses what is older than the retention (items 2.2).
func (r *run) replayTime(days uint16) bool {
	in := r.in
	ts, ok := timeOf(r.d.Root.Get("timestamp"))
	sent, kind := in.SentAt, event.ClockDrift
	if ok && momentOf(in.ReceivedAt.Add(in.MaxFuture.distance)).before(ts) {
		sent, kind = ts.time(), event.FutureTimestamp
	}
	if !sent.IsZero() && in.ReceivedAt.Sub(sent).Abs().Truncate(time.Second) >= driftTolerance {
		r.shift(r.d.Root, momentOf(in.ReceivedAt).sub(momentOf(sent)))
		r.timeError(kind, sent)
		ts, _ = timeOf(r.d.Root.Get("timestamp"))
	}
	return !ok || !ts.before(momentOf(in.ReceivedAt.AddDate(0, 0, -int(days))))
}

// replayAgent fills the contexts of a replay that tells request headers: from these or, when they name no browser, from the request that
// brought the envelope.
func (r *run) replayAgent() {
	headers := r.d.Root.At("request", "headers")
	if headers.IsNull() {
		return
	}
	h := agentHeadersOf(headers)
	if h == (agentHeaders{}) {
		hints := &r.in.Hints
		h = agentHeaders{agent: r.in.UserAgent, brands: hints.UA, model: hints.Model, platform: hints.Platform, version: hints.PlatformVersion, hasVersion: hints.PlatformVersion != ""}
	}
	r.agentContexts(h)
}
