package trace

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"weir/codecs/deadletter"
	"weir/codecs/ledger"
	"weir/codecs/outcome"
	"weir/codecs/raw"
	"weir/codecs/topic"
	"weir/topologies/kafka/lag"
	"weir/topologies/rawrecord"

	"github.com/twmb/franz-go/pkg/kgo"
)

// At is where a record is, and when it was written.
type At struct {
	Topic     string    `json:"topic"`
	Partition int32     `json:"partition"`
	Offset    int64     `json:"offset"`
	Written   time.Time `json:"written"`
}

func at(r *kgo.Record) At { return At{r.Topic, r.Partition, r.Offset, r.Timestamp.UTC()} }

// Entry is what the ledger says about the envelope once: when it was processed, waits for its config, or was replayed.
type Entry struct {
	At            // of the ledger record
	Source At     // the record that was processed
	Replay string // id of the run; empty: live
	Effect ledger.Entry
}

// Letter is a dead letter of the envelope.
type Letter struct {
	At
	deadletter.Letter
}

// Story is what happened to one envelope.
type Story struct {
	Found
	// Waits are its records on parked and released, or on forward and forward-aside, in the order in which they were written.
	Waits   []At
	Ledger  []Entry
	Letters []Letter
	// Behind is how many records the group has to process before this one, and this one; 0: it has been read. -1: not known.
	Behind int64
}

// Tell gathers what happened to an envelope.
func Tell(ctx context.Context, cfg Config, f Found) (*Story, error) {
	t := &teller{cfg: &cfg, Story: Story{Found: f}}
	if err := t.ledger(ctx, f.At); err != nil {
		return nil, err
	}
	if !f.Record.Receipt.IsNil() { // which names it everywhere else
		if cfg.Forwards || slices.ContainsFunc(t.Ledger, func(e Entry) bool { return e.Effect.Parked > 0 }) {
			if err := t.waits(ctx); err != nil {
				return nil, err
			}
		}
		if err := t.letters(ctx); err != nil {
			return nil, err
		}
	}
	t.behind(ctx)
	return &t.Story, ctx.Err()
}

// Limited are the verdicts of rate limits that live traffic found, for chain.Input.
func (s *Story) Limited(code int) (outcome.Reason, bool) {
	for i := range s.Ledger {
		if s.Ledger[i].Replay != "" {
			continue
		}
		for _, l := range s.Ledger[i].Effect.Limited {
			if l.Unit == code {
				return l.Reason, true
			}
		}
	}
	return "", false
}

// Done is the entry that ended the envelope in live traffic, nil when there is none.
func (s *Story) Done() *Entry {
	for i := range s.Ledger {
		if e := &s.Ledger[i]; e.Replay == "" && e.Effect.Parked == 0 {
			return e
		}
	}
	return nil
}

// teller gathers a story.
type teller struct {
	cfg *Config
	Story
}

// since is when the envelope was written, or received where that is not known: nothing was written for it before.
func (s *Story) since() time.Time { return cmp.Or(s.Written, s.Record.ReceivedAt).Add(-skew) }

// topic reads what was written to a topic since the envelope, in the partition of a key; in all of them where key is nil. A topic that is not
// there has nothing.
func (t *teller) topic(ctx context.Context, name string, key []byte, f func(*kgo.Record)) error {
	c := t.cfg
	span, err := offsets(ctx, c.Cluster, name, t.since(), time.Time{})
	if err != nil || span.Partitions == 0 {
		return err
	}
	if key != nil {
		span = span.Only(int32(topic.FNVPartition(key, span.Partitions)))
	}
	return c.read(ctx, c.Cluster, span, func(r *kgo.Record) error {
		f(r)
		return nil
	})
}

// ledger notes the entries about some of the envelope's records.
func (t *teller) ledger(ctx context.Context, sources ...At) error {
	key, received := t.Record.Key, t.Record.ReceivedAt
	if key == "" {
		key = ledger.NoKey
	}
	if received.Unix() <= 0 {
		received = t.Written
	}
	row := ledger.Record{Project: key, Hour: ledger.HourOf(received.Unix())}
	err := t.topic(ctx, t.cfg.Names.Ledger, row.RecordKey(), func(r *kgo.Record) {
		if string(r.Key) != string(row.RecordKey()) || len(r.Value) == 0 {
			return
		}
		rec, err := ledger.Decode(r.Value)
		if err != nil {
			t.cfg.Log.Warn("a ledger record cannot be read", "partition", r.Partition, "offset", r.Offset, "error", err)
			return
		}
		for _, s := range sources {
			if s.Topic != rec.Source.Topic || s.Partition != rec.Source.Partition {
				continue
			}
			for _, e := range rec.Entries {
				if slices.ContainsFunc(e.Offsets, func(o [2]int64) bool { return o[0] <= s.Offset && s.Offset <= o[1] }) {
					t.Ledger = append(t.Ledger, Entry{At: at(r), Source: s, Replay: rec.Replay, Effect: ours(e, t.Record.Receipt)})
				}
			}
		}
	})
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	slices.SortStableFunc(t.Ledger, func(a, b Entry) int { // entries of a place are told late, together with others
		return cmp.Or(compareBool(a.Replay != "", b.Replay != ""), a.Source.Written.Compare(b.Source.Written), a.Written.Compare(b.Written))
	})
	return nil
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// ours leaves of an entry what is about one envelope.
func ours(e ledger.Entry, receipt raw.ReceiptID) ledger.Entry {
	e.Offsets = nil
	e.Limited = slices.DeleteFunc(slices.Clone(e.Limited), func(l ledger.Limited) bool { return l.Receipt != receipt })
	return e
}

// waits finds the records of an envelope that waited for its config or waits for the upstream, and what the ledger says about them.
func (t *teller) waits(ctx context.Context) error {
	n := t.cfg.Names
	topics, key := []string{n.Parked, n.Released}, t.Record.RecordKey()
	if t.cfg.Forwards {
		topics = append(topics, n.Forward, n.ForwardAside)
	}
	for _, name := range topics {
		if name == n.Forward {
			key = nil // in the order of public keys
		}
		if err := t.topic(ctx, name, key, func(r *kgo.Record) {
			if rawrecord.Decode(r).Receipt == t.Record.Receipt {
				t.Waits = append(t.Waits, at(r))
			}
		}); err != nil {
			return err
		}
	}
	slices.SortStableFunc(t.Waits, func(a, b At) int { return a.Written.Compare(b.Written) })
	if len(t.Waits) == 0 {
		return nil
	}
	return t.ledger(ctx, t.Waits...)
}

// letters finds the dead letters of the envelope.
func (t *teller) letters(ctx context.Context) error {
	if d := t.Done(); d != nil && d.Effect.Dead == 0 && d.Effect.Items.Dead == 0 && t.Letter == nil {
		return nil
	}
	key := t.Record.RecordKey()
	if t.cfg.Forwards { // those of records for the upstream have another key
		key = nil
	}
	return t.topic(ctx, t.cfg.Names.DeadLetters, key, func(r *kgo.Record) {
		if l, err := deadletter.Decode(r.Value); err == nil && l.Receipt == t.Record.Receipt {
			t.Letters = append(t.Letters, Letter{at(r), *l})
		}
	})
}

// behind asks how far the group is that has to process the envelope, or that of the last place where it waits. That may be unknown: of a cluster
// that has never had a group, too.
func (t *teller) behind(ctx context.Context) {
	t.Behind = -1
	group, place := t.cfg.Groups.Pipeline, t.At
	if n := len(t.Waits); n > 0 {
		place = t.Waits[n-1]
		switch place.Topic {
		case t.cfg.Names.Parked:
			group = t.cfg.Groups.Parking
		case t.cfg.Names.Forward:
			group = t.cfg.Groups.Forward
		case t.cfg.Names.ForwardAside:
			group = t.cfg.Groups.ForwardAside
		}
	}
	parts, err := lag.Read(ctx, t.cfg.Cluster, lag.Group{Name: group, Topics: []string{place.Topic}})
	if err != nil {
		t.cfg.Log.Warn("how far the group is that processes it is not known", "group", group, "error", err)
		return
	}
	for _, p := range parts {
		if p.Partition == place.Partition {
			t.Behind = max(place.Offset+1-p.Committed, 0)
		}
	}
}
