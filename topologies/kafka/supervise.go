package kafka

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"weir/topologies/kafka/instance"
)

// Pauses between the runs of a supervised part: the first after a failure, doubled up to the largest; a run that
// lasted longer than the largest starts over with the first.
const (
	firstPause = 200 * time.Millisecond
	maxPause   = 5 * time.Second
)

// Supervise calls run again, after a pause, whenever it returns while ctx lives. It returns nil when ctx has ended,
// and run's error when that is a *instance.DuplicateError: starting again would only fence the other process.
func Supervise(ctx context.Context, log *slog.Logger, run func(context.Context) error) error {
	pause := firstPause
	for {
		long := time.NewTimer(maxPause)
		err := run(ctx)
		if ctx.Err() != nil {
			long.Stop()
			if err != nil {
				log.Info("ended while stopping", "error", brief(err))
			}
			return nil
		}
		if !long.Stop() {
			pause = firstPause
		}
		var duplicate *instance.DuplicateError
		if errors.As(err, &duplicate) {
			return duplicate
		}
		log.Error("ended by itself, starts again", "error", brief(err), "pause", pause)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil
		}
		pause = min(2*pause, maxPause)
	}
}

// brief cuts what goka joins of every message in flight.
func brief(err error) string {
	if err == nil {
		return "none"
	}
	const most = 600
	if s := err.Error(); len(s) > most {
		return s[:most] + "..."
	}
	return err.Error()
}
