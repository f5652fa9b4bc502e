package admission

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/codecs/ratelimit"
	"weir/codecs/raw"
	"weir/codecs/traceheader"
	"weir/edge"
	"weir/edge/body"
	rules "weir/processors/admission"
)

// ReasonInternal is the reason of envelopes that weir could not take (edge 9.2).
const ReasonInternal outcome.Reason = "internal"

// Config is what the operator sets about the fast path.
type Config struct {
	Proxy              bool // no project is known, no check is made (edge 10.1.3)
	AcceptUnknownItems bool // routing.accept_unknown_items, resolved (edge 6.5)
	Project            rules.ProjectConfig
	Sizes              rules.Sizes
}

// Gate decides about envelopes. All members but Full and Budget are needed.
type Gate struct {
	Config   Config
	Projects edge.Projects
	Limits   edge.Limits
	Writer   edge.Writer
	Refusals edge.Refusals
	Memory   func() bool  // reports whether the process may use more memory (edge 10.1.1)
	Full     func() bool  // reports whether there is no room for envelopes (edge 10.1.8); nil: the writer tells
	Budget   *body.Budget // bounds the bytes waiting for the broker; nil: no bound
	Now      func() time.Time
	Log      *slog.Logger
}

// Submission is one envelope with what its request told.
type Submission struct {
	Envelope   *envelope.Envelope // header merged with the request; items are removed from it
	Receipt    raw.ReceiptID
	Key        dsn.PublicKey
	Project    dsn.ProjectID // 0: the request named none, or 0
	Zero       bool          // it named 0
	ReceivedAt time.Time
	Trusted    bool
	Signature  string
	HideLimits bool          // the endpoint answers success although limits are in force (edge 10.1.9)
	Discards   []raw.Discard // what the endpoint itself has left out of the envelope; Submit adds to it

	removed int // number of items that rate limits took
}

// Submit runs the fast path and writes what it lets through. With ok the endpoint answers its own success; otherwise reply is the answer,
// which may be a 429 although a part was taken. When Submit returns, nothing refers to the payloads any more.
func (g *Gate) Submit(ctx context.Context, s *Submission) (reply edge.Reply, ok bool) {
	e := s.Envelope
	if !g.Memory() {
		g.lookup(s.Key) // outcomes need the ids of the config
		g.refuse(s, ReasonInternal, false)
		return Unavailable("the process is running out of memory"), false
	}
	if !g.Config.AcceptUnknownItems {
		e.Items = slices.DeleteFunc(e.Items, func(it envelope.Item) bool { return it.Unknown })
	}
	if len(e.Items) == 0 {
		return edge.Reply{}, true
	}
	state, status := g.lookup(s.Key)
	if bad := rules.CheckProject(g.Config.Project, s.request(), status, state); !bad.OK() {
		g.refuse(s, bad.Reason, status == project.Disabled)
		return edge.Problem(http.StatusForbidden, "event submission rejected with_reason: "+bad.Name()), false
	}
	scope := dsn.Scoping{Key: s.Key, Project: s.Project}
	if state != nil {
		scope = state.Scoping(s.Key, s.Project)
	}
	now := g.Now()
	limited := rules.CheckLimits(e, rules.LimitInput{Scope: scope, Cached: g.Limits.For(scope, now), State: state, Now: now, Stage: rules.AtEdge})
	s.Discards, s.removed = append(s.Discards, limited.Discards...), len(limited.Removed)
	reply, ok = s.answer(limited.Limits, now)
	if len(e.Items) == 0 && (!ok || len(s.Discards) == 0) {
		g.Refuse(s, s.removed, s.Discards, false)
		return reply, ok
	}
	if name := rules.CheckSizes(e, g.Config.Sizes); name != "" {
		g.refuse(s, rules.TooLarge(name), false)
		return TooLarge(name), false
	}
	err := g.write(ctx, s)
	if err == nil {
		return reply, ok
	}
	if late := (*edge.Late)(nil); errors.As(err, &late) {
		g.refuseLater(s, ReasonInternal, late)
	} else {
		g.refuse(s, ReasonInternal, false)
	}
	return Unavailable(err.Error()), false
}

// lookup reads the view, and asks for a key that is not known.
func (g *Gate) lookup(key dsn.PublicKey) (*project.State, project.Status) {
	if g.Config.Proxy {
		return nil, project.Dummy
	}
	state, status := g.Projects.Lookup(key)
	if status == project.Pending {
		g.Projects.Request(key)
	}
	return state, status
}

// request is what the project checks look at.
func (s *Submission) request() rules.Request {
	h := &s.Envelope.Header
	r := rules.Request{Key: s.Key, Project: s.Project, Zero: s.Zero, Origin: h.Origin, Trusted: s.Trusted, Signature: s.Signature, ReceivedAt: s.ReceivedAt}
	for _, f := range h.RequiredFeatures {
		r.Features = append(r.Features, project.Feature(f))
	}
	return r
}

// answer is the reply while any limit is active (edge 10.1.9, 11.1).
func (s *Submission) answer(limits []ratelimit.Limit, now time.Time) (edge.Reply, bool) {
	if len(limits) == 0 || s.HideLimits {
		return edge.Reply{}, true
	}
	r := edge.Problem(http.StatusTooManyRequests, "Sentry dropped data due to a quota or internal rate limit being reached.")
	r.RetryAfter = strconv.FormatInt(ratelimit.RetryAfter(limits, now), 10)
	r.RateLimits = ratelimit.Header(limits, now)
	return r, false
}

// The causes that senders get for errors of the writer (edge 9.2).
var (
	errCapacity = errors.New("envelope buffer does not have capacity")
	errShutdown = errors.New("envelope buffer channel is closed")
)

// write hands the rest of the envelope over and waits for the broker. The error's text is the cause for the sender.
func (g *Gate) write(ctx context.Context, s *Submission) error {
	if g.Full != nil && g.Full() {
		return errCapacity
	}
	out := body.Get(g.Budget)
	if out == nil || !out.Grow(s.Envelope.Size()) {
		out.Free()
		return errCapacity
	}
	out.B = s.Envelope.AppendTo(out.B)
	sampling, _ := traceheader.SamplingKey(s.Envelope.Header.Trace, s.Key)
	err := g.Writer.Write(context.WithoutCancel(ctx), &raw.Record{
		Receipt:    s.Receipt,
		EventID:    s.Envelope.Header.EventID,
		ReceivedAt: s.ReceivedAt,
		Key:        s.Key,
		Project:    s.Project,
		Trusted:    s.Trusted,
		Signature:  s.Signature,
		Sampling:   sampling,
		Items:      len(s.Envelope.Items),
		Discards:   s.Discards,
		Body:       out.B,
	})
	if err == nil {
		out.Free()
		return nil
	}
	out.Release() // the producer may still hold the bytes
	g.Log.Debug("write an envelope to raw", "key", s.Key, "receipt", s.Receipt, "error", err)
	switch {
	case errors.Is(err, edge.ErrFull):
		return errCapacity
	case errors.Is(err, edge.ErrClosed):
		return errShutdown
	}
	return err
}

// Unavailable is the answer while an envelope cannot be taken (edge 9.2).
func Unavailable(cause string) edge.Reply {
	r := edge.Problem(http.StatusServiceUnavailable, "failed to queue envelope", cause)
	r.RetryAfter = "1"
	return r
}

// TooLarge is the answer to an item that is larger than its type may be, or one too many of its type; what names the type.
func TooLarge(what string) edge.Reply {
	return edge.Problem(http.StatusRequestEntityTooLarge, "envelope exceeded size limits for type '"+what+"' (https://develop.sentry.dev/sdk/envelopes/#size-limits)")
}
