package trace

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"weir/codecs/ledger"
	"weir/codecs/outcome"
	"weir/codecs/topic"
	"weir/topologies/kafka/client"
	"weir/topologies/pipeline"
	"weir/topologies/replay"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Place is a message that is on a topic.
type Place struct {
	At
	Replay string `json:"replay,omitempty"` // id of the run that wrote it; empty: live traffic
	Same   bool   `json:"same"`             // it is what the chain would write now, byte for byte
	// Of outcomes: what the message counts, of this envelope and of others.
	Quantity uint64 `json:"quantity,omitempty"`
}

// Output is a message that the chain makes of the envelope now, and where it is.
type Output struct {
	kgo.Record
	Places []Place
}

// maxRuns is how many replays are looked for.
const maxRuns = 16

// stretches are the times at which messages of the envelope were written: until the ledger told about it, and while it was replayed.
func (s *Story) stretches(now time.Time) (list [][2]time.Time) {
	live := [2]time.Time{s.since(), now.Add(skew)}
	runs := 0
	for i := len(s.Ledger) - 1; i >= 0; i-- {
		e := &s.Ledger[i]
		if e.Replay != "" {
			if runs++; runs <= maxRuns {
				list = append(list, [2]time.Time{e.Written.Add(-time.Minute), e.Written.Add(skew)})
			}
			continue
		}
		if live[1].After(now) && e.Effect.Parked == 0 {
			live[1] = e.Written.Add(skew)
		}
	}
	if s.Done() == nil && live[1].Sub(live[0]) > 10*time.Minute {
		live[1] = live[0].Add(10 * time.Minute) // whatever happened, it is not there
	}
	list = append(list, live)
	slices.SortFunc(list, func(a, b [2]time.Time) int { return a[0].Compare(b[0]) })
	merged := list[:1]
	for _, w := range list[1:] {
		if last := &merged[len(merged)-1]; !w[0].After(last[1]) {
			last[1] = later(last[1], w[1])
			continue
		}
		merged = append(merged, w)
	}
	return merged
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Locate finds the messages that were written for the envelope: those with the key of an output. elsewhere are the clusters of topics that are
// not on the cluster of the configuration.
func (s *Story) Locate(ctx context.Context, cfg Config, outputs []Output, elsewhere map[string]client.Config) error {
	byTopic := map[string][]*Output{}
	var names []string
	for i := range outputs {
		name := outputs[i].Topic
		if byTopic[name] == nil {
			names = append(names, name)
		}
		byTopic[name] = append(byTopic[name], &outputs[i])
	}
	for _, name := range names {
		keyed := func(n int) (parts []int32) {
			for _, o := range byTopic[name] {
				parts = append(parts, int32(topic.CRCPartition(o.Key, n)))
			}
			return parts
		}
		if err := s.each(ctx, cfg, name, elsewhere, keyed, func(r *kgo.Record) { place(byTopic[name], r) }); err != nil {
			return err
		}
	}
	return nil
}

// place notes a record with the outputs that have its key. Several may have one, as chunks of a file: those with its value take it.
func place(outputs []*Output, r *kgo.Record) {
	p := Place{At: at(r)}
	for _, h := range r.Headers {
		if h.Key == replay.HeaderReplay {
			p.Replay = string(h.Value)
		}
	}
	var first *Output
	for _, o := range outputs {
		if !bytes.Equal(o.Key, r.Key) {
			continue
		}
		if bytes.Equal(o.Value, r.Value) && !slices.ContainsFunc(o.Places, func(q Place) bool { return q.Same && q.Replay == p.Replay }) {
			p.Same = true
			o.Places = append(o.Places, p)
			return
		}
		first = cmp.Or(first, o)
	}
	if first != nil {
		p.Same = bytes.Equal(first.Value, r.Value)
		first.Places = append(first.Places, p)
	}
}

// each reads the records of an operator's topic in the stretches of time in which those of the envelope were written. A topic that is not
// there has none.
func (s *Story) each(ctx context.Context, cfg Config, name string, elsewhere map[string]client.Config, keyed func(partitions int) []int32, f func(*kgo.Record)) error {
	cluster := cfg.Cluster
	if other, ok := elsewhere[name]; ok {
		cluster = other
	}
	for _, w := range s.stretches(cfg.Clock()) {
		span, err := offsets(ctx, cluster, name, w[0], w[1])
		if err != nil {
			return fmt.Errorf("messages: %w", err)
		}
		if span.Partitions == 0 {
			return nil
		}
		if keyed != nil {
			span = span.Only(keyed(span.Partitions)...)
		}
		if err := cfg.read(ctx, cluster, span, func(r *kgo.Record) error {
			f(r)
			return nil
		}); err != nil {
			return fmt.Errorf("messages: %w", err)
		}
	}
	return nil
}

// Told finds the outcome messages that count the envelope, by what they say that they count; Quantity is 0 in the keys. topics are those of
// outcomes. They are told for many envelopes together: a message says which offsets it covers.
func (s *Story) Told(ctx context.Context, cfg Config, topics []string, elsewhere map[string]client.Config) (map[ledger.Count][]Place, error) {
	told := map[ledger.Count][]Place{}
	sources := append([]At{s.At}, s.Waits...)
	for _, name := range topics {
		if err := s.each(ctx, cfg, name, elsewhere, nil, func(r *kgo.Record) {
			if !slices.ContainsFunc(sources, func(a At) bool { return pipeline.Covers(cfg.Names, r.Key, a.Topic, a.Partition, a.Offset) }) {
				return
			}
			t, _, err := outcome.ParseMessage(r.Value)
			if err != nil {
				return
			}
			key := ledger.Count{Category: t.Category, ID: t.ID, Reason: t.Reason}
			told[key] = append(told[key], Place{At: at(r), Quantity: t.Quantity, Same: true})
		}); err != nil {
			return nil, err
		}
	}
	return told, nil
}
