package producer

import (
	"errors"
	"log/slog"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"weir/codecs/topic"
)

// Config describes the writer.
type Config struct {
	Topics topic.Names // Raw and Blobs are used
	// Client are connection options: seed brokers, TLS, SASL, compression, linger.
	Client []kgo.Opt
	// AckTimeout is how long a write waits for the broker; default 5 s.
	AckTimeout time.Duration
	// MaxBytes bounds the bytes that wait for the broker; default 64 MiB. It must hold at least one chunk.
	MaxBytes int64
	// ChunkBytes is the largest envelope that goes to raw as it is, and the size of chunks; default topic.MaxRawEnvelope. Less
	// where the broker takes less.
	ChunkBytes int
	// ByKey keeps the envelopes of one public key in one partition and so in order; otherwise the partitions take turns.
	ByKey bool
	// Queued answers before the broker does: what waits is lost when the process dies. Opt-in.
	Queued  bool
	Metrics *Metrics // nil: none
	Now     func() time.Time
	Log     *slog.Logger
}

// Validate reports what is missing or impossible.
func (c Config) Validate() error {
	var errs []error
	if c.Topics.Raw == "" || c.Topics.Blobs == "" {
		errs = append(errs, errors.New("producer: a topic name is missing"))
	}
	if c.AckTimeout < 0 || c.MaxBytes < 0 || c.ChunkBytes < 0 {
		errs = append(errs, errors.New("producer: a negative limit"))
	}
	d := c.defaults()
	if d.ChunkBytes > topic.MaxRawEnvelope {
		errs = append(errs, errors.New("producer: chunks are larger than a stock broker takes"))
	}
	if d.MaxBytes < int64(2*d.ChunkBytes) {
		errs = append(errs, errors.New("producer: the byte budget must hold at least two chunks"))
	}
	if c.Log == nil || c.Now == nil {
		errs = append(errs, errors.New("producer: logger or clock is missing"))
	}
	return errors.Join(errs...)
}

func (c Config) defaults() Config {
	if c.AckTimeout == 0 {
		c.AckTimeout = 5 * time.Second
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = 64 << 20
	}
	if c.ChunkBytes == 0 {
		c.ChunkBytes = topic.MaxRawEnvelope
	}
	return c
}

// options are the client options; those of the configuration come last and win.
func (c Config) options() []kgo.Opt {
	opts := []kgo.Opt{
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.RecordPartitioner(newPartitioner(&c)),
		// A record that nobody waits for any more must not be delivered later, if that can be helped.
		kgo.RecordDeliveryTimeout(max(c.AckTimeout, time.Second)), // the client's minimum
		kgo.ProducerLinger(linger),
		// The budget of this package is the only bound.
		kgo.MaxBufferedRecords(1 << 30),
		kgo.DisableClientMetrics(),
	}
	return append(opts, c.Client...)
}
