package client

import (
	"errors"
	"math/rand/v2"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Config is how to reach one cluster.
type Config struct {
	// Brokers are host:port addresses; at least one.
	Brokers []string
	// ID is the client id that brokers show in logs and group listings; default "weir".
	ID string
	// Opts are connection options for every client (TLS, SASL, dialer, timeouts).
	Opts []kgo.Opt
	// MaxMessageBytes bounds the record batches of producers (message.max.bytes), whatever a topic takes; 0: no bound.
	MaxMessageBytes int32
	// ProducerOpts are for producers only (compression, linger); they win over weir's defaults.
	ProducerOpts []kgo.Opt
}

// Validate reports what is missing.
func (c Config) Validate() error {
	if len(c.Brokers) == 0 {
		return errors.New("kafka: no brokers")
	}
	return nil
}

// Options returns the client options, followed by extra.
func (c Config) Options(extra ...kgo.Opt) []kgo.Opt {
	id := c.ID
	if id == "" {
		id = "weir"
	}
	opts := []kgo.Opt{kgo.SeedBrokers(c.Brokers...), kgo.ClientID(id), kgo.DisableClientMetrics(),
		// Leaders are looked up again this soon after a failure; the default of 5 s is as long as an edge waits for its
		// acknowledgement.
		kgo.MetadataMinAge(500 * time.Millisecond), kgo.RetryBackoffFn(backoff), kgo.WithCompressor(theLZ4), kgo.WithDecompressor(theLZ4)}
	return append(append(opts, c.Opts...), extra...)
}

// backoff is the pause before the n-th retry: 100 ms doubled up to 1 s, and up to as much again by chance, so that a broker
// that comes back is found within two seconds and not by everybody at once.
func backoff(n int) time.Duration {
	d := min(50*time.Millisecond<<min(n, 10), time.Second)
	return d + rand.N(d)
}

// New returns a client; it does not connect yet.
func (c Config) New(extra ...kgo.Opt) (*kgo.Client, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return kgo.NewClient(c.Options(extra...)...)
}

// Admin returns an admin client and how to close it.
func (c Config) Admin() (*kadm.Client, func(), error) {
	cl, err := c.New()
	if err != nil {
		return nil, nil, err
	}
	return kadm.NewClient(cl), cl.Close, nil
}
