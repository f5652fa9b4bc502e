package client

import (
	"errors"

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
	opts := []kgo.Opt{kgo.SeedBrokers(c.Brokers...), kgo.ClientID(id), kgo.DisableClientMetrics()}
	return append(append(opts, c.Opts...), extra...)
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
