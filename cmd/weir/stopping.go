package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"weir/topologies/kafka/lag"
)

// errInterrupt is the cause of an end that must not take long (edge 14).
var errInterrupt = errors.New("interrupted")

// interrupted is how long a process may take to end after SIGINT or SIGQUIT.
const interrupted = time.Second

// stopped returns a context that ends with SIGTERM, SIGINT or SIGQUIT; the cause of the latter two is errInterrupt. After SIGTERM they end the
// process at once.
func stopped(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT)
	go func() {
		for s := range signals {
			switch {
			case s == syscall.SIGTERM:
				cancel(nil)
			case ctx.Err() == nil:
				cancel(errInterrupt)
			default:
				os.Exit(exitFail)
			}
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(signals)
		cancel(nil)
	}
}

// stopTime is how long a process that was told to stop by ctx may take.
func (s *stack) stopTime(ctx context.Context) time.Duration {
	patience := s.cfg.Limits.ShutdownTimeout.Duration()
	if context.Cause(ctx) == errInterrupt {
		return min(patience, interrupted)
	}
	return patience
}

// finish waits until the pipeline has processed what was in its topics when the listener had closed, wherever its partitions are. It takes
// at most half of the time: what is left is in Kafka, and others, or the next start, go on with it. Where the pipeline of this process has
// ended already there is nothing to wait for.
func (s *stack) finish(ctx context.Context) error {
	ctx, cancel := context.WithDeadline(ctx, time.Now().Add(time.Until(s.stopBy)/2))
	defer cancel()
	type place struct {
		topic     string
		partition int32
	}
	var ends map[place]int64
	return s.watchLag(ctx, s.services.ended("pipeline"), []lag.Group{s.pipelineLag()}, func(positions []lag.Partition, err error) (enough bool) {
		if err != nil {
			return false
		}
		if ends == nil {
			ends = map[place]int64{}
			for _, p := range positions {
				ends[place{p.Topic, p.Partition}] = p.End
			}
		}
		return !slices.ContainsFunc(positions, func(p lag.Partition) bool { return p.Lag > 0 && p.Committed < ends[place{p.Topic, p.Partition}] })
	})
}

// pipelineLag is what the pipeline reads.
func (s *stack) pipelineLag() lag.Group {
	return lag.Group{Name: s.groups.Pipeline, Topics: []string{s.names.Raw, s.names.Released}}
}

// watchLag shows the positions of groups to look, again and again, until that has seen enough, ctx ends, or gone is closed.
func (s *stack) watchLag(ctx context.Context, gone <-chan struct{}, groups []lag.Group, look func([]lag.Partition, error) (enough bool)) error {
	adm, done, err := s.cluster.Admin()
	if err != nil {
		return err
	}
	defer done()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if look(lag.ReadWith(ctx, adm, groups...)) {
			return nil
		}
		select {
		case <-tick.C:
		case <-gone:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}
