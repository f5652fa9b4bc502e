package forward

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/ledger"
	"weir/codecs/outcome"
	"weir/codecs/ratelimit"
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

// end is what became of a record: err (the record is given to the partition's next owner), a dead letter, or an answer.
type end struct {
	err    error
	effect ledger.Effect
	letter *letter
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
	out := Envelope{Key: it.rec.Key, Project: it.rec.Project, Header: &env.Header, Body: body}
	scope := dsn.Scoping{Key: it.rec.Key, Project: it.rec.Project}
	if state, _ := l.cfg.Projects.Lookup(it.rec.Key); state != nil {
		scope, out.Upstream = state.Scoping(it.rec.Key, it.rec.Project), state.Upstream
	}
	answer, err := l.send(it, out)
	var undeliverable *undeliverableError
	switch {
	case errors.As(err, &undeliverable):
		return dead(it, ReasonUndeliverable, err.Error())
	case err != nil:
		return end{err: err}
	}
	if answer.Status == 429 {
		l.learn(it, scope, answer)
	}
	return end{effect: effect(env, answer)}
}

// undeliverableError ends a record that is too old to be tried again.
type undeliverableError struct {
	attempts int
	last     error
}

func (e *undeliverableError) Error() string {
	return fmt.Sprintf("%d attempts: %v", e.attempts, e.last)
}

// send tries until the upstream answers, the session ends, or the record is too old.
func (l *lanes) send(it *item, out Envelope) (Answer, error) {
	failed := 0 // while the upstream answered to others: an outage says nothing about an envelope
	for attempts := 1; ; attempts++ {
		answer, err := l.cfg.Sender.Send(it.session, out)
		if err == nil {
			l.cfg.Metrics.sent(answer.Status)
			return answer, nil
		}
		if left := it.session.Err(); left != nil {
			return answer, left
		}
		l.cfg.Metrics.failed()
		l.cfg.Log.Debug("an envelope waits for the upstream", "key", out.Key, "receipt", it.rec.Receipt, "attempt", attempts, "error", err)
		answers, left := l.cfg.Sender.Pause(it.session)
		if left != nil {
			return answer, left
		}
		if answers {
			failed++
		}
		if failed >= MinAttempts && l.cfg.Clock().Sub(it.rec.ReceivedAt) >= l.cfg.MaxAge {
			return answer, &undeliverableError{attempts, err}
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
func (l *lanes) learn(it *item, scope dsn.Scoping, a Answer) {
	limits := ratelimit.ParseHeader(a.RateLimits, a.RetryAfter, scope, l.cfg.Clock())
	ctx, cancel := context.WithTimeout(context.WithoutCancel(it.session), learnFor)
	defer cancel()
	if err := l.cfg.Limits.Learn(ctx, limits); err != nil {
		l.cfg.Log.Error("rate limits of the upstream cannot be shared", "key", scope.Key, "error", err)
	}
}

// effect is what an answer means for the ledger. A 429 does not say what was taken: the upstream accounts for it, as for all that it has got.
func effect(env *envelope.Envelope, a Answer) ledger.Effect {
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
