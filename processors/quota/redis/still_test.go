package redis

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"
	goredis "github.com/redis/go-redis/v9"

	"weir/codecs/dsn"
	category "weir/codecs/outcome"
	"weir/codecs/project"
	"weir/processors/quota"
)

// calls counts the script calls of checks and of probes.
type calls struct{ checks, probes atomic.Int64 }

func (c *calls) DialHook(next goredis.DialHook) goredis.DialHook { return next }
func (c *calls) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		for _, cmd := range cmds {
			c.count(cmd)
		}
		return next(ctx, cmds)
	}
}

func (c *calls) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		c.count(cmd)
		return next(ctx, cmd)
	}
}

func (c *calls) count(cmd goredis.Cmder) {
	switch text := strings.ToLower(fmt.Sprint(cmd.Args())); {
	case !strings.HasPrefix(text, "[eval"):
	case strings.Contains(text, "weir-probe"):
		c.probes.Add(1)
	default:
		c.checks.Add(1)
	}
}

// TestStandsStill holds what the rate of processing rests on while a server takes commands and answers none: the first checks wait, and from then
// on none does, however many there are. They ask nobody, which the client counts, and wait for nothing: each comes with a context that has ended,
// which would end a wait with an error. Only the probe goes on asking.
func TestStandsStill(t *testing.T) {
	mini := miniredis.RunT(t)
	s, err := Open(Server{URL: "redis://" + mini.Addr()}, Config{RetryFor: 30 * time.Millisecond, Timeout: 30 * time.Millisecond, Probe: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var count calls
	s.client.AddHook(&count)
	var still atomic.Bool
	gate := make(chan struct{})
	mini.Server().SetPreHook(func(*server.Peer, string, ...string) bool {
		if still.Load() {
			<-gate
		}
		return false
	})
	limit, window := uint64(1_000_000), uint64(3600)
	st := &project.State{Org: 1, Project: 42, HasProject: true, Config: project.Config{Quotas: []project.Quota{{ID: "q", HasID: true, Categories: []category.Category{category.Error}, Limit: &limit, Window: &window}}}}
	l := quota.NewLimiter(s, 0, nil)
	ask := func(ctx context.Context) quota.Answer {
		a, err := l.Check(ctx, &quota.Request{Item: quota.Item{Category: category.Error, Scope: dsn.Scoping{Org: 1, Project: 42}}, Quantity: 1, Now: time.Now(), State: st})
		if err != nil {
			t.Error(err)
		}
		return a
	}
	await(t, func() bool { return !ask(t.Context()).Unchecked })
	still.Store(true)
	for s.Up() {
		ask(t.Context())
	}
	begun := count.checks.Load()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	const callers, each = 32, 500
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for range each {
				if a := ask(ended); !a.Unchecked || len(a.Limits) > 0 {
					t.Errorf("%+v", a)
					return
				}
			}
		})
	}
	wg.Wait()
	if n := count.checks.Load(); n != begun {
		t.Errorf("%d of %d checks asked a server that stands still", n-begun, callers*each)
	}
	await(t, func() bool { return count.probes.Load() > 0 })
	still.Store(false)
	close(gate)
	await(t, func() bool { return s.Up() && !ask(t.Context()).Unchecked })
}
