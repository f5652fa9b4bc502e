package past

import (
	"context"
	"errors"
	"fmt"
	"time"

	"weir/topologies/kafka/client"

	"github.com/twmb/franz-go/pkg/kadm"
)

// Span is a part of a topic: the offsets [start, end) of every partition. Partitions without any are not in Parts.
type Span struct {
	Topic string
	Parts map[int32][2]int64
	// Partitions is how many partitions the topic has.
	Partitions int
}

// Records is the number of offsets.
func (s Span) Records() (n int64) {
	for _, p := range s.Parts {
		n += p[1] - p[0]
	}
	return n
}

// Only is the part of s in some partitions.
func (s Span) Only(parts ...int32) Span {
	out := Span{Topic: s.Topic, Parts: map[int32][2]int64{}, Partitions: s.Partitions}
	for _, p := range parts {
		if o, ok := s.Parts[p]; ok {
			out.Parts[p] = o
		}
	}
	return out
}

// Offsets finds the part of a topic that was written in [from, to), to the millisecond. Zero times are the ends of the topic as of now;
// what an open transaction holds back is not in it.
func Offsets(ctx context.Context, cluster client.Config, topic string, from, to time.Time) (Span, error) {
	adm, done, err := cluster.Admin()
	if err != nil {
		return Span{Topic: topic}, fmt.Errorf("offsets of %s: %w", topic, err)
	}
	defer done()
	return OffsetsWith(ctx, adm, topic, from, to)
}

// OffsetsWith is Offsets with a client of the caller.
func OffsetsWith(ctx context.Context, adm *kadm.Client, topic string, from, to time.Time) (Span, error) {
	s := Span{Topic: topic, Parts: map[int32][2]int64{}}
	starts, err := bound(ctx, adm, topic, from, adm.ListStartOffsets)
	if err != nil {
		return s, fmt.Errorf("start offsets of %s: %w", topic, err)
	}
	stable, err := bound(ctx, adm, topic, time.Time{}, adm.ListCommittedOffsets)
	if err != nil {
		return s, fmt.Errorf("end offsets of %s: %w", topic, err)
	}
	ends := stable
	if !to.IsZero() {
		if ends, err = bound(ctx, adm, topic, to, nil); err != nil {
			return s, fmt.Errorf("end offsets of %s: %w", topic, err)
		}
	}
	s.Partitions = len(ends[topic])
	for p, end := range ends[topic] {
		start, ok := starts.Lookup(topic, p)
		last, known := stable.Lookup(topic, p)
		if !ok || !known {
			return s, fmt.Errorf("offsets of %s/%d: unknown", topic, p)
		}
		if until := min(end.Offset, last.Offset); start.Offset < until {
			s.Parts[p] = [2]int64{start.Offset, until}
		}
	}
	return s, nil
}

func bound(ctx context.Context, adm *kadm.Client, topic string, at time.Time,
	zero func(context.Context, ...string) (kadm.ListedOffsets, error)) (kadm.ListedOffsets, error) {
	list := zero
	if !at.IsZero() {
		list = func(ctx context.Context, topics ...string) (kadm.ListedOffsets, error) {
			return adm.ListOffsetsAfterMilli(ctx, max(at.UnixMilli(), 0), topics...) // below it, Kafka's numbers have meanings of their own
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
