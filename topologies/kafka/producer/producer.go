package producer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"weir/topologies/kafka/client"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Sink takes records. Producer, eos.Runner and Router implement it. done may run on any goroutine and must not
// block; the record must not be changed before it.
type Sink interface {
	Produce(ctx context.Context, r *kgo.Record, done func(*kgo.Record, error))
}

// Config describes a producer. The zero value of every field is usable.
type Config struct {
	// Operator says which topics belong to the operator and are partitioned as librdkafka does; nil: none.
	Operator func(topic string) bool
	// Manual says for which topics Record.Partition decides; nil: none.
	Manual func(topic string) bool
	// MaxBatch is the largest batch of a topic before compression, in bytes: at most the topic's
	// max.message.bytes. nil or 0: DefaultMaxBatch, what a stock broker takes.
	MaxBatch func(topic string) int32
	// BufferBytes bounds records that are not acknowledged yet; default 64 MiB. Produce blocks when it is reached.
	BufferBytes int
	// Linger is how long a batch waits for more records; default 5 ms (2 ms cost a third more CPU per event at 3,000 events/s).
	Linger time.Duration
	// Opts are appended and win.
	Opts []kgo.Opt
}

// DefaultMaxBatch is the size of the largest batch that a broker with default settings takes.
const DefaultMaxBatch = 1_000_012

// overhead is what a batch of one record adds to key, value and headers, generously.
const overhead = 256

// MaxRecord returns the largest record of a topic (key, value and headers, in bytes, before compression). Check
// against it before producing: a larger record can never be written.
func (c Config) MaxRecord(topic string) int { return int(c.maxBatch(topic)) - overhead }

func (c Config) maxBatch(topic string) int32 {
	if c.MaxBatch != nil {
		if n := c.MaxBatch(topic); n > 0 {
			return n
		}
	}
	return DefaultMaxBatch
}

// For returns the configuration for one cluster, whose own bound of record batches counts too.
func (c Config) For(cluster client.Config) Config {
	if bound := cluster.MaxMessageBytes; bound > 0 {
		topics := c
		c.MaxBatch = func(topic string) int32 { return min(topics.maxBatch(topic), bound) }
	}
	return c
}

// OptionsFor are the client options for one cluster; eos uses them for its transactional client too.
func (c Config) OptionsFor(cluster client.Config) []kgo.Opt {
	return append(c.For(cluster).Options(), cluster.ProducerOpts...)
}

// Options are the client options without those of a cluster.
func (c Config) Options() []kgo.Opt {
	if c.BufferBytes == 0 {
		c.BufferBytes = 64 << 20
	}
	if c.Linger == 0 {
		c.Linger = 5 * time.Millisecond
	}
	return append([]kgo.Opt{
		kgo.RecordPartitioner(partitioner{&c}),
		kgo.RequiredAcks(kgo.AllISRAcks()), // idempotent by default
		kgo.ProducerBatchMaxBytesFn(c.maxBatch),
		kgo.ProducerLinger(c.Linger),
		kgo.MaxBufferedRecords(50_000),
		kgo.MaxBufferedBytes(c.BufferBytes),
		// No delivery timeout: a broker outage stalls the caller, it does not lose its order.
	}, c.Opts...)
}

// Producer writes to one cluster.
type Producer struct{ cl *kgo.Client }

// New returns a producer; it does not connect yet.
func New(cluster client.Config, cfg Config) (*Producer, error) {
	cl, err := cluster.New(cfg.OptionsFor(cluster)...)
	if err != nil {
		return nil, fmt.Errorf("producer: %w", err)
	}
	return &Producer{cl: cl}, nil
}

// Client returns the client, for hooks and tests.
func (p *Producer) Client() *kgo.Client { return p.cl }

// Produce implements Sink. It blocks only while the buffer is full.
func (p *Producer) Produce(ctx context.Context, r *kgo.Record, done func(*kgo.Record, error)) {
	p.cl.Produce(ctx, r, done)
}

// Sync writes records and waits until all are acknowledged.
func (p *Producer) Sync(ctx context.Context, recs ...*kgo.Record) error {
	return p.cl.ProduceSync(ctx, recs...).FirstErr()
}

// Close sends what is buffered until ctx ends, fails what is left, and returns an error when something was.
func (p *Producer) Close(ctx context.Context) error {
	err := p.cl.Flush(ctx)
	p.cl.Close()
	if err != nil {
		return errors.Join(errors.New("producer: close: records left unsent"), err)
	}
	return nil
}
