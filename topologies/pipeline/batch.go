package pipeline

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"weir/codecs/deadletter"
	"weir/codecs/dsn"
	"weir/codecs/ledger"
	"weir/codecs/project"
	"weir/codecs/ratelimit"
	"weir/codecs/raw"
	"weir/processors/chain"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafka/stage"

	"github.com/twmb/franz-go/pkg/kgo"
)

// largeOutputs is how many bytes of outputs of large envelopes one batch keeps; more of them are written at once.
const largeOutputs = 16 << 20

// batch is what one call of the batch function gathers.
type batch struct {
	*Pipeline
	*stage.Batch[*raw.Record]
	out     producer.Sink
	now     time.Time
	late    late
	learned ratelimit.Set
	large   int
}

// process handles a batch: nothing but the end of ctx makes it fail, because quotas are counted only once.
func (p *Pipeline) process(ctx context.Context, out producer.Sink, sb *stage.Batch[*raw.Record]) error {
	b := &batch{Pipeline: p, Batch: sb, out: out, now: p.cfg.Clock()}
	jobs := make([]job, len(sb.Items))
	run := make([]*job, 0, len(jobs))
	for i, it := range sb.Items {
		jobs[i].rec = it.Msg
		p.classify(&jobs[i], b.now, sb.Topic == p.cfg.Names.Released)
		if jobs[i].end == endDone && it.Msg.Manifest == nil {
			run = append(run, &jobs[i])
		}
	}
	if len(run) > 0 {
		p.parallel(ctx, run)
	}
	for i := range jobs {
		if err := b.endSafely(ctx, &jobs[i], sb.Items[i]); err != nil {
			return err
		}
		p.observe(&jobs[i])
		jobs[i] = job{} // bodies and documents are not needed until the batch is acknowledged
	}
	if err := b.learn(ctx); err != nil {
		return err
	}
	sb.Late = &b.late
	p.cfg.Metrics.batched(p.cfg.Clock().Sub(b.now))
	return ctx.Err()
}

// observe tells the observer about a record; what it does wrong is its own matter.
func (p *Pipeline) observe(j *job) {
	if p.cfg.Observe == nil {
		return
	}
	defer func() {
		if err := recover(); err != nil {
			p.cfg.Log.Error("the observer of the pipeline failed", "panic", err)
		}
	}()
	p.cfg.Observe(Seen{Record: j.rec, Result: &j.result, Parked: j.end == endParked})
}

// endSafely is end; a panic, too, ends as a dead letter and never as a stuck partition.
func (b *batch) endSafely(ctx context.Context, j *job, it *stage.Item[*raw.Record]) (err error) {
	entries, tallies := len(b.late.entries), len(b.late.tallies)
	defer func() {
		if p := recover(); p != nil {
			b.late.entries, b.late.tallies = b.late.entries[:entries], b.late.tallies[:tallies]
			j.end, j.result = endDead, deadResult(chain.Input{Record: j.rec}, ReasonPanic, fmt.Sprintf("panic: %v\n%s", p, debug.Stack()))
			it.Out = append(it.Out[:0], b.letter(j, it.Record, &j.result.Dead[0]))
			b.account(j, it)
		}
	}()
	return b.end(ctx, j, it)
}

// end gathers what one record causes.
func (b *batch) end(ctx context.Context, j *job, it *stage.Item[*raw.Record]) error {
	if j.end == endParked {
		b.park(j, it)
		return nil
	}
	if large := j.rec.Manifest != nil && j.end != endDead; large {
		release, err := b.fetch(ctx, j)
		if err != nil {
			return err
		}
		defer release()
		if j.end == endDone {
			b.parallel(ctx, []*job{j})
		}
		defer func() { b.large += size(it.Out) }()
	}
	if j.end == endTooOld {
		b.expire(j)
	}
	var oversized int
	it.Out, oversized = b.topics.Deliver(&j.result, j.rec)
	for range oversized {
		b.cfg.Metrics.oversized()
		b.cfg.Log.Warn("no topic takes a message of this size", "receipt", j.rec.Receipt, "key", j.rec.Key)
	}
	for _, d := range j.result.Dead {
		it.Out = append(it.Out, b.letter(j, it.Record, &d))
		if d.Unit < 0 && j.end == endDone {
			j.end = endDead
		}
	}
	b.account(j, it)
	if j.rec.Manifest != nil && b.large+size(it.Out) > largeOutputs {
		return b.write(ctx, it)
	}
	return nil
}

// park sends the record to parked, unless it is there for the first time with the time of now, and asks for the key.
func (b *batch) park(j *job, it *stage.Item[*raw.Record]) {
	rec := *j.rec
	if rec.ParkedAt.IsZero() {
		rec.ParkedAt = b.now
	}
	key, value, headers := raw.Encode(&rec)
	out := kgo.Record{Topic: b.cfg.Names.Parked, Key: key, Value: value, Headers: make([]kgo.RecordHeader, len(headers))}
	for i, h := range headers {
		out.Headers[i] = kgo.RecordHeader{Key: h.Key, Value: h.Value}
	}
	it.Out = append(it.Out, out)
	b.cfg.Projects.Request(rec.Key)
	b.cfg.Metrics.ended(endParked)
	b.enter(it.Record.Offset, rec.Key, rec.ReceivedAt, ledger.Effect{Parked: true})
}

// enter notes what became of one offset for the ledger.
func (b *batch) enter(offset int64, key dsn.PublicKey, received time.Time, e ledger.Effect) {
	b.late.entries = append(b.late.entries, entry{offset, key, ledger.HourOf(received.Unix()), e})
}

// account counts a record that has ended.
func (b *batch) account(j *job, it *stage.Item[*raw.Record]) {
	key, at := j.rec.Key, j.rec.ReceivedAt
	if key == "" {
		key = ledger.NoKey
	}
	if at.IsZero() || at.Unix() <= 0 {
		at = it.Record.Timestamp
	}
	b.cfg.Metrics.ended(j.end)
	b.cfg.Metrics.late(b.now.Sub(at))
	b.enter(it.Record.Offset, key, at, Effect(j.rec, &j.result))
	if emits(&b.cfg.Outcomes, j) {
		for i := range j.result.Tallies {
			b.late.tallies = append(b.late.tallies, tallied{j.result.Tallies[i], at})
		}
	}
	for _, l := range j.result.Learned {
		b.learned.Add(l)
	}
}

// emits reports whether the outcomes of a record become messages: those of unknown and disabled projects, and of projects without
// an id, do not (pipeline 7.5).
func emits(cfg *Outcomes, j *job) bool {
	return !cfg.Off && j.status == project.Enabled && j.state != nil && j.state.HasProject
}

// letter makes a dead letter of the record as it came.
func (b *batch) letter(j *job, src *kgo.Record, d *chain.Dead) kgo.Record {
	text, _, _ := strings.Cut(d.Detail, "\n") // without the stack
	b.cfg.Log.Error("dead letter", "reason", d.Reason, "step", d.Step, "unit", d.Unit, "topic", src.Topic, "partition", src.Partition,
		"offset", src.Offset, "receipt", j.rec.Receipt, "key", j.rec.Key, "detail", text)
	l := deadletter.Letter{Reason: d.Reason, Step: d.Step, Detail: d.Detail, Unit: d.Unit, Topic: src.Topic, Partition: src.Partition,
		Offset: src.Offset, Receipt: j.rec.Receipt, At: b.now, Key: src.Key, Value: src.Value, Headers: rawHeaders(src)}
	key, value := deadletter.Encode(&l)
	if len(key)+len(value) > b.cfg.Producer.MaxRecord(b.cfg.Names.DeadLetters) {
		l.Value, l.Detail = nil, "too large to be kept here, see the original record. "+l.Detail
		key, value = deadletter.Encode(&l)
	}
	return kgo.Record{Topic: b.cfg.Names.DeadLetters, Key: key, Value: value}
}

// learn makes new rate limits known before the outcomes of what they dropped are written.
func (b *batch) learn(ctx context.Context) error {
	if b.learned.Len() == 0 {
		return nil
	}
	limits := b.learned.Active(b.now)
	for attempt := 1; ; attempt++ {
		err := b.cfg.Limits.Learn(ctx, limits)
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		b.cfg.Log.Error("rate limits cannot be shared", "attempt", attempt, "error", err)
		if attempt == 3 { // every worker finds them in the quota store; only the edges' answers suffer
			return nil
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// write sends the outputs of one item now and waits for them.
func (b *batch) write(ctx context.Context, it *stage.Item[*raw.Record]) error {
	out := it.Out
	it.Out = nil
	done := make(chan error, len(out))
	for i := range out {
		b.out.Produce(ctx, &out[i], func(_ *kgo.Record, err error) { done <- err })
	}
	var errs error
	for range out {
		errs = errors.Join(errs, <-done)
	}
	if errs != nil {
		return fmt.Errorf("write the outputs of a large envelope: %w", errs)
	}
	return nil
}

func size(out []kgo.Record) (n int) {
	for i := range out {
		n += len(out[i].Value)
	}
	return n
}

func rawHeaders(r *kgo.Record) []raw.Header {
	if len(r.Headers) == 0 {
		return nil
	}
	hs := make([]raw.Header, len(r.Headers))
	for i, h := range r.Headers {
		hs[i] = raw.Header{Key: h.Key, Value: h.Value}
	}
	return hs
}
