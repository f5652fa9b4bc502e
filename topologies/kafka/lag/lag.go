package lag

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"weir/topologies/kafka/client"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// Group names a consumer group and its input topics.
type Group struct {
	Name   string
	Topics []string
}

// Partition is the position of one group in one partition.
type Partition struct {
	Group     string `json:"group"`
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Start     int64  `json:"start"`     // first offset that still exists
	End       int64  `json:"end"`       // offset of the next record
	Committed int64  `json:"committed"` // next offset to process; Start when the group has committed nothing
	Fresh     bool   `json:"-"`         // the group has committed nothing
	Lag       int64  `json:"lag"`       // records not processed yet, at most (offsets may have gaps)
	Lost      int64  `json:"lost"`      // records deleted before they were processed (Start - Committed, when positive)
}

// Read returns the positions of all groups in their topics, by group, topic and partition.
func Read(ctx context.Context, cluster client.Config, groups ...Group) ([]Partition, error) {
	adm, done, err := cluster.Admin()
	if err != nil {
		return nil, fmt.Errorf("lag: %w", err)
	}
	defer done()
	return ReadWith(ctx, adm, groups...)
}

// patience is how long a cluster that has never had a group may take to make the topic of their offsets.
const patience = 5 * time.Second

// fetch asks for the offsets of groups, again while their coordinators begin to work.
func fetch(ctx context.Context, adm *kadm.Client, names []string) (committed kadm.FetchOffsetsResponses) {
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_ = client.Patiently(wait, func() (later error) {
		committed = adm.FetchManyOffsets(ctx, names...)
		committed.EachError(func(r kadm.FetchOffsetsResponse) {
			if kerr.IsRetriable(r.Err) {
				later = r.Err
			}
		})
		return later
	})
	return committed
}

// ReadWith is Read with a client of the caller.
func ReadWith(ctx context.Context, adm *kadm.Client, groups ...Group) ([]Partition, error) {
	var topics, names []string
	for _, g := range groups {
		names = append(names, g.Name)
		topics = append(topics, g.Topics...)
	}
	slices.Sort(topics)
	topics = slices.Compact(topics)
	if len(topics) == 0 {
		return nil, nil
	}
	committed := fetch(ctx, adm, names)
	starts, err := adm.ListStartOffsets(ctx, topics...)
	if err != nil {
		return nil, fmt.Errorf("lag: start offsets: %w", err)
	}
	ends, err := adm.ListEndOffsets(ctx, topics...)
	if err != nil {
		return nil, fmt.Errorf("lag: end offsets: %w", err)
	}
	var out []Partition
	for _, g := range groups {
		r := committed[g.Name]
		if r.Err != nil && !errors.Is(r.Err, kerr.GroupIDNotFound) { // a group without commits may be unknown
			return nil, fmt.Errorf("lag: offsets of group %s: %w", g.Name, r.Err)
		}
		for _, topic := range g.Topics {
			for _, part := range sortedPartitions(ends[topic]) {
				end := ends[topic][part]
				if end.Err != nil {
					return nil, fmt.Errorf("lag: end of %s/%d: %w", topic, part, end.Err)
				}
				p := Partition{Group: g.Name, Topic: topic, Partition: part, End: end.Offset}
				if s, ok := starts.Lookup(topic, part); ok {
					p.Start = s.Offset
				}
				p.Committed, p.Fresh = p.Start, true
				if c, ok := r.Fetched.Lookup(topic, part); ok && c.At >= 0 {
					p.Committed, p.Fresh = c.At, false
				}
				p.Lost = max(p.Start-p.Committed, 0)
				p.Lag = max(p.End-max(p.Committed, p.Start), 0)
				out = append(out, p)
			}
		}
	}
	return out, nil
}

func sortedPartitions(m map[int32]kadm.ListedOffset) []int32 {
	ps := make([]int32, 0, len(m))
	for p := range m {
		ps = append(ps, p)
	}
	slices.Sort(ps)
	return ps
}
