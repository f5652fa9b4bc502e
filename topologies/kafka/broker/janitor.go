package broker

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// janitor makes one round after another until ctx ends.
func (b *Broker) janitor(ctx context.Context) error {
	tick := time.NewTicker(b.cfg.Every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		if err := b.Clean(ctx); err != nil && ctx.Err() == nil {
			b.cfg.Log.Warn("embedded broker: janitor", "error", err)
		}
	}
}

// Clean is one round: measure, delete what everybody has read beyond the window, open or close the entry.
func (b *Broker) Clean(ctx context.Context) error {
	b.round.Lock()
	defer b.round.Unlock()
	readers, err := b.readers(ctx)
	if err != nil {
		return err
	}
	parts, err := b.parts(ctx, readers)
	if err != nil {
		return err
	}
	cuts := plan(parts, b.cfg.Window)
	for _, c := range cuts {
		if err := b.cluster.DeleteRecords(c.topic, c.part, c.before); err != nil {
			return fmt.Errorf("delete records of %s/%d before %d: %w", c.topic, c.part, c.before, err)
		}
	}
	s := Stats{MaxBytes: b.cfg.MaxBytes}
	for _, p := range parts {
		bytes := p.bytes
		if info := b.cluster.PartitionInfo(p.topic, p.part); info != nil {
			bytes = info.NumBytes // after the cuts
		}
		s.Bytes += bytes
		unread := p.bytes - p.finished()
		s.Unread += unread
		if slices.Contains(b.cfg.Entry, p.topic) {
			s.Entry += unread
		}
	}
	// What is still unread will be written once more as output.
	need := s.Bytes + s.Entry
	if b.full.Load() {
		need += b.cfg.MaxBytes / 16 // do not flap
	}
	b.setFull(need > b.cfg.MaxBytes)
	s.Full = b.Full()
	b.stats.Store(&s)
	return nil
}

// readers are the declared groups and every other group that has members.
func (b *Broker) readers(ctx context.Context) (map[string][]string, error) {
	byTopic := map[string][]string{}
	declared := map[string]bool{}
	for _, g := range b.cfg.Readers {
		declared[g.Name] = true
		for _, t := range g.Topics {
			byTopic[t] = append(byTopic[t], g.Name)
		}
	}
	groups, err := b.adm.ListGroups(ctx)
	if err != nil {
		return nil, fmt.Errorf("list groups: %w", err)
	}
	for _, g := range groups.Groups() {
		if declared[g] {
			continue
		}
		info := b.cluster.GroupInfo(g)
		if info == nil || len(info.Members) == 0 {
			continue
		}
		topics := map[string]bool{}
		for t := range info.Commits {
			topics[t] = true
		}
		for _, m := range info.Members {
			for t := range m.Assignment {
				topics[t] = true
			}
		}
		for t := range topics {
			byTopic[t] = append(byTopic[t], g)
		}
	}
	return byTopic, nil
}

// parts measures every partition that the janitor may cut.
func (b *Broker) parts(ctx context.Context, readers map[string][]string) ([]part, error) {
	topics, err := b.adm.ListTopics(ctx)
	if err != nil {
		return nil, fmt.Errorf("list topics: %w", err)
	}
	commits := map[string]map[string]map[int32]int64{} // group, topic, partition
	var parts []part
	for _, topic := range topics.Names() {
		compacted := b.compacted(topic)
		for _, info := range b.cluster.PartitionInfos(topic) {
			p := part{topic: topic, part: info.Partition, start: info.LogStartOffset, end: info.HighWatermark, bytes: info.NumBytes, safe: info.HighWatermark}
			if compacted {
				p.safe = p.start
			}
			for _, g := range readers[topic] {
				if commits[g] == nil {
					commits[g] = b.commits(g)
				}
				at, ok := commits[g][topic][info.Partition]
				if !ok {
					at = p.start
				}
				p.safe = min(p.safe, at)
			}
			parts = append(parts, p)
		}
	}
	for _, l := range b.linked {
		l.observe(parts)
		for i := range parts {
			if parts[i].topic == l.Topic {
				parts[i].safe = min(parts[i].safe, l.settled(parts[i]))
			}
		}
	}
	return parts, nil
}

func (b *Broker) commits(group string) map[string]map[int32]int64 {
	out := map[string]map[int32]int64{}
	info := b.cluster.GroupInfo(group)
	if info == nil {
		return out
	}
	for t, ps := range info.Commits {
		out[t] = map[int32]int64{}
		for p, c := range ps {
			out[t][p] = c.Offset
		}
	}
	return out
}

func (b *Broker) compacted(topic string) bool {
	info := b.cluster.TopicInfo(topic)
	if info == nil {
		return false
	}
	v := info.Configs["cleanup.policy"]
	return v != nil && strings.Contains(*v, "compact")
}
