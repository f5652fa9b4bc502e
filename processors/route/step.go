package route

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"

	"weir/codecs/envelope"
	"weir/codecs/ingest"
	"weir/codecs/metric"
	"weir/codecs/outcome"
	"weir/codecs/record"
	"weir/processors"
)

// reasonInternal is the outcome of what cannot become a message (pipeline 9.9).
const reasonInternal outcome.Reason = "internal"

// reasonDiscarded is the outcome of transactions that their project does not keep (items, feature flags).
const reasonDiscarded outcome.Reason = "discarded"

const (
	defaultChunkSize     = 1 << 20
	defaultReplayMessage = 15 << 20
	// overhead bounds what a message adds to the payload that it carries.
	overhead = 4 << 10
)

// Config is what the operator sets about messages. The zero value means the defaults.
type Config struct {
	AttachmentChunkSize int // processing.attachment_chunk_size in bytes; 0: 1 MiB
	MaxReplayMessage    int // limits.max_replay_message_size in bytes; 0: 15 MiB
	// MaxMessage is the largest message of each topic in bytes, by ingest.Topic; missing or 0: unbounded.
	MaxMessage map[ingest.Topic]int
	Aggregator metric.Config // for the size of metric messages
	Metrics    *Metrics      // nil: none
}

// Validate reports all faults.
func (c Config) Validate() error {
	var errs []error
	if c.AttachmentChunkSize < 0 {
		errs = append(errs, errors.New("processing.attachment_chunk_size: negative"))
	}
	if c.MaxReplayMessage < 0 {
		errs = append(errs, errors.New("limits.max_replay_message_size: negative"))
	}
	for t, n := range c.MaxMessage {
		if n < 0 {
			errs = append(errs, errors.New("largest message of topic "+t.Key()+": negative"))
		}
	}
	return errors.Join(append(errs, c.Aggregator.Validate())...)
}

// Step ends every open item of a unit.
func Step(cfg Config) processors.Step {
	if cfg.AttachmentChunkSize == 0 {
		cfg.AttachmentChunkSize = defaultChunkSize
	}
	if cfg.MaxReplayMessage == 0 {
		cfg.MaxReplayMessage = defaultReplayMessage
	}
	if limit := cfg.MaxMessage[ingest.Attachments]; limit > 2*overhead {
		cfg.AttachmentChunkSize = min(cfg.AttachmentChunkSize, limit-overhead)
	}
	cfg.Aggregator = cfg.Aggregator.WithDefaults()
	return func(_ context.Context, u *processors.Unit) processors.Verdict {
		w := writer{cfg: &cfg, u: u}
		switch u.Kind {
		case processors.KindError:
			return w.errorEvent()
		case processors.KindTransaction:
			return w.transaction()
		case processors.KindAttachments:
			w.attachments(true)
		case processors.KindUserReports:
			w.userReports()
		case processors.KindCheckIn:
			w.checkIn()
		case processors.KindSessions, processors.KindMetrics:
			w.buckets()
		case processors.KindReplay:
			return w.replay()
		case processors.KindProfile:
			w.profiles(false)
		case processors.KindSpans:
			u.CountSpans()
			w.spans(envelope.EventID{})
		case processors.KindLogs:
			w.traceItems(record.Log)
		case processors.KindTraceMetrics:
			w.traceItems(record.Metric)
		case processors.KindProfileChunk:
			w.profileChunks()
		case processors.KindClientReport:
			w.acceptAll()
		}
		u.Settle()                   // containers end as their members did
		for _, it := range u.Items { // kinds without a message of their own
			u.Drop(it, outcome.Invalid, reasonInternal)
		}
		return processors.Keep()
	}
}

// writer makes the messages of one unit.
type writer struct {
	cfg *Config
	u   *processors.Unit
}

// emit adds a message unless it is too large for its topic.
func (w *writer) emit(topic ingest.Topic, key [16]byte, headers []ingest.Header, value []byte) bool {
	if limit := w.cfg.MaxMessage[topic]; limit > 0 && len(value)+overhead/8 > limit {
		return false
	}
	w.u.Out = append(w.u.Out, ingest.Message{Topic: topic, Key: key, Headers: headers, Value: value})
	w.cfg.Metrics.wrote(topic, len(value))
	return true
}

// counterKey is the key of a message without a natural UUID. Upstream counts them; here the number follows from the record, so that
// the same record gives the same bytes (house 1.2).
func (w *writer) counterKey(index int) [16]byte {
	id := w.u.Receipt.Derive(index, "key/"+w.u.Kind.String())
	return ingest.KeyFromCounter(binary.BigEndian.Uint32(id[:]))
}

// eventKey is the key of everything that belongs to the envelope's event.
func (w *writer) eventKey() [16]byte { return ingest.KeyFromUUID(w.u.EventID, w.u.Scope.Org) }

// order lists the items as upstream sends them: the event's item is taken out by putting the last one in its place (pipeline 9.7). Nothing
// may depend on it; the same order makes outputs comparable.
func (w *writer) order() []*processors.Item {
	u := w.u
	i := slices.Index(u.Items, u.Main)
	if u.Main == nil || i < 0 || len(u.Items) < 3 {
		return u.Items
	}
	list := slices.Clone(u.Items)
	last := len(list) - 1
	list[i], list[last] = list[last], list[i]
	return list
}

func (w *writer) acceptAll() {
	for _, it := range w.u.Items {
		w.u.Accept(it)
	}
}
