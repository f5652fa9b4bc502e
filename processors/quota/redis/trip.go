package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"weir/processors/quota"
)

// retryPause is the pause between attempts after a first failure.
const retryPause = 20 * time.Millisecond

// job is one check of a batch.
type job struct {
	check  *quota.Check
	result *quota.Result
}

// serve answers every call of a batch: from Redis, or as unchecked when Redis does not answer for Config.RetryFor.
func (s *Store) serve(batch []*call) {
	if !s.Up() {
		for _, c := range batch {
			c.unchecked()
		}
		return
	}
	var jobs []job
	for _, c := range batch {
		for i := range c.checks {
			jobs = append(jobs, job{check: &c.checks[i], result: &c.results[i]})
		}
	}
	left, err := s.attempt(s.ctx, jobs)
	if err != nil {
		deadline, cancel := context.WithTimeout(s.ctx, s.cfg.RetryFor)
		for err != nil && pause(deadline, retryPause) {
			left, err = s.attempt(deadline, left)
		}
		cancel()
	}
	for _, j := range left {
		*j.result = quota.Result{Unchecked: true}
	}
	if err != nil && s.ctx.Err() == nil {
		s.open(err, left)
	}
}

// attempt makes one round trip and returns the jobs that have no answer, with the reason.
func (s *Store) attempt(ctx context.Context, jobs []job) ([]job, error) {
	left, err := s.trip(ctx, jobs, (*goredis.Script).EvalSha)
	if err != nil || len(left) == 0 {
		return left, err
	}
	// What is left now missed the script: a restart, a failover, or the first use.
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	err = script.Load(ctx, s.client).Err()
	cancel()
	if err != nil {
		return left, fmt.Errorf("load quota script: %w", err)
	}
	left, err = s.trip(ctx, left, (*goredis.Script).Eval)
	if err == nil && len(left) > 0 {
		err = errors.New("quota script is not known to the server that was asked to run it")
	}
	return left, err
}

type runner func(sc *goredis.Script, ctx context.Context, c goredis.Scripter, keys []string, args ...any) *goredis.Cmd

// trip sends all jobs in one pipeline. Jobs that it returns without an error met a server without the script.
func (s *Store) trip(ctx context.Context, jobs []job, run runner) ([]job, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	pipe := s.client.Pipeline()
	cmds := make([]*goredis.Cmd, len(jobs))
	for i, j := range jobs {
		keys, args := arguments(j.check)
		cmds[i] = run(script, ctx, pipe, keys, args...)
	}
	_, _ = pipe.Exec(ctx) // every command carries its own error
	s.cfg.Metrics.trip(len(jobs))
	var left []job
	var failure error
	for i, cmd := range cmds {
		states, err := decode(cmd, len(jobs[i].check.Counters))
		switch {
		case err == nil:
			*jobs[i].result = quota.Result{States: states}
		case goredis.HasErrorPrefix(err, "NOSCRIPT"):
			left = append(left, jobs[i])
		case ownFault(err):
			*jobs[i].result = quota.Result{Unchecked: true}
			s.complaints.log(s.cfg.Log, err)
		default:
			left = append(left, jobs[i])
			failure = err
		}
	}
	return left, failure
}

// own are the texts of errors that lie in the keys or arguments of one check: a key of another type, a counter that is no number,
// arguments that the script or a command cannot take, keys of several slots. Some servers put a text of their own before them.
var own = []string{
	"WRONGTYPE", "CROSSSLOT", "not an integer", "not a valid float", "would overflow", "invalid expire time", "attempt to perform arithmetic", "attempt to compare",
}

// ownFault tells errors of one check's keys from a server that cannot serve (out of memory, read-only, no more clients, ...).
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

func arguments(c *quota.Check) (keys []string, args []any) {
	keys = make([]string, 0, 2*len(c.Counters))
	args = make([]any, 0, 6*len(c.Counters))
	for i := range c.Counters {
		k := &c.Counters[i]
		field, over := k.Field, "0"
		if field == "" {
			field = "_"
		}
		if k.OverAccept {
			over = "1"
		}
		keys = append(keys, k.Key, k.Refund)
		args = append(args, k.Limit, k.ExpireAt, k.Quantity, over, field, k.MaxFields)
	}
	return keys, args
}

var errReply = errors.New("unexpected reply of the quota script")

// decode reads rejected (nil or 1) and consumed for each counter.
func decode(cmd *goredis.Cmd, counters int) ([]quota.State, error) {
	v, err := cmd.Result()
	if err != nil {
		return nil, err
	}
	list, ok := v.([]any)
	if !ok || len(list) != 2*counters {
		return nil, errReply
	}
	states := make([]quota.State, counters)
	for i := range states {
		consumed, ok := list[2*i+1].(int64)
		if !ok {
			return nil, errReply
		}
		states[i] = quota.State{Rejected: list[2*i] != nil, Consumed: consumed}
	}
	return states, nil
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
