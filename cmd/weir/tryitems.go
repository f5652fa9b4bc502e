package main

import (
	"cmp"
	"encoding/json"
	"slices"

	"weir/codecs/envelope"
	"weir/codecs/ingest"
	"weir/processors"
	"weir/processors/chain"
)

// itemAnswer is what became of one item.
type itemAnswer struct {
	Type       string          `json:"type"`
	Topic      *string         `json:"topic"` // nil: it went nowhere
	Payload    json.RawMessage `json:"payload,omitempty"`
	PayloadB64 []byte          `json:"payload_b64,omitempty"`
	Verdict    verdict         `json:"verdict"`

	index int
	unit  *processors.Unit
	item  *processors.Item
}

// verdict is how an item ended. Step and reason are empty for accepted items.
type verdict struct {
	Outcome string `json:"outcome"` // accepted, filtered, rate_limited, invalid, dead_letter
	Reason  string `json:"reason"`
	Step    string `json:"step"`
}

func verdictOf(it *processors.Item) verdict {
	switch it.Fate {
	case processors.FateDropped:
		return verdict{it.ID.String(), it.Reason.Text(), it.Step}
	case processors.FateDead:
		return verdict{"dead_letter", it.Reason.Text(), it.Step}
	case processors.FateAccepted:
		return verdict{Outcome: "accepted"}
	}
	return verdict{Outcome: "unknown"}
}

// itemsOf lists the items of an envelope in their order, derived ones behind them.
func itemsOf(res *chain.Result) []itemAnswer {
	list := []itemAnswer{}
	for _, u := range res.Units {
		out := outputs{left: slices.Clone(u.Out)}
		opened := map[*processors.Item]bool{} // containers: their members are what is written
		for _, it := range u.Items {
			opened[it.Parent] = it.Parent != u.Main
		}
		for _, it := range u.Items {
			a := itemAnswer{Type: it.Type, Verdict: verdictOf(it), index: it.Index, unit: u, item: it}
			if it.Fate == processors.FateAccepted && !opened[it] {
				out.place(&a)
			}
			list = append(list, a)
		}
	}
	slices.SortStableFunc(list, func(a, b itemAnswer) int { return cmp.Compare(a.index, b.index) })
	return list
}

// outputs are the messages of a unit that no item has claimed yet.
type outputs struct{ left []ingest.Message }

// place finds the message that carries an item.
func (o *outputs) place(a *itemAnswer) {
	it := a.item
	switch {
	case it == a.unit.Main:
		if m, ok := o.take("event"); ok {
			a.set(m.Topic, messageField(m.Value, "payload"))
		}
	case it.Type == envelope.TypeAttachment:
		a.set(ingest.Attachments, it.Payload) // in chunks of its own, or within the event
	case it.Type == envelope.TypeSession || it.Type == envelope.TypeSessions:
		o.buckets(a)
	case it.Type == envelope.TypeClientReport:
	default:
		kind := it.Type
		if kind == envelope.TypeReplayRecording || kind == envelope.TypeReplayVideo || kind == envelope.TypeReplayEvent {
			kind = "replay_recording_not_chunked"
		}
		if m, ok := o.take(kind); ok {
			a.set(m.Topic, messageField(m.Value, "payload"))
		} else if m, ok := o.take(""); ok {
			a.set(m.Topic, m.Value)
		}
	}
}

// take removes the first message of a type; an empty type stands for messages that are no msgpack.
func (o *outputs) take(kind string) (ingest.Message, bool) {
	for i, m := range o.left {
		if string(messageField(m.Value, "type")) == kind {
			o.left = slices.Delete(o.left, i, i+1)
			return m, true
		}
	}
	return ingest.Message{}, false
}

// buckets gives all metric buckets of the unit to its first session: they are aggregated over all of them.
func (o *outputs) buckets(a *itemAnswer) {
	topic := ingest.MetricsSessions
	if len(o.left) == 0 {
		a.set(topic, nil)
		return
	}
	list := []json.RawMessage{}
	for _, m := range o.left {
		topic, list = m.Topic, append(list, m.Value)
	}
	o.left = nil
	b, err := json.Marshal(list)
	if err != nil {
		b = nil
	}
	a.set(topic, b)
}

func (a *itemAnswer) set(topic ingest.Topic, payload []byte) {
	name := topic.DefaultName()
	a.Topic = &name
	if doc, ok := asDocument(payload); ok {
		a.Payload = doc
	} else {
		a.PayloadB64 = payload
	}
}

// eventPayload is the event as it would be written, nil when it was not accepted.
func eventPayload(u *processors.Unit) []byte {
	if u.Main == nil || u.Main.Fate != processors.FateAccepted {
		return nil
	}
	for i := range u.Out {
		if value := u.Out[i].Value; string(messageField(value, "type")) == "event" {
			return messageField(value, "payload")
		}
	}
	return nil
}
