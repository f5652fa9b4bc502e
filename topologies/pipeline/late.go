package pipeline

import (
	"time"

	"weir/codecs/dsn"
	"weir/codecs/ingest"
	"weir/codecs/ledger"
	"weir/codecs/outcome"
	"weir/codecs/raw"
	"weir/processors/chain"
	"weir/topologies/kafka/stage"

	"github.com/twmb/franz-go/pkg/kgo"
)

// late is what a record leaves for the records that many of a partition share: a ledger entry and outcomes.
type late struct {
	entry
	tallies []tallied
	buffers []*ingest.Buffer // of its outputs
}

// borrow notes whose memory the messages of a result have.
func (l *late) borrow(res *chain.Result) {
	for i := range res.Messages {
		if b := res.Messages[i].Buffer; b != nil {
			l.buffers = append(l.buffers, b)
		}
	}
}

// written gives the memory of outputs back that are acknowledged.
func (p *Pipeline) written(it *stage.Item[*raw.Record]) {
	l, _ := it.Late.(*late)
	if l == nil {
		return
	}
	for _, b := range l.buffers {
		b.Free()
	}
	l.buffers = nil
}

// entry is what became of one source offset.
type entry struct {
	offset int64
	key    dsn.PublicKey
	hour   int64
	effect ledger.Effect
}

// tallied is a tally of a record that was received at a time.
type tallied struct {
	outcome.Tally
	received time.Time
}

// tail makes the common records: one outcome message a bucket, one ledger record a project and hour and one for the totals.
func (p *Pipeline) tail(topic string, partition int32, lates []any) (out []kgo.Record) {
	source := ledger.Source{Topic: topic, Partition: partition}
	outcomes := NewAggregate(p.cfg.Outcomes)
	var entries ledger.Builder
	for _, l := range lates {
		l := l.(*late)
		for i := range l.tallies {
			outcomes.Add(&l.tallies[i].Tally, l.tallies[i].received)
		}
		e := l.entry
		entries.Add(source, e.offset, e.key, e.hour, e.effect)
		e.effect.Limited = nil
		entries.Add(source, e.offset, ledger.TotalsKey, int64(partition), e.effect)
	}
	covers := Cover{input: topic, source: p.tallySource(topic, partition), first: lates[0].(*late).offset, last: lates[len(lates)-1].(*late).offset}
	if p.cfg.Forward != nil {
		out = p.reports(out, outcomes.Tallies(), covers)
	} else {
		out = outcomes.Records(out, p.topics, covers)
	}
	records := entries.Records()
	for i := range records {
		out = append(out, kgo.Record{Topic: p.cfg.Names.Ledger, Key: records[i].RecordKey(), Value: records[i].AppendTo(nil)})
	}
	return out
}
