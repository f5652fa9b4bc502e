package past

import (
	"context"
	"errors"
	"fmt"
	"time"

	"weir/topologies/kafka/client"

	"github.com/twmb/franz-go/pkg/kgo"
)

// silence is how long nothing comes before it is asked whether anything is left to come.
const silence = 2 * time.Second

// Read gives all committed records of the span, in batches and in order of each partition, until done or f fails, whose error it returns as it
// is. Offsets without a record (transaction markers, compaction, deleted meanwhile) are passed over.
func (s Span) Read(ctx context.Context, cluster client.Config, f func(recs []*kgo.Record) error) error {
	if len(s.Parts) == 0 {
		return nil
	}
	at, left := map[int32]kgo.Offset{}, map[int32]int64{}
	seen := map[int32]int64{} // the last offset of each partition that was read
	for p, o := range s.Parts {
		at[p], left[p], seen[p] = kgo.NewOffset().At(o[0]), o[1], o[0]-1
	}
	cl, err := cluster.New(kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{s.Topic: at}), kgo.KeepControlRecords(),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.FetchMaxBytes(8<<20), kgo.FetchMaxWait(250*time.Millisecond))
	if err != nil {
		return fmt.Errorf("read %s: %w", s.Topic, err)
	}
	defer cl.Close()
	for len(left) > 0 {
		poll, cancel := context.WithTimeout(ctx, silence)
		fetches := cl.PollRecords(poll, 500)
		cancel()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := fetches.Err0(); errors.Is(err, context.DeadlineExceeded) {
			if err := s.skip(ctx, cl, left, seen); err != nil {
				return fmt.Errorf("read %s: %w", s.Topic, err)
			}
			continue
		}
		if err := fetches.Err(); err != nil {
			return fmt.Errorf("read %s: %w", s.Topic, err)
		}
		var recs []*kgo.Record
		fetches.EachRecord(func(r *kgo.Record) {
			end, ok := left[r.Partition]
			if !ok {
				return
			}
			seen[r.Partition] = r.Offset
			if r.Offset < end && !r.Attrs.IsControl() {
				recs = append(recs, r)
			}
			if r.Offset+1 >= end {
				delete(left, r.Partition)
				cl.PauseFetchPartitions(map[string][]int32{s.Topic: {r.Partition}})
			}
		})
		if len(recs) > 0 {
			if err := f(recs); err != nil {
				return err
			}
		}
	}
	return nil
}

// skip takes out of left the partitions of which nothing is left to come.
func (s Span) skip(ctx context.Context, cl *kgo.Client, left, seen map[int32]int64) error {
	for p, end := range left {
		ended, err := client.Ended(ctx, cl, s.Topic, p, seen[p], end)
		if err != nil {
			return err
		}
		if ended {
			delete(left, p)
		}
	}
	return nil
}
