package sampling

import (
	"weir/codecs/envelope"
	"weir/codecs/event"
	"weir/codecs/project"
	"weir/codecs/traceheader"
	"weir/processors"
	"weir/processors/match"
)

// trace is a trace header as conditions see it (filters 7.5, items 18.1).
type trace struct {
	key string           // public key of the project that the trace began in
	id  envelope.EventID // of the trace, the seed of its decisions

	release, environment, transaction, replay, userID, userSegment match.Value
}

// Field knows the names below `trace.`.
func (t *trace) Field(name string) match.Value {
	switch name {
	case "trace.release":
		return t.release
	case "trace.environment":
		return t.environment
	case "trace.transaction":
		return t.transaction
	case "trace.replay_id":
		return t.replay
	case "trace.user.id":
		return t.userID
	case "trace.user.segment":
		return t.userSegment
	}
	return match.Value{}
}

// Elements knows no array.
func (t *trace) Elements(string, func(match.Fields) bool) bool { return false }

// eventTrace is the header that normalization wrote to `_dsc`: of the envelope, or made from the event; nil: there is none.
func eventTrace(root *event.Value) *trace {
	v := root.Get("_dsc")
	id, err := envelope.ParseEventID(v.Get("trace_id").Text())
	if err != nil {
		return nil
	}
	t := &trace{key: v.Get("public_key").Text(), id: id}
	text := func(key string) match.Value {
		if s, ok := v.Get(key).Str(); ok {
			return match.Text(s)
		}
		return match.Value{}
	}
	t.release, t.environment, t.transaction = text("release"), text("environment"), text("transaction")
	if s := v.Get("replay_id").Text(); s != "" {
		t.replay = match.ID(s)
	}
	t.userID, t.userSegment = match.NonEmpty(v.Get("user_id").Text()), match.NonEmpty(v.Get("user_segment").Text())
	return t
}

// headerTrace is the header of the envelope, for spans; nil: there is none.
func headerTrace(u *processors.Unit) *trace {
	if u.Header == nil {
		return nil
	}
	h, ok := traceheader.Parse(u.Header.Trace)
	if !ok {
		return nil
	}
	t := &trace{key: string(h.PublicKey), id: h.TraceID}
	text := func(s *string) match.Value {
		if s == nil {
			return match.Value{}
		}
		return match.Text(*s)
	}
	t.release, t.environment, t.transaction = text(h.Release), text(h.Environment), text(h.Transaction)
	if !h.ReplayID.IsNil() {
		t.replay = match.ID(h.ReplayID.String())
	}
	if h.UserID != nil {
		t.userID = match.NonEmpty(*h.UserID)
	}
	if h.UserSegment != nil {
		t.userSegment = match.NonEmpty(*h.UserSegment)
	}
	return t
}

// root is the state of the project that a trace began in, nil when it is not resolved.
func (t *trace) root(u *processors.Unit) *project.State {
	if t.key == string(u.Scope.Key) {
		return u.Project
	}
	return u.Sampling
}
