package replay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// span is the part of a topic that a run reads: [start, end) of every partition.
type span struct {
	topic string
	parts map[int32][2]int64
}

// records is the number of offsets.
func (s span) records() (n int64) {
	for _, p := range s.parts {
		n += p[1] - p[0]
	}
	return n
}

// offsets finds the part of a topic that was written in [from, to). Zero times are the ends of the topic as of now.
func offsets(ctx context.Context, c *Config, topic string, from, to time.Time) (span, error) {
	s := span{topic: topic, parts: map[int32][2]int64{}}
	adm, done, err := c.Cluster.Admin()
	if err != nil {
		return s, fmt.Errorf("offsets of %s: %w", topic, err)
	}
	defer done()
	starts, err := bound(ctx, adm, topic, from, adm.ListStartOffsets)
	if err != nil {
		return s, fmt.Errorf("start offsets of %s: %w", topic, err)
	}
	ends, err := bound(ctx, adm, topic, to, adm.ListEndOffsets)
	if err != nil {
		return s, fmt.Errorf("end offsets of %s: %w", topic, err)
	}
	for p, end := range ends[topic] {
		start, ok := starts.Lookup(topic, p)
		if !ok {
			return s, fmt.Errorf("start offset of %s/%d: unknown", topic, p)
		}
		if start.Offset < end.Offset {
			s.parts[p] = [2]int64{start.Offset, end.Offset}
		}
	}
	return s, nil
}

func bound(ctx context.Context, adm *kadm.Client, topic string, at time.Time,
	zero func(context.Context, ...string) (kadm.ListedOffsets, error)) (kadm.ListedOffsets, error) {
	list := zero
	if !at.IsZero() {
		list = func(ctx context.Context, topics ...string) (kadm.ListedOffsets, error) {
			return adm.ListOffsetsAfterMilli(ctx, at.UnixMilli(), topics...)
		}
	}
	os, err := list(ctx, topic)
	if err == nil {
		err = os.Error()
	}
	if err == nil && len(os[topic]) == 0 {
		err = errors.New("the topic has no partitions")
	}
	return os, err
}

// read gives all records of the span, in batches and in order of each partition, until done or f fails. Offsets without a record (transaction
// markers, compaction) are passed over.
func (s span) read(ctx context.Context, c *Config, f func(recs []*kgo.Record) error) error {
	if len(s.parts) == 0 {
		return nil
	}
	at := map[int32]kgo.Offset{}
	left := map[int32]int64{}
	for p, o := range s.parts {
		at[p], left[p] = kgo.NewOffset().At(o[0]), o[1]
	}
	cl, err := c.Cluster.New(kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{s.topic: at}), kgo.KeepControlRecords(),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.FetchMaxBytes(8<<20), kgo.FetchMaxWait(250*time.Millisecond))
	if err != nil {
		return fmt.Errorf("read %s: %w", s.topic, err)
	}
	defer cl.Close()
	for len(left) > 0 {
		fetches := cl.PollRecords(ctx, 500)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := fetches.Err(); err != nil {
			return fmt.Errorf("read %s: %w", s.topic, err)
		}
		var recs []*kgo.Record
		fetches.EachRecord(func(r *kgo.Record) {
			end, ok := left[r.Partition]
			if !ok {
				return
			}
			if r.Offset < end && !r.Attrs.IsControl() {
				recs = append(recs, r)
			}
			if r.Offset+1 >= end {
				delete(left, r.Partition)
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
