package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Faults keeps a loop of polls from spinning and from filling the log: some errors come back at once for as long as they last, as those of a
// topic that was deleted. The zero value is ready.
type Faults struct{ told map[string]int } // by the texts of the last poll: in how many polls since they were told

// faultPause is the pause after a poll that brought nothing but errors; the same error is told once in so many polls.
const (
	faultPause = 200 * time.Millisecond
	faultTold  = 50
)

// Handle reports the errors of a poll, with their topics, but for those that were in the one before, and waits where there is nothing else in it.
// The end of a context is no error.
func (f *Faults) Handle(ctx context.Context, fetches kgo.Fetches, report func(error)) {
	var told map[string]int
	fetches.EachError(func(topic string, _ int32, err error) {
		if ctx.Err() != nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return
		}
		if topic != "" {
			err = fmt.Errorf("%s: %w", topic, err)
		}
		text := err.Error()
		if told[text] > 0 {
			return // another partition
		}
		times := f.told[text] % faultTold
		if times == 0 {
			report(err)
		}
		if told == nil {
			told = map[string]int{}
		}
		told[text] = times + 1
	})
	if f.told = told; told == nil || fetches.NumRecords() > 0 {
		return
	}
	t := time.NewTimer(faultPause)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
