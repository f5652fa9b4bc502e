package projects

import (
	"cmp"
	"errors"
	"fmt"
	"time"
)

// Batching says how keys are gathered into requests (pipeline 3.6). Zero values mean the defaults of the contract, except
// Interval, where zero means at once.
type Batching struct {
	Interval        time.Duration // cache.batch_interval; the contract's default is 100 ms
	Size            int           // cache.batch_size; default 500 keys
	Concurrency     int           // limits.max_concurrent_queries; default 5 requests
	Timeout         time.Duration // limits.query_timeout; default 30 s
	MaxRetry        time.Duration // http.max_retry_interval; default 60 s
	FailureInterval time.Duration // http.project_failure_interval; default 90 s
	Forget          time.Duration // a key that nobody asked for so long is not retried; default 3 min
}

// DefaultBatching has the defaults of the contract.
func DefaultBatching() Batching {
	b := Batching{Interval: 100 * time.Millisecond}
	b.defaults()
	return b
}

// Validate reports negative values.
func (b Batching) Validate() error {
	var errs []error
	for name, bad := range map[string]bool{"interval": b.Interval < 0, "size": b.Size < 0, "concurrency": b.Concurrency < 0,
		"timeout": b.Timeout < 0, "max retry": b.MaxRetry < 0, "failure interval": b.FailureInterval < 0, "forget": b.Forget < 0} {
		if bad {
			errs = append(errs, fmt.Errorf("projects: batching: %s is negative", name))
		}
	}
	return errors.Join(errs...)
}

func (b *Batching) defaults() {
	b.Size = cmp.Or(b.Size, 500)
	b.Concurrency = cmp.Or(b.Concurrency, 5)
	b.Timeout = cmp.Or(b.Timeout, 30*time.Second)
	b.MaxRetry = cmp.Or(b.MaxRetry, time.Minute)
	b.FailureInterval = cmp.Or(b.FailureInterval, 90*time.Second)
	b.Forget = cmp.Or(b.Forget, 3*time.Minute)
}
