package client

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
)

// Patiently calls f again, five times a second until ctx ends, while the cluster says that it will do later: the first group of a new cluster has
// no coordinator for a moment, and a client does not search for one again by itself. It returns the last error of f.
func Patiently(ctx context.Context, f func() error) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		err := f()
		if !kerr.IsRetriable(err) {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return err
		}
	}
}
