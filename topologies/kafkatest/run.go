package kafkatest

import (
	"context"
	"log/slog"
	"sync"
	"testing"

	"weir/topologies/kafka"
	"weir/topologies/kafka/client"
	"weir/topologies/kafka/table"

	"github.com/lovoo/goka"
)

// Log returns a logger that writes to the test's log.
func Log(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo}))
}

// Start runs f in the background. stop ends its context, waits and returns its error; it is called at the end of
// the test too.
func Start(t testing.TB, f func(context.Context) error) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	var err error
	go func() {
		defer close(done)
		err = f(ctx)
	}()
	stop = func() error { cancel(); <-done; return err }
	t.Cleanup(func() { _ = stop() })
	return stop
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
	p := processor(t, cluster, g, opts)
	return Start(t, p.Run)
}

func processor(t testing.TB, cluster client.Config, g *goka.GroupGraph, opts []goka.ProcessorOption) *goka.Processor {
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
			if err := processor(t, cluster, g, opts()).Run(ctx); err != nil {
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
