package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// services are the long-running parts of a process. They start in order and stop in reverse, each only after those that were
// started later have ended.
type services struct {
	log    *slog.Logger
	failed chan error // the first part that ended by itself
	parts  []*service
}

type service struct {
	name   string
	cancel context.CancelFunc
	done   chan struct{}
}

func newServices(log *slog.Logger) *services {
	return &services{log: log, failed: make(chan error, 1)}
}

// start runs f until stop. f must end soon after its context.
func (s *services) start(name string, f func(ctx context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	p := &service{name: name, cancel: cancel, done: make(chan struct{})}
	s.parts = append(s.parts, p)
	go func() {
		defer close(p.done)
		err := f(ctx)
		if ctx.Err() != nil && (err == nil || errors.Is(err, context.Canceled)) {
			return
		}
		if err == nil {
			err = errors.New("ended by itself")
		}
		select {
		case s.failed <- fmt.Errorf("%s: %w", name, err):
		default:
		}
	}()
}

// ended is closed when a part has ended; nil, which never is, where there is none of that name.
func (s *services) ended(name string) <-chan struct{} {
	for _, p := range s.parts {
		if p.name == name {
			return p.done
		}
	}
	return nil
}

// atStop registers something to be closed at its place in the order.
func (s *services) atStop(name string, f func(ctx context.Context) error) {
	s.start(name, func(ctx context.Context) error {
		<-ctx.Done()
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		return f(closing)
	})
}

// stop ends everything in reverse order. What has not ended at the deadline is told to end and left behind.
func (s *services) stop(ctx context.Context) error {
	var late []string
	for i := len(s.parts) - 1; i >= 0; i-- {
		p := s.parts[i]
		p.cancel()
		select {
		case <-p.done:
		case <-ctx.Done():
			late = append(late, p.name)
		}
	}
	if len(late) > 0 {
		return fmt.Errorf("stop: not ended in time: %v", late)
	}
	return nil
}
