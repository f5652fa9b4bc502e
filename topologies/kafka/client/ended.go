package client

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Ended reports whether a partition holds no record in the offsets (after, end). The end of a log may be without records:
// transaction markers, deleted records, tombstones that compaction has removed. A reader that waits for the record before
// the end would wait for ever. Records of the batch that holds offset after count as read.
func Ended(ctx context.Context, cl *kgo.Client, topic string, part int32, after, end int64) (bool, error) {
	adm := kadm.NewClient(cl)
	ts, err := adm.ListTopics(ctx, topic)
	if err != nil {
		return false, fmt.Errorf("probe %s/%d: %w", topic, part, err)
	}
	starts, err := adm.ListStartOffsets(ctx, topic)
	if err != nil {
		return false, fmt.Errorf("probe %s/%d: %w", topic, part, err)
	}
	p, ok := ts[topic].Partitions[part]
	if err := errors.Join(ts[topic].Err, p.Err); err != nil || !ok {
		return false, fmt.Errorf("probe %s/%d: no such partition: %w", topic, part, err)
	}
	for from := after + 1; from < end; {
		if start, ok := starts.Lookup(topic, part); ok && start.Err == nil && start.Offset > from {
			from = start.Offset
			continue
		}
		next, err := probe(ctx, cl.Broker(int(p.Leader)), topic, ts[topic].ID, part, after, from)
		if err != nil {
			return false, fmt.Errorf("probe %s/%d at %d: %w", topic, part, from, err)
		}
		if next <= from {
			return false, nil
		}
		from = next
	}
	return true, nil
}

// probe fetches at from once and returns the offset up to which no record follows after, from itself when one does or
// nothing is known.
func probe(ctx context.Context, b *kgo.Broker, topic string, id [16]byte, part int32, after, from int64) (int64, error) {
	req := kmsg.NewPtrFetchRequest()
	req.ReplicaID, req.MinBytes, req.MaxBytes, req.SessionEpoch = -1, 0, 1<<20, -1
	rt := kmsg.NewFetchRequestTopic()
	rt.Topic, rt.TopicID = topic, id
	rp := kmsg.NewFetchRequestTopicPartition()
	rp.Partition, rp.FetchOffset, rp.PartitionMaxBytes = part, from, 1<<20
	rt.Partitions = append(rt.Partitions, rp)
	req.Topics = append(req.Topics, rt)
	kresp, err := b.RetriableRequest(ctx, req)
	if err != nil {
		return from, err
	}
	resp := kresp.(*kmsg.FetchResponse)
	if err := kerr.ErrorForCode(resp.ErrorCode); err != nil {
		return from, err
	}
	if len(resp.Topics) != 1 || len(resp.Topics[0].Partitions) != 1 {
		return from, errors.New("the answer is about something else")
	}
	got := resp.Topics[0].Partitions[0]
	if err := kerr.ErrorForCode(got.ErrorCode); err != nil {
		return from, err
	}
	return skipEmpty(got.RecordBatches, after, from), nil
}

// skipEmpty walks over the batches in b and stops at the first with records behind after. It returns the offset that
// follows the last batch passed. The header's positions are those of Kafka's record batches, magic 2.
func skipEmpty(b []byte, after, from int64) int64 {
	const header, control = 61, 0x20
	for len(b) >= header {
		first := int64(binary.BigEndian.Uint64(b))
		length := 12 + int(binary.BigEndian.Uint32(b[8:]))
		attributes, delta, records := binary.BigEndian.Uint16(b[21:]), int32(binary.BigEndian.Uint32(b[23:])), int32(binary.BigEndian.Uint32(b[57:]))
		if length < header || records > 0 && attributes&control == 0 && first > after {
			return from
		}
		from = max(from, first+int64(delta)+1)
		b = b[min(length, len(b)):]
	}
	return from
}
