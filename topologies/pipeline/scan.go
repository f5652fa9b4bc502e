package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"weir/topologies/kafka/client"
	"weir/topologies/kafka/session"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Bounds of a look at what was left behind: work must go on, if need be without knowing.
const (
	scanTime    = 15 * time.Second
	scanRecords = 2_000_000
)

// errScanTooMuch ends a look at more records than are worth the wait.
var errScanTooMuch = errors.New("too many records were written since")

// scan calls f for all records that are on the topics since a time, but for those of transactions: what these wrote for records that are not
// committed was aborted. Topics that are not there have none. The cluster has to say within reach where they begin.
func scan(ctx context.Context, cluster client.Config, topics []string, since time.Time, reach time.Duration, f func(*kgo.Record)) error {
	cl, err := cluster.New(kgo.KeepControlRecords(), kgo.FetchMaxWait(100*time.Millisecond), kgo.FetchMaxPartitionBytes(8<<20))
	if err != nil {
		return err
	}
	defer cl.Close()
	first, cancel := context.WithTimeout(ctx, reach)
	from, ends, err := spans(first, kadm.NewClient(cl), topics, since)
	cancel()
	if err != nil || len(ends) == 0 {
		return err
	}
	cl.AddConsumePartitions(from)
	for n := 0; len(ends) > 0; {
		fetches := cl.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			return err
		}
		fetches.EachError(func(t string, p int32, e error) { err = fmt.Errorf("read %s/%d: %w", t, p, e) })
		if err != nil {
			return err
		}
		fetches.EachPartition(func(p kgo.FetchTopicPartition) {
			k := session.TP{Topic: p.Topic, Part: p.Partition}
			for _, r := range p.Records {
				if r.Offset >= ends[k] {
					break
				}
				if !r.Attrs.IsControl() && !r.Attrs.IsTransactional() {
					f(r)
				}
				n++
			}
			if len(p.Records) > 0 && p.Records[len(p.Records)-1].Offset >= ends[k]-1 {
				delete(ends, k)
			}
		})
		if n > scanRecords {
			return errScanTooMuch
		}
	}
	return nil
}

// spans returns the partitions with records since a time: where they begin, and where they end now.
func spans(ctx context.Context, adm *kadm.Client, topics []string, since time.Time) (map[string]map[int32]kgo.Offset, map[session.TP]int64, error) {
	known, err := adm.ListTopics(ctx, topics...)
	if err != nil {
		return nil, nil, err
	}
	topics = slices.DeleteFunc(slices.Clone(topics), func(t string) bool { return !known.Has(t) || known[t].Err != nil })
	if len(topics) == 0 {
		return nil, nil, nil
	}
	starts, err := adm.ListOffsetsAfterMilli(ctx, since.UnixMilli(), topics...)
	if err != nil {
		return nil, nil, err
	}
	stops, err := adm.ListEndOffsets(ctx, topics...)
	if err != nil {
		return nil, nil, err
	}
	from, ends := map[string]map[int32]kgo.Offset{}, map[session.TP]int64{}
	var failed error
	starts.Each(func(start kadm.ListedOffset) {
		stop, ok := stops.Lookup(start.Topic, start.Partition)
		if !ok || start.Err != nil || stop.Err != nil {
			failed = errors.Join(failed, fmt.Errorf("offsets of %s/%d: %w", start.Topic, start.Partition, errors.Join(kerr.UnknownTopicOrPartition, start.Err, stop.Err)))
			return
		}
		if start.Offset >= stop.Offset {
			return
		}
		if from[start.Topic] == nil {
			from[start.Topic] = map[int32]kgo.Offset{}
		}
		from[start.Topic][start.Partition] = kgo.NewOffset().At(start.Offset)
		ends[session.TP{Topic: start.Topic, Part: start.Partition}] = stop.Offset
	})
	return from, ends, failed
}

// heads returns the times of the records at the given offsets, as far as these are there.
func heads(ctx context.Context, cluster client.Config, at map[session.TP]int64) (map[session.TP]time.Time, error) {
	from := map[string]map[int32]kgo.Offset{}
	for k, offset := range at {
		if from[k.Topic] == nil {
			from[k.Topic] = map[int32]kgo.Offset{}
		}
		from[k.Topic][k.Part] = kgo.NewOffset().At(offset)
	}
	cl, err := cluster.New(kgo.ConsumePartitions(from), kgo.FetchMaxWait(100*time.Millisecond), kgo.FetchMaxPartitionBytes(1<<10))
	if err != nil {
		return nil, err
	}
	defer cl.Close()
	times := map[session.TP]time.Time{}
	for len(times) < len(at) {
		fetches := cl.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			return nil, err
		}
		fetches.EachPartition(func(p kgo.FetchTopicPartition) {
			k := session.TP{Topic: p.Topic, Part: p.Partition}
			if _, ok := times[k]; !ok && len(p.Records) > 0 {
				times[k] = p.Records[0].Timestamp
			}
		})
	}
	return times, nil
}
