package trace

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"weir/codecs/envelope"
	"weir/codecs/topic"
	"weir/topologies/kafka/client"
	"weir/topologies/kafka/past"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Config says what is looked for, and where.
type Config struct {
	Cluster client.Config
	Names   topic.Names
	Groups  topic.Groups
	// ID is the id of an event, of an item (replay, check-in, profile, ...) or of a receipt.
	ID envelope.EventID
	// From and To bound the time at which envelopes were written to raw, to the millisecond; To is exclusive. Zero: the ends of the topic.
	From, To time.Time
	// All looks for every envelope with the id; else the first one ends the search.
	All bool
	// Newest is how many envelopes are told of at most, those that were written last; 0: all.
	Newest int
	// Forwards says that what is accepted goes on to an upstream.
	Forwards bool
	Progress func(Progress) // may be nil; called from one goroutine
	Clock    func() time.Time
	Log      *slog.Logger
}

// Progress says how far a step of the search is.
type Progress struct {
	Topic string
	Done  int64 // records read
	Total int64 // offsets in this step
}

// Validate reports everything that is missing or wrong.
func (c Config) Validate() error {
	var errs []error
	if c.Clock == nil || c.Log == nil {
		errs = append(errs, errors.New("trace: clock or logger is missing"))
	}
	if c.Names.Raw == "" || c.Groups.Pipeline == "" {
		errs = append(errs, errors.New("trace: a name is missing"))
	}
	if c.ID.IsNil() {
		errs = append(errs, errors.New("trace: no id"))
	}
	if !c.From.IsZero() && !c.To.IsZero() && !c.From.Before(c.To) {
		errs = append(errs, errors.New("trace: the end of the time range is not after its start"))
	}
	return errors.Join(append(errs, c.Cluster.Validate())...)
}

// offsets is past.Offsets; of a topic that is not there it has no partitions.
func offsets(ctx context.Context, cluster client.Config, name string, from, to time.Time) (past.Span, error) {
	span, err := past.Offsets(ctx, cluster, name, from, to)
	if errors.Is(err, kerr.UnknownTopicOrPartition) {
		return past.Span{Topic: name}, nil
	}
	return span, err
}

// read gives every record of a span to f, whose error ends it, and tells how far it is.
func (c *Config) read(ctx context.Context, cluster client.Config, span past.Span, f func(*kgo.Record) error) error {
	total, done := span.Records(), int64(0)
	return span.Read(ctx, cluster, func(recs []*kgo.Record) error {
		for _, r := range recs {
			if err := f(r); err != nil {
				return err
			}
		}
		if done += int64(len(recs)); c.Progress != nil {
			c.Progress(Progress{span.Topic, done, total})
		}
		return nil
	})
}

// skew bounds how much clocks differ: that of the edge, which dates raw records, from those of workers.
const skew = 5 * time.Second
