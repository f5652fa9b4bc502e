package main

import (
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/topologies/kafkatest"
)

// realDown is the variable that makes the test with a Redis that stands still longer than CI wants it.
const realDown = "WEIR_TEST_REDIS_DOWN" // seconds; default 4

// onRedis starts an edge and everything that is not the pipeline, with a Redis of the test's own and a project that may send a million errors a week.
func onRedis(t *testing.T, env ...string) (r *realSetup, edge *realServer, redis *child, to *limitSender) {
	t.Helper()
	r, ok := newReal(t, append(env, slowBroker)...)
	if _, err := exec.LookPath("redis-server"); !ok || err != nil {
		t.Logf("nothing to do: %v", err)
		return nil, nil, nil, nil
	}
	port := kafkatest.FreePort(t)
	r.redis = "redis://127.0.0.1:" + port
	r.configure(t)
	to = newLimitSender(701, strings.Repeat("e1", 16))
	r.project(t, to.project, limitedState(to.org, to.key, "many", 1_000_000, 7*24*3600))
	redis = ownRedis(t, port)
	r.start(t, "control", "control", "process", "--groups", "projects,parking,outcomes")
	edge = r.start(t, "edge", "", "edge")
	edge.knows(t, to.key)
	return r, edge, redis, to
}

// keep sends events whenever fewer than n wait to be processed, until stop is called.
func (s *limitSender) keep(n int, base string, finished func() int) (stop func()) {
	ended, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-ended:
				return
			}
			if acked, _ := s.answers(); len(acked)-finished() < n {
				s.flood(n/4, base)
			}
		}
	}()
	return func() { close(ended); <-done }
}

// Redis stands still while there is always something to process: what asked it waits for a moment, then everything passes unchecked about as
// fast as before.
func TestRealRedisStandsStill(t *testing.T) {
	r, edge, redis, to := onRedis(t)
	if r == nil {
		return
	}
	out := readIngested(t, r.cluster, true, eventTopics(r.prefix)...)
	stop := to.keep(8000, edge.base, out.distinct)
	eventually(t, "a backlog has gathered", func() bool { _, codes := to.answers(); return codes[200] >= 8000 })
	worker := r.start(t, "worker", "worker", "process", "--groups", "pipeline")
	eventually(t, "the backlog moves", func() bool { return out.distinct() > 2000 })
	watched := []process{{"worker", worker.cmd.Process.Pid}}
	rate := func(name string, d time.Duration) float64 {
		before, used, begin := out.distinct(), usage(watched)["worker"].CPU, time.Now()
		eventually(t, name, func() bool { return time.Since(begin) >= d })
		n := float64(out.distinct() - before)
		rate := n / time.Since(begin).Seconds()
		t.Logf("%-20s %6.0f events/s over %v, %.0f µs CPU of the worker each", name, rate, time.Since(begin).Round(time.Millisecond),
			1e6*(usage(watched)["worker"].CPU-used)/max(n, 1))
		return rate
	}
	down := time.Duration(realNumber(t, realDown, 4)) * time.Second
	normal := rate("with Redis", min(down, 20*time.Second))
	redis.signal(syscall.SIGSTOP)
	without := rate("Redis stands still", down)
	redis.signal(syscall.SIGCONT)
	rate("Redis is back", min(down, 20*time.Second))
	stop()
	acked, codes := to.answers()
	eventually(t, "everything is at the output", func() bool { return out.distinct() == len(acked) })
	s := r.settled(t)
	if s.Unchecked == 0 || s.Items.Accepted != uint64(len(acked)) || s.Envelopes.Duplicates != 0 || len(codes) != 1 || !worker.alive() {
		t.Errorf("%d unchecked, answers %v, worker alive %v; %+v %+v", s.Unchecked, codes, worker.alive(), s.Envelopes, s.Items)
	}
	t.Logf("drained at %.0f %% of the rate with Redis; %d of %d events passed unchecked", 100*without/normal, s.Unchecked, len(acked))
}

// With weir.redis_down: wait, nothing is processed while Redis is away, no process gives its partitions up, and nothing passes unchecked.
func TestRealRedisWait(t *testing.T) {
	r, edge, redis, to := onRedis(t, "WEIR_REDIS_DOWN=wait")
	if r == nil {
		return
	}
	worker := r.start(t, "worker", "worker", "process", "--groups", "pipeline")
	r.members(t, 1)
	out := readIngested(t, r.cluster, true, eventTopics(r.prefix)...)
	const before, during, after = 50, 200, 50
	to.flood(before, edge.base)
	eventually(t, "events arrive", func() bool { return out.distinct() == before })
	redis.kill()
	to.flood(1, edge.base)
	eventually(t, "the worker notices", func() bool { return strings.Contains(worker.output(), "everything waits until it does") })
	to.flood(during, edge.base)
	if n := out.distinct(); n != before {
		t.Errorf("%d events at the output while Redis is away, want %d", n, before)
	}
	_, port, _ := strings.Cut(strings.TrimPrefix(r.redis, "redis://"), ":")
	begin := time.Now()
	ownRedis(t, port)
	to.flood(after, edge.base)
	const all = before + 1 + during + after
	eventually(t, "everything arrives", func() bool { return out.distinct() == all })
	t.Logf("%d events that had waited are processed %v after Redis is back", during+1, time.Since(begin).Round(time.Millisecond))
	s := r.settled(t)
	if s.Unchecked != 0 || s.Items.Accepted != all || !worker.alive() {
		t.Errorf("%d unchecked; %+v %+v", s.Unchecked, s.Envelopes, s.Items)
	}
	if n := redisGet(t, r.redis, fmt.Sprintf("quota:many{%d}7:%d", to.org, (time.Now().Unix()-int64(to.org%(7*24*3600)))/(7*24*3600))); n != fmt.Sprint(during+1+after) {
		t.Errorf("the new Redis counts %s, want %d", n, during+1+after)
	}
}
