package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
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
// at most half of the time: what is left is in Kafka, and others, or the next start, go on with it.
func (s *stack) finish(ctx context.Context) error {
	ctx, cancel := context.WithDeadline(ctx, time.Now().Add(time.Until(s.stopBy)/2))
	defer cancel()
	type place struct {
		topic     string
		partition int32
	}
	var ends map[place]int64
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		positions, err := lag.Read(ctx, s.cluster, lag.Group{Name: s.groups.Pipeline, Topics: []string{s.names.Raw, s.names.Released}})
		if err == nil {
			if ends == nil {
				ends = map[place]int64{}
				for _, p := range positions {
					ends[place{p.Topic, p.Partition}] = p.End
				}
			}
			left := false
			for _, p := range positions {
				left = left || p.Lag > 0 && p.Committed < ends[place{p.Topic, p.Partition}]
			}
			if !left {
				return nil
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}
