package forward

import (
	"context"
	"sync"
	"sync/atomic"

	"weir/codecs/deadletter"
	"weir/codecs/ledger"
	"weir/topologies/kafka/producer"
	"weir/topologies/rawrecord"

	"github.com/twmb/franz-go/pkg/kgo"
)

// partition ends the records of one partition in the order of their offsets: the ledger takes an offset below one that it has counted for a
// repeated one. Records that become ready while an entry is being written share the next one.
type partition struct {
	lanes  *lanes
	topic  string
	number int32

	mu      sync.Mutex
	queue   []*item
	sending bool
	broken  context.Context // session of a record that did not end well: nothing behind it may
}

// maxEntry bounds the records of one round.
const maxEntry = 1024

func (p *partition) add(it *item) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue = append(p.queue, it)
}

// end notes the end of a record.
func (p *partition) end(it *item, e end) {
	p.mu.Lock()
	it.end, it.over = e, true
	p.mu.Unlock()
	p.advance()
}

// advance writes the ends of all records up to the first that has none.
func (p *partition) advance() {
	p.mu.Lock()
	if p.sending {
		p.mu.Unlock()
		return
	}
	var well, failed []*item
	var reason error
	n := 0
	for ; n < len(p.queue) && p.queue[n].over && len(well) < maxEntry; n++ {
		it := p.queue[n]
		if it.end.err != nil {
			p.broken, reason = it.session, it.end.err
		}
		if p.broken == it.session {
			failed = append(failed, it)
			continue
		}
		well = append(well, it)
	}
	clear(p.queue[:n])
	p.queue = p.queue[n:]
	p.sending = len(well) > 0
	p.mu.Unlock()
	for _, it := range failed {
		if it.end.err != nil {
			reason = it.end.err
		}
		if reason == nil {
			reason = context.Canceled
		}
		it.done(reason)
	}
	if len(well) > 0 {
		p.write(well)
	}
}

// write makes the ledger entries and dead letters of records and ends them when these are acknowledged.
func (p *partition) write(items []*item) {
	outs := p.records(items)
	var left atomic.Int32
	var failure atomic.Pointer[error]
	left.Store(int32(len(outs)) + 1)
	one := func(_ *kgo.Record, err error) {
		if err != nil {
			failure.CompareAndSwap(nil, &err)
		}
		if left.Add(-1) == 0 {
			p.written(items, failure.Load())
		}
	}
	ctx := producer.Until(context.Background(), items[0].session)
	for i := range outs {
		p.lanes.out.Produce(ctx, &outs[i], one)
	}
	one(nil, nil)
}

func (p *partition) written(items []*item, failure *error) {
	var err error
	if failure != nil {
		err = *failure
	}
	for _, it := range items {
		it.done(err)
	}
	p.mu.Lock()
	p.sending = false
	if err != nil {
		p.broken = items[0].session
	}
	p.mu.Unlock()
	p.advance()
}

// records are the ledger entries and dead letters of items. What weir itself has made (its receipts are of nobody's request) is not in
// the ledger: it was never received.
func (p *partition) records(items []*item) (out []kgo.Record) {
	names := &p.lanes.cfg.Names
	source := ledger.Source{Topic: p.topic, Partition: p.number}
	var entries ledger.Builder
	for _, it := range items {
		if it.end.letter != nil {
			out = append(out, p.lanes.letter(it))
		}
		if it.end.aside != nil {
			out = append(out, p.lanes.asideRecord(it))
		}
		if it.rec.Items == 0 && it.rec.Err == nil {
			continue
		}
		key, at := it.rec.Key, it.rec.ReceivedAt
		if key == "" {
			key = ledger.NoKey
		}
		if at.IsZero() || at.Unix() <= 0 {
			at = it.src.Timestamp
		}
		entries.Add(source, it.src.Offset, key, ledger.HourOf(at.Unix()), it.end.effect)
		entries.Add(source, it.src.Offset, ledger.TotalsKey, int64(p.number), it.end.effect)
	}
	records := entries.Records()
	for i := range records {
		out = append(out, kgo.Record{Topic: names.Ledger, Key: records[i].RecordKey(), Value: records[i].AppendTo(nil)})
	}
	return out
}

// letter makes a dead letter of a record as it came.
func (l *lanes) letter(it *item) kgo.Record {
	d := it.end.letter
	l.cfg.Metrics.dead()
	l.cfg.Log.Error("dead letter", "reason", d.reason, "step", "forward", "topic", it.src.Topic, "partition", it.src.Partition, "offset", it.src.Offset,
		"receipt", it.rec.Receipt, "key", it.rec.Key, "detail", firstLine(d.detail))
	return rawrecord.DeadLetter(l.cfg.Names.DeadLetters, l.cfg.Producer.MaxRecord(l.cfg.Names.DeadLetters), deadletter.Letter{
		Reason: d.reason, Step: "forward", Detail: d.detail, Unit: -1, Topic: it.src.Topic, Partition: it.src.Partition, Offset: it.src.Offset,
		Receipt: it.rec.Receipt, At: l.cfg.Clock(), Key: it.src.Key, Value: it.src.Value, Headers: rawrecord.Headers(it.src)})
}
