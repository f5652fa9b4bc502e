package forward

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"weir/codecs/delivery"
	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/ledger"
	"weir/codecs/outcome"
	"weir/codecs/ratelimit"
	"weir/codecs/raw"
	"weir/processors/admission"
	"weir/topologies/blobs"
)

// Reasons of dead letters, and in the ledger of what the upstream did not want.
const (
	ReasonUndecodable   outcome.Reason = "undecodable"      // the record, or the envelope in it, cannot be read
	ReasonBlobLost      outcome.Reason = "blob_lost"        // the chunks of a large envelope are gone
	ReasonUndeliverable outcome.Reason = "undeliverable"    // every attempt failed until it was too old
	ReasonPanic         outcome.Reason = "step_panic"       // a bug
	ReasonRefused       outcome.Reason = "upstream_refused" // the upstream answered with another error than a rate limit
)

// end is what became of a record: err (the record is given to the partition's next owner), a dead letter, a place aside, or an answer.
type end struct {
	err    error
	effect ledger.Effect
	letter *letter
	aside  *raw.Aside
}

type letter struct {
	reason outcome.Reason
	detail string
}

func dead(it *item, reason outcome.Reason, detail string) end {
	n := uint64(max(it.rec.Items, 1))
	return end{effect: ledger.Effect{Dead: true, Items: ledger.Items{Received: n, Dead: n}}, letter: &letter{reason, detail}}
}

// deliver brings a record to its end.
func (l *lanes) deliver(it *item) (e end) {
	defer func() {
		if p := recover(); p != nil {
			e = dead(it, ReasonPanic, fmt.Sprintf("panic: %v\n%s", p, debug.Stack()))
		}
	}()
	if err := it.session.Err(); err != nil {
		return end{err: err}
	}
	if it.rec.Err != nil {
		return dead(it, ReasonUndecodable, it.rec.Err.Error())
	}
	if until, closed := l.known.closed(it.rec.Key); closed {
		return l.closed(it, until)
	}
	body, release, err := l.body(it)
	switch {
	case errors.Is(err, blobs.ErrLost):
		return dead(it, ReasonBlobLost, err.Error())
	case err != nil:
		return end{err: err}
	}
	defer release()
	env, err := envelope.Parse(body)
	if err != nil {
		return dead(it, ReasonUndecodable, "parse envelope: "+err.Error())
	}
	out := delivery.Envelope{Key: it.rec.Key, Project: it.rec.Project, Header: &env.Header, Body: body, Suspect: l.aside || l.known.troubled(it.rec.Key)}
	scope := dsn.Scoping{Key: it.rec.Key, Project: it.rec.Project}
	if state, _ := l.cfg.Projects.Lookup(it.rec.Key); state != nil {
		scope, out.Upstream = state.Scoping(it.rec.Key, it.rec.Project), state.Upstream
	}
	answer, err := l.send(it, out)
	switch {
	case it.session.Err() != nil && err != nil:
		return end{err: it.session.Err()}
	case err != nil:
		return l.setAside(it, err)
	}
	l.known.passed(it.rec.Key)
	if answer.Status == 429 {
		l.learn(it, scope, answer)
	}
	return end{effect: effect(env, answer)}
}

// send tries until the upstream answers, the session ends, or the record has to make room: an error without the session's end.
func (l *lanes) send(it *item, out delivery.Envelope) (answer delivery.Answer, err error) {
	ctx := it.session
	if l.aside { // what waits here for an outage of all waits on the topic
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, l.cfg.Times.Hold)
		defer cancel()
	}
	began, lived := l.cfg.Clock(), false
	for attempts := 1; ; attempts++ {
		if answer, err = l.cfg.Sender.Send(ctx, out); err == nil {
			l.cfg.Metrics.sent(answer.Status)
			return answer, nil
		}
		if ctx.Err() != nil {
			return answer, err
		}
		l.cfg.Metrics.failed()
		l.cfg.Log.Debug("an envelope waits for the upstream", "key", out.Key, "receipt", it.rec.Receipt, "attempt", attempts, "error", err)
		before := l.cfg.Sender.Signs().Passed
		if l.cfg.Sender.Pause(ctx) != nil {
			return answer, err
		}
		// An outage says nothing about an envelope; that others pass does.
		signs := l.cfg.Sender.Signs()
		lived = lived || signs.Answers
		passed := signs.Passed != before || signs.Answers && out.Upstream != ""
		if passed || l.aside && signs.Answers {
			it.failed++
		}
		switch patience := l.cfg.Clock().Sub(began) >= l.cfg.Times.Patience; {
		case l.aside && (passed || signs.Answers), !l.aside && it.failed >= MinAttempts:
			return answer, err
		case !l.aside && lived && attempts >= MinAttempts && patience:
			it.failed = max(it.failed, 1)
			return answer, err
		}
	}
}

// body returns the bytes of the envelope; what can be tried again is tried until the session ends.
func (l *lanes) body(it *item) (body []byte, release func(), err error) {
	if it.rec.Manifest == nil {
		return it.rec.Body, func() {}, nil
	}
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		body, release, err = l.cfg.Blobs.Fetch(it.session, it.rec.Manifest)
		if err == nil || errors.Is(err, blobs.ErrLost) || it.session.Err() != nil {
			return body, release, err
		}
		l.cfg.Log.Warn("fetch a large envelope, trying again", "receipt", it.rec.Receipt, "error", err)
		select {
		case <-time.After(pause):
		case <-it.session.Done():
			return nil, nil, it.session.Err()
		}
	}
}

// learnFor bounds the wait until limits are known everywhere; later requests will find them out too.
const learnFor = 5 * time.Second

// learn takes over the limits of a 429 (edge 11.3) before the next envelope is sent.
func (l *lanes) learn(it *item, scope dsn.Scoping, a delivery.Answer) {
	limits := ratelimit.ParseHeader(a.RateLimits, a.RetryAfter, scope, l.cfg.Clock())
	ctx, cancel := context.WithTimeout(context.WithoutCancel(it.session), learnFor)
	defer cancel()
	if err := l.cfg.Limits.Learn(ctx, limits); err != nil {
		l.cfg.Log.Error("rate limits of the upstream cannot be shared", "key", scope.Key, "error", err)
	}
}

// effect is what an answer means for the ledger. A 429 does not say what was taken: the upstream accounts for it, as for all that it has got.
func effect(env *envelope.Envelope, a delivery.Answer) ledger.Effect {
	n := uint64(len(env.Items))
	id, reason, items := outcome.Accepted, outcome.Reason(""), ledger.Items{Received: n, Accepted: n}
	if a.Status >= 300 && a.Status != 429 {
		id, reason, items = outcome.Invalid, ReasonRefused, ledger.Items{Received: n, Discarded: n}
	}
	e := ledger.Effect{Items: items}
	for i := range env.Items {
		for _, q := range admission.Quantities(&env.Items[i]) {
			e.Counts = append(e.Counts, ledger.Count{Category: q.Category, ID: id, Reason: reason, Quantity: q.N})
		}
	}
	return e
}

// firstLine is a detail without its stack, for logs.
func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
