package main

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"weir/topologies/kafkatest"

	"github.com/twmb/franz-go/pkg/kgo"
)

// A stop waits for what the pipeline has still to do, but not for a pipeline that has ended: what it left is for the next start.
func TestFinish(t *testing.T) {
	s := &stack{services: newServices(slog.New(slog.DiscardHandler)), stopBy: time.Now().Add(time.Hour)}
	s.names.Raw, s.names.Released, s.groups.Pipeline = "raw", "released", "pipeline"
	s.cluster = kafkatest.Cluster(t, 2, "raw", "released")
	if err := s.finish(t.Context()); err != nil {
		t.Error(err) // nothing is there
	}
	kafkatest.Produce(t, kafkatest.Client(t, s.cluster), &kgo.Record{Topic: "raw", Value: []byte("v")})
	end := make(chan struct{})
	s.services.start("pipeline", func(context.Context) error { <-end; return errors.New("dead") })
	done := make(chan error, 1)
	go func() { done <- s.finish(t.Context()) }()
	kafkatest.Always(t, "it waits while the pipeline lives", 200*time.Millisecond, func() bool { return len(done) == 0 })
	close(end)
	if err := <-done; err != nil {
		t.Error(err)
	}
}
