package trace

import (
	"bytes"
	"slices"

	"weir/codecs/deadletter"
	"weir/codecs/envelope"
	"weir/codecs/jsontext"
	"weir/codecs/raw"
	"weir/codecs/topic"
	"weir/topologies/rawrecord"

	"github.com/twmb/franz-go/pkg/kgo"
)

// The ways in which an envelope can have an id.
const (
	ByEventID  = "event id of the envelope"
	ByReceipt  = "receipt id"
	ByMadeUpID = "event id that weir gave it"
)

// ownIDs are the members of payloads that name the item itself, or for a report the event that it is about.
var ownIDs = map[string][]string{
	envelope.TypeEvent:        {"event_id"},
	envelope.TypeTransaction:  {"event_id"},
	envelope.TypeFeedback:     {"event_id"},
	envelope.TypeUserReport:   {"event_id"},
	envelope.TypeReplayEvent:  {"replay_id", "event_id"},
	envelope.TypeCheckIn:      {"check_in_id"},
	envelope.TypeProfile:      {"event_id", "profile_id"},
	envelope.TypeProfileChunk: {"chunk_id"},
}

// matcher tells records that have an id.
type matcher struct {
	id     envelope.EventID
	key    []byte   // as key of raw, and as receipt
	hyphen []byte   // the other form
	texts  [][]byte // as it may stand in a payload
}

func newMatcher(id envelope.EventID) *matcher {
	m := &matcher{id: id, key: id.Append(nil), hyphen: id.AppendHyphenated(nil)}
	for _, t := range [][]byte{m.key, m.hyphen} {
		if m.texts = append(m.texts, t); !bytes.Equal(t, bytes.ToUpper(t)) {
			m.texts = append(m.texts, bytes.ToUpper(t))
		}
	}
	return m
}

// byKey looks at key and headers of a record alone.
func (m *matcher) byKey(r *kgo.Record) (how string, ok bool) {
	if bytes.EqualFold(r.Key, m.key) {
		return ByEventID, true
	}
	for i := range r.Headers {
		if h := &r.Headers[i]; h.Key == topic.HeaderReceipt {
			if bytes.Equal(h.Value, m.hyphen) {
				return ByReceipt, true
			}
			if len(r.Key) == 36 { // it came without an event id
				if receipt, err := raw.ParseReceipt(string(h.Value)); err == nil && envelope.NewEventID(receipt.Derive(0, "event_id")) == m.id {
					return ByMadeUpID, true
				}
			}
		}
	}
	return "", false
}

// byContent looks into payloads, too.
func (m *matcher) byContent(r *kgo.Record) (how string, ok bool) {
	if how, ok = m.byKey(r); ok {
		return how, true
	}
	if !slices.ContainsFunc(m.texts, func(t []byte) bool { return bytes.Contains(r.Value, t) }) {
		return "", false
	}
	rec := rawrecord.Decode(r)
	if rec.Err != nil || rec.Manifest != nil {
		return "", false
	}
	e, err := envelope.Parse(rec.Body)
	if err != nil {
		return "", false
	}
	for i := range e.Items {
		if name := m.itemHas(&e.Items[i]); name != "" {
			return name + " of the " + e.Items[i].Type, true
		}
	}
	return "", false
}

// itemHas returns the member of the payload that has the id.
func (m *matcher) itemHas(it *envelope.Item) string {
	names := ownIDs[it.Type]
	if len(names) == 0 {
		return ""
	}
	r := jsontext.NewReader(it.Payload, 0)
	for ok := r.Object(); ok && r.More(); {
		name := string(r.Key())
		value := r.Value()
		if !slices.Contains(names, name) {
			continue
		}
		if text, ok := jsontext.Text(value); ok {
			if id, err := envelope.ParseEventID(string(text)); err == nil && id == m.id {
				return name
			}
		}
	}
	return ""
}

// letter returns the dead letter of an envelope with the id.
func (m *matcher) letter(r *kgo.Record) (*deadletter.Letter, string, bool) {
	known := bytes.EqualFold(r.Key, m.key)
	if !known && !slices.ContainsFunc(m.texts, func(t []byte) bool { return bytes.Contains(r.Value, t) }) {
		return nil, "", false
	}
	l, err := deadletter.Decode(r.Value)
	switch {
	case err != nil:
		return nil, "", false
	case known:
		return l, ByEventID, true
	case l.Receipt == raw.ReceiptID(m.id):
		return l, ByReceipt, true
	}
	src := &kgo.Record{Key: l.Key, Value: l.Value}
	for _, h := range l.Headers {
		src.Headers = append(src.Headers, kgo.RecordHeader{Key: h.Key, Value: h.Value})
	}
	how, ok := m.byContent(src)
	return l, how, ok
}
