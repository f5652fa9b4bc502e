package client

import (
	"context"
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Faults keeps a loop of polls from spinning and from filling the log: some errors come back at once for as long as they last, as those of a
// topic that was deleted. The zero value is ready.
type Faults struct {
	last  string
	times int
}

// faultPause is the pause after a poll that brought nothing but errors; the same error is told once in so many polls.
const (
	faultPause = 200 * time.Millisecond
	faultTold  = 50
)

// Handle reports the first error of a poll, if it is not the one before again, and waits where there is nothing else in it. The end of a
// context is no error.
func (f *Faults) Handle(ctx context.Context, fetches kgo.Fetches, report func(error)) {
	var first error
	fetches.EachError(func(_ string, _ int32, err error) {
		if first == nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
			first = err
		}
	})
	if first == nil || ctx.Err() != nil {
		*f = Faults{}
		return
	}
	if text := first.Error(); text != f.last || f.times >= faultTold {
		*f = Faults{last: text}
		report(first)
	}
	f.times++
	if fetches.NumRecords() > 0 {
		return
	}
	t := time.NewTimer(faultPause)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
