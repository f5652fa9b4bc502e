package client

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// What lasts is told now and then, what changes at once; only polls without records are kept apart.
func TestFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f Faults
		told := 0
		report := func(error) { told++ }
		one, other := kgo.NewErrFetch(errors.New("one")), kgo.NewErrFetch(errors.New("other"))
		records := append(kgo.NewErrFetch(errors.New("one")), kgo.Fetch{Topics: []kgo.FetchTopic{{Topic: "t", Partitions: []kgo.FetchPartition{{Records: []*kgo.Record{{}}}}}}})
		for i, step := range []struct {
			fetches kgo.Fetches
			times   int
			told    int
			pauses  int
		}{
			{nil, 1000, 0, 0}, {one, faultTold, 1, faultTold}, {one, 1, 1, 1}, {other, 1, 1, 1}, {one, 1, 1, 1}, {nil, 1, 0, 0}, {one, 1, 1, 1},
			{records, faultTold - 1, 0, 0}, {records, 1, 1, 0}, {kgo.NewErrFetch(context.DeadlineExceeded), 100, 0, 0},
		} {
			before, begin := told, time.Now()
			for range step.times {
				f.Handle(t.Context(), step.fetches, report)
			}
			if told-before != step.told || time.Since(begin) != time.Duration(step.pauses)*faultPause {
				t.Errorf("step %d: told %d times, took %v", i, told-before, time.Since(begin))
			}
		}
		failed := func(topic string, partitions int) (list kgo.Fetches) {
			for range partitions {
				list = append(list, kgo.Fetch{Topics: []kgo.FetchTopic{{Topic: topic, Partitions: []kgo.FetchPartition{{Err: errors.New("gone")}}}}})
			}
			return list
		}
		var texts []string
		for range 3 {
			f.Handle(t.Context(), append(failed("a", 3), failed("b", 2)...), func(err error) { texts = append(texts, err.Error()) })
		}
		if !slices.Equal(texts, []string{"a: gone", "b: gone"}) {
			t.Errorf("of two topics: %q", texts)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if f.Handle(ended, one, report); told != 6 {
			t.Errorf("told %d times", told)
		}
	})
}
