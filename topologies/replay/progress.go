package replay

import (
	"context"
	"errors"
	"fmt"

	"weir/topologies/kafka/client"
	"weir/topologies/kafka/past"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// bookmark keeps how far a run has come, as the committed offsets of a consumer group without members.
type bookmark struct {
	cluster      client.Config
	group, topic string
}

// cut leaves out of a span what the run has done before, and returns how many offsets that is.
func (b bookmark) cut(ctx context.Context, s *past.Span) (done int64, err error) {
	adm, end, err := b.cluster.Admin()
	if err != nil {
		return 0, fmt.Errorf("progress of the run: %w", err)
	}
	defer end()
	os, err := adm.FetchOffsetsForTopics(ctx, b.group, b.topic)
	if errors.Is(err, kerr.GroupIDNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("progress of the run: %w", err)
	}
	for p, o := range s.Parts {
		c, ok := os.Lookup(b.topic, p)
		if !ok || c.At <= o[0] {
			continue
		}
		at := min(c.At, o[1])
		done += at - o[0]
		if s.Parts[p] = [2]int64{at, o[1]}; at == o[1] {
			delete(s.Parts, p)
		}
	}
	return done, nil
}

// keep remembers the next offset of every partition.
func (b bookmark) keep(ctx context.Context, next map[int32]int64) error {
	adm, end, err := b.cluster.Admin()
	if err != nil {
		return fmt.Errorf("keep the progress of the run: %w", err)
	}
	defer end()
	var os kadm.Offsets
	for p, at := range next {
		os.Add(kadm.Offset{Topic: b.topic, Partition: p, At: at, LeaderEpoch: -1})
	}
	rs, err := adm.CommitOffsets(ctx, b.group, os)
	if err = errors.Join(err, rs.Error()); err != nil {
		return fmt.Errorf("keep the progress of the run: %w", err)
	}
	return nil
}
