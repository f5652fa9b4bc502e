package trace

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"weir/codecs/deadletter"
	"weir/codecs/raw"
	"weir/codecs/topic"
	"weir/topologies/kafka/past"
	"weir/topologies/rawrecord"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Found is an envelope that has the id.
type Found struct {
	How    string // in which way it has the id
	At            // of the record that the edge wrote; Written is zero where only a dead letter is left
	Record *raw.Record
	Letter *deadletter.Letter // the raw record is gone, this is what is left of it
}

// Searched says what was read.
type Searched struct {
	Topic      string    `json:"topic"`
	Partitions int       `json:"partitions"` // of the topic
	From       time.Time `json:"from"`
	To         time.Time `json:"to"`
	Records    int64     `json:"records"` // offsets in that time
	Matches    int64     `json:"matches"` // envelopes with the id that were read
}

// errFound ends a search.
var errFound = errors.New("found")

// search is one call of Search.
type search struct {
	cfg      *Config
	match    *matcher
	found    []Found
	seen     map[[2]int64]bool
	searched Searched
}

// Search finds the envelope, or with All every one, the newest ones alone if so configured, in the order in which they were written. What was searched is told in any case.
func Search(ctx context.Context, cfg Config) ([]Found, []Searched, error) {
	if err := cfg.Validate(); err != nil {
		return nil, nil, err
	}
	s := &search{cfg: &cfg, match: newMatcher(cfg.ID), seen: map[[2]int64]bool{}}
	err := s.raw(ctx)
	what := []Searched{s.searched}
	if err == nil && len(s.found) == 0 {
		s.searched = Searched{}
		err = s.letters(ctx)
		if s.searched.Topic != "" {
			what = append(what, s.searched)
		}
	}
	s.newest()
	return s.found, what, err
}

// add notes an envelope; errFound says that it is enough. Any number may have one id, and each brings its body along: those before the newest are
// forgotten.
func (s *search) add(f Found) error {
	s.found = append(s.found, f)
	s.searched.Matches++
	if n := s.cfg.Newest; n > 0 && len(s.found) >= 2*n {
		s.newest()
	}
	if !s.cfg.All {
		return errFound
	}
	return nil
}

// newest puts what was found in order, and leaves no more than is wanted.
func (s *search) newest() {
	slices.SortStableFunc(s.found, func(a, b Found) int { return a.Written.Compare(b.Written) })
	if n := s.cfg.Newest; n > 0 && len(s.found) > n {
		s.found = slices.Delete(s.found, 0, len(s.found)-n)
	}
}

// raw looks at the raw topic: where the id is the key, then everywhere.
func (s *search) raw(ctx context.Context) error {
	c := s.cfg
	whole, err := past.Offsets(ctx, c.Cluster, c.Names.Raw, c.From, c.To)
	if err != nil {
		return err
	}
	from, to := c.From, c.To
	if to.IsZero() {
		to = c.Clock()
	}
	s.searched = Searched{Topic: c.Names.Raw, Partitions: whole.Partitions, From: from, To: to, Records: whole.Records()}
	if c.All {
		return s.read(ctx, whole, s.match.byContent)
	}
	if at := raw.ReceiptID(c.ID).Time(); raw.ReceiptID(c.ID)[6]>>4 == 7 && at.After(from) && at.Before(to) { // the id tells the time
		if done, err := s.window(ctx, at.Add(-time.Minute), at.Add(10*time.Minute), s.match.byContent, nil); done || err != nil {
			return err
		}
	}
	keyed := []int32{int32(topic.FNVPartition(s.match.key, whole.Partitions)), int32(topic.FNVPartition(s.match.hyphen, whole.Partitions))}
	for _, pass := range []struct {
		match matchFunc
		parts []int32
	}{{s.match.byKey, keyed}, {s.match.byContent, nil}} {
		for _, w := range windows(from, to) {
			if done, err := s.window(ctx, w[0], w[1], pass.match, pass.parts); done || err != nil {
				return err
			}
		}
	}
	return nil
}

type matchFunc func(*kgo.Record) (string, bool)

// window reads what was written in a stretch of time, in some partitions or in all.
func (s *search) window(ctx context.Context, from, to time.Time, match matchFunc, parts []int32) (done bool, err error) {
	c := s.cfg
	if !c.From.IsZero() && from.Before(c.From) {
		from = c.From
	}
	if !to.Before(s.searched.To) { // to the very end of what is wanted, whatever clocks say
		to = c.To
	}
	span, err := past.Offsets(ctx, c.Cluster, c.Names.Raw, from, to)
	if err != nil {
		return false, err
	}
	if parts != nil {
		span = span.Only(parts...)
	}
	err = s.read(ctx, span, match)
	if errors.Is(err, errFound) {
		return true, nil
	}
	return false, err
}

func (s *search) read(ctx context.Context, span past.Span, match matchFunc) error {
	return s.cfg.read(ctx, s.cfg.Cluster, span, func(r *kgo.Record) error {
		how, ok := match(r)
		place := [2]int64{int64(r.Partition), r.Offset}
		if !ok || s.seen[place] {
			return nil
		}
		s.seen[place] = true
		return s.add(Found{How: how, At: at(r), Record: rawrecord.Decode(r)})
	})
}

// windows cuts a range of time into stretches, the newest first: what people ask for happened lately. A zero from is as long ago as there
// are records.
func windows(from, to time.Time) (list [][2]time.Time) {
	for back := 10 * time.Minute; ; back *= 6 {
		start := to.Add(-back)
		if !start.After(from) || back > 48*time.Hour {
			start = from
		}
		end := to
		if len(list) > 0 {
			end = list[len(list)-1][0]
		}
		list = append(list, [2]time.Time{start, end})
		if start.Equal(from) {
			return list
		}
	}
}

// letters looks at dead letters, which stay longer than raw records, for those of an envelope that is gone.
func (s *search) letters(ctx context.Context) error {
	c := s.cfg
	span, err := offsets(ctx, c.Cluster, c.Names.DeadLetters, c.From, time.Time{})
	if err != nil {
		return fmt.Errorf("dead letters: %w", err)
	}
	if span.Partitions == 0 {
		return nil // a cluster of a process that never had one
	}
	s.searched = Searched{Topic: c.Names.DeadLetters, Partitions: span.Partitions, From: c.From, To: c.Clock(), Records: span.Records()}
	err = c.read(ctx, c.Cluster, span, func(r *kgo.Record) error {
		l, how, ok := s.match.letter(r)
		if !ok {
			return nil
		}
		return s.add(Found{How: how, At: At{Topic: l.Topic, Partition: l.Partition, Offset: l.Offset}, Record: raw.Decode(l.Key, l.Value, l.Headers), Letter: l})
	})
	if err != nil && !errors.Is(err, errFound) {
		return fmt.Errorf("dead letters: %w", err)
	}
	return nil
}
