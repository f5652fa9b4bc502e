package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"weir/codecs/dsn"
	"weir/processors/quota"
)

// retryPause is the pause between attempts after a first failure.
const retryPause = 20 * time.Millisecond

// serve answers every call of a batch: from Redis, or as unchecked when Redis does not answer for Config.RetryFor. Where checks wait, the
// unanswered ones go back to the queue.
func (s *Store) serve(t *trip, batch []*call) {
	t.jobs = t.jobs[:0]
	for _, c := range batch {
		t.jobs = c.pending(t.jobs)
	}
	left, err := t.attempt(s.ctx, t.jobs)
	if err != nil {
		deadline, cancel := context.WithTimeout(s.ctx, s.cfg.RetryFor)
		for err != nil && pause(deadline, retryPause) {
			left, err = t.attempt(deadline, left)
		}
		cancel()
	}
	if err != nil {
		s.open(err, left)
	}
	for _, c := range batch {
		if !slices.ContainsFunc(left, func(j job) bool { return j.call == c }) {
			c.done <- nil
		}
	}
	clear(t.jobs)
}

// trip makes round trips for one flight; its memory is used again.
type trip struct {
	store    *Store
	jobs     []job
	requests []*request
	used     int
	open     map[dsn.OrgID]*request // the request that takes further checks; without slots there is one
}

func newTrip(s *Store) *trip { return &trip{store: s, open: map[dsn.OrgID]*request{}} }

// attempt makes one round trip, a second one where the script or a call with several checks failed, and returns the jobs that have no
// answer, with the reason.
func (t *trip) attempt(ctx context.Context, jobs []job) ([]job, error) {
	left, err := t.send(ctx, jobs, false, false)
	if err != nil || len(left.script)+len(left.single) == 0 {
		return append(append(left.failed, left.script...), left.single...), err
	}
	if len(left.script) > 0 { // a restart, a failover, or the first use
		loading, cancel := context.WithTimeout(ctx, t.store.cfg.Timeout)
		err = script.Load(loading, t.store.client).Err()
		cancel()
		if err != nil {
			return append(left.script, left.single...), fmt.Errorf("load quota script: %w", err)
		}
	}
	var again outcome
	if len(left.script) > 0 {
		if again, err = t.send(ctx, left.script, true, false); err == nil && len(again.script) > 0 {
			err = errUnknownScript
		}
		left.single = append(left.single, again.single...)
	}
	rest := append(again.failed, again.script...)
	if err != nil || len(left.single) == 0 {
		return append(rest, left.single...), err
	}
	again, err = t.send(ctx, left.single, true, true)
	if rest = append(append(rest, again.failed...), again.script...); err == nil && len(rest) > 0 {
		err = errUnknownScript
	}
	return rest, err
}

var errUnknownScript = errors.New("quota script is not known to the server that was asked to run it")

// outcome are the jobs without an answer after a round trip: the server failed, it did not know the script, or did not run a call because
// its keys do not lie together.
type outcome struct{ failed, script, single []job }

// send makes one round trip. alone gives every job a call of its own.
func (t *trip) send(ctx context.Context, jobs []job, whole, alone bool) (left outcome, failure error) {
	ctx, cancel := context.WithTimeout(ctx, t.store.cfg.Timeout)
	defer cancel()
	t.pack(jobs, alone)
	calls := t.requests[:t.used]
	if len(calls) == 1 {
		_ = t.store.client.Process(ctx, calls[0].command(ctx, whole)) // the command carries its error
	} else {
		pipe := t.store.client.Pipeline()
		for _, r := range calls {
			_ = pipe.Process(ctx, r.command(ctx, whole))
		}
		_, _ = pipe.Exec(ctx)
	}
	t.store.cfg.Metrics.trip(len(calls), len(jobs))
	for _, r := range calls {
		reply, err := r.cmd.Result()
		if err == nil {
			err = r.decode(reply, t.store.complain)
		}
		switch {
		case err == nil:
		case goredis.HasErrorPrefix(err, "NOSCRIPT"):
			left.script = append(left.script, r.jobs...)
		case len(r.jobs) > 1 && goredis.HasErrorPrefix(err, "CROSSSLOT"): // nothing was done
			left.single = append(left.single, r.jobs...)
		case ownFault(err):
			for _, j := range r.jobs {
				*j.result() = quota.Result{Unchecked: true}
			}
			t.store.complain(err)
		default:
			left.failed = append(left.failed, r.jobs...)
			failure = err
		}
	}
	return left, failure
}

// pack makes calls of the jobs.
func (t *trip) pack(jobs []job, alone bool) {
	t.used = 0
	clear(t.open)
	for _, j := range jobs {
		var slot dsn.OrgID
		if t.store.slotted {
			slot = j.check().Org
		}
		r := t.open[slot]
		if r == nil || alone || r.full(j.check()) {
			r = t.next()
			t.open[slot] = r
		}
		r.add(j)
	}
}

func (t *trip) next() *request {
	if t.used == len(t.requests) {
		t.requests = append(t.requests, newRequest())
	}
	r := t.requests[t.used]
	t.used++
	r.reset()
	return r
}

// own are the texts of errors that lie in the keys or arguments of a call: arguments that the script or a command cannot take, keys of
// several slots. Some servers put a text of their own before them.
var own = []string{
	"WRONGTYPE", "CROSSSLOT", "not an integer", "not a valid float", "would overflow", "invalid expire time", "attempt to perform arithmetic", "attempt to compare",
}

// ownFault tells errors of a call's keys from a server that cannot serve (out of memory, read-only, no more clients, ...).
func ownFault(err error) bool {
	if errors.Is(err, errReply) {
		return true
	}
	var reply goredis.Error
	if !errors.As(err, &reply) {
		return false
	}
	text := reply.Error()
	return slices.ContainsFunc(own, func(s string) bool { return strings.Contains(text, s) })
}

// pause waits and reports whether ctx is still alive.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
