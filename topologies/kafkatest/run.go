package kafkatest

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"weir/topologies/kafka"
	"weir/topologies/kafka/client"
	"weir/topologies/kafka/table"

	"github.com/lovoo/goka"
)

// Log returns a logger that writes to the test's log.
func Log(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo}))
}

// Task is something that runs in the background of a test.
type Task struct {
	cancel context.CancelFunc
	done   chan struct{}
	err    error
}

// Background runs f until Stop or the end of the test.
func Background(t testing.TB, f func(context.Context) error) *Task {
	ctx, cancel := context.WithCancel(context.Background())
	task := &Task{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(task.done)
		if task.err = f(ctx); task.err != nil && ctx.Err() == nil {
			t.Logf("ended by itself: %v", task.err)
		}
	}()
	t.Cleanup(func() { _ = task.Stop() })
	return task
}

// Stop ends f's context, waits for f and returns its error.
func (task *Task) Stop() error {
	task.cancel()
	<-task.done
	return task.err
}

// Done is closed when f has returned.
func (task *Task) Done() <-chan struct{} { return task.done }

// Wait waits until f ends by itself and returns its error.
func (task *Task) Wait(t testing.TB) error {
	t.Helper()
	end := time.NewTimer(Patience)
	defer end.Stop()
	select {
	case <-task.done:
	case <-end.C:
		t.Fatal("timeout: it did not end by itself")
	}
	return task.err
}

// Start is Background for callers that only want to stop.
func Start(t testing.TB, f func(context.Context) error) (stop func() error) {
	t.Helper()
	return Background(t, f).Stop
}

// Run starts a group under supervision and returns how to stop it.
func Run(t testing.TB, g kafka.Group) (stop func() error) {
	t.Helper()
	if g.Log == nil {
		g.Log = Log(t)
	}
	return Start(t, g.Run)
}

// Processor starts a bare goka processor; its end is not supervised.
func Processor(t testing.TB, cluster client.Config, g *goka.GroupGraph, opts ...goka.ProcessorOption) (stop func() error) {
	t.Helper()
	return Start(t, NewProcessor(t, cluster, g, opts...).Run)
}

// NewProcessor makes a bare goka processor on franz-go.
func NewProcessor(t testing.TB, cluster client.Config, g *goka.GroupGraph, opts ...goka.ProcessorOption) *goka.Processor {
	t.Helper()
	opts = append([]goka.ProcessorOption{goka.WithLogger(Quiet{}), goka.WithStorageBuilder(table.Storage()),
		goka.WithTopicManagerBuilder(table.TopicManager(cluster)), goka.WithConsumerSaramaBuilder(table.Consumer(cluster))}, opts...)
	p, err := goka.NewProcessor(cluster.Brokers, g, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Supervise runs a processor again whenever it ends by itself, with fresh options every time and no pause. stop
// returns what Run returned, the last one included.
func Supervise(t testing.TB, cluster client.Config, g *goka.GroupGraph, opts func() []goka.ProcessorOption) (stop func() []error) {
	t.Helper()
	var mu sync.Mutex
	var errs []error
	end := Start(t, func(ctx context.Context) error {
		for ctx.Err() == nil {
			if err := NewProcessor(t, cluster, g, opts()...).Run(ctx); err != nil {
				mu.Lock()
				errs = append(errs, err)
				mu.Unlock()
			}
		}
		return nil
	})
	return func() []error {
		_ = end()
		mu.Lock()
		defer mu.Unlock()
		return errs
	}
}

// Quiet is a goka.Logger that drops everything.
type Quiet struct{}

// Print and the others implement goka.Logger.
func (Quiet) Print(...any)          {}
func (Quiet) Println(...any)        {}
func (Quiet) Printf(string, ...any) {}
func (Quiet) Debugf(string, ...any) {}

// Discard returns a logger that drops everything.
func Discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
