package redis

import (
	"cmp"
	"errors"
	"log/slog"
	"time"
)

// Config tunes the store. The zero value is usable.
type Config struct {
	// RetryFor is how long the first checks that fail are repeated before the breaker opens; 0: 500 ms.
	RetryFor time.Duration
	// Timeout bounds one round trip; 0: 1 s.
	Timeout time.Duration
	// Probe is the pause between probes while the breaker is open; 0: 250 ms.
	Probe time.Duration
	// MaxBatch bounds the checks of one round trip; 0: 1024.
	MaxBatch int
	// Flights is how many round trips may run at the same time; 0: 2. A further one starts when FlightAt calls wait; 0: 64.
	Flights, FlightAt int
	// Wait lets checks wait while Redis is away, instead of answering them as unchecked.
	Wait    bool
	Log     *slog.Logger // nil: silent
	Metrics *Metrics     // nil: none
	// OnState is told when the breaker opens (false) and closes (true); it must not block. nil: nobody is told.
	OnState func(up bool)
}

// Validate reports all faults.
func (c Config) Validate() error {
	var errs []error
	if c.RetryFor < 0 || c.Timeout < 0 || c.Probe < 0 {
		errs = append(errs, errors.New("quota store: negative duration"))
	}
	if c.MaxBatch < 0 || c.Flights < 0 || c.FlightAt < 0 {
		errs = append(errs, errors.New("quota store: negative batch size or number of round trips"))
	}
	return errors.Join(errs...)
}

func (c Config) withDefaults() Config {
	or := func(d *time.Duration, def time.Duration) {
		if *d == 0 {
			*d = def
		}
	}
	or(&c.RetryFor, 500*time.Millisecond)
	or(&c.Timeout, time.Second)
	or(&c.Probe, 250*time.Millisecond)
	if c.MaxBatch == 0 {
		c.MaxBatch = 1024
	}
	c.Flights, c.FlightAt = cmp.Or(c.Flights, 2), cmp.Or(c.FlightAt, 64)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}
