package producer

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Router sends topics that the operator assigned to other clusters to their producers (config:
// processing.topics with a named Kafka config) and everything else to Default. Records for other clusters are
// at-least-once whatever Default is.
type Router struct {
	Default Sink
	ByTopic map[string]Sink
}

// Produce implements Sink.
func (r Router) Produce(ctx context.Context, rec *kgo.Record, done func(*kgo.Record, error)) {
	if s, ok := r.ByTopic[rec.Topic]; ok {
		s.Produce(ctx, rec, done)
		return
	}
	r.Default.Produce(ctx, rec, done)
}
