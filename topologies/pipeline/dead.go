package pipeline

import (
	"errors"
	"strings"

	"weir/codecs/deadletter"
	"weir/codecs/outcome"
	"weir/codecs/raw"
	"weir/processors/chain"
	"weir/topologies/kafka/stage"
	"weir/topologies/rawrecord"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Reasons of dead letters for records with an output that a broker does not take.
const (
	ReasonTooLarge outcome.Reason = "message_too_large"
	ReasonRefused  outcome.Reason = "refused"
)

// refused ends a record as a dead letter because a broker will never take one of its outputs. Others of its outputs may be written
// already; they are not repeated. From the second attempt on the dead letter is the one that was refused, so it goes without the
// original bytes.
func (p *Pipeline) refused(it *stage.Item[*raw.Record], attempt int, err error) []kgo.Record {
	reason := ReasonRefused
	if errors.Is(err, kerr.MessageTooLarge) || errors.Is(err, kerr.RecordListTooLarge) {
		reason = ReasonTooLarge
	}
	b := &batch{Pipeline: p, now: p.cfg.Clock()}
	j := &job{rec: it.Msg, end: endDead, result: deadResult(chain.Input{Record: it.Msg}, reason, err.Error())}
	it.Late = &late{}
	b.account(j, it)
	return []kgo.Record{b.letter(j, it.Record, &j.result.Dead[0], attempt == 1)}
}

// letter makes a dead letter of the record as it came, without its value if that is not to be kept.
func (b *batch) letter(j *job, src *kgo.Record, d *chain.Dead, keep bool) kgo.Record {
	text, _, _ := strings.Cut(d.Detail, "\n") // without the stack
	b.cfg.Log.Error("dead letter", "reason", d.Reason, "step", d.Step, "unit", d.Unit, "topic", src.Topic, "partition", src.Partition,
		"offset", src.Offset, "receipt", j.rec.Receipt, "key", j.rec.Key, "detail", text)
	l := deadletter.Letter{Reason: d.Reason, Step: d.Step, Detail: d.Detail, Unit: d.Unit, Topic: src.Topic, Partition: src.Partition,
		Offset: src.Offset, Receipt: j.rec.Receipt, At: b.now, Key: src.Key, Value: src.Value, Headers: rawrecord.Headers(src)}
	room := b.cfg.Producer.MaxRecord(b.cfg.Names.DeadLetters)
	if !keep {
		room = 0
	}
	return rawrecord.DeadLetter(b.cfg.Names.DeadLetters, room, l)
}
