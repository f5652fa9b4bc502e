package pipeline

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/ledger"
	"weir/codecs/project"
	"weir/codecs/ratelimit"
	"weir/codecs/raw"
	"weir/processors/chain"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafka/session"
	"weir/topologies/kafka/stage"
	"weir/topologies/rawrecord"

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
		jobs[i].seen = p.before(ctx, session.TP{Topic: sb.Topic, Part: sb.Partition}, it.Record.Offset)
		if s := jobs[i].seen; s != nil && sb.Topic == p.cfg.Names.Raw && it.Msg.Err == nil && s.parked(it.Msg.Receipt) {
			jobs[i].end = endParked // it goes on from there, also where its config is known by now
		}
		if jobs[i].end == endDone && it.Msg.Manifest == nil {
			run = append(run, &jobs[i])
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	run = p.unwritten(ctx, run)
	if len(run) > 0 {
		p.parallel(ctx, run)
	}
	lates := make([]late, len(jobs))
	for i := range jobs {
		sb.Items[i].Late = &lates[i]
		if err := b.endSafely(ctx, &jobs[i], sb.Items[i]); err != nil {
			return err
		}
		if p.observe(&jobs[i]); p.cfg.Observe == nil { // an observer may keep messages
			lates[i].borrow(&jobs[i].result)
		}
		jobs[i] = job{} // bodies and documents are not needed until the batch is acknowledged
	}
	if err := b.learn(ctx); err != nil {
		return err
	}
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
	defer func() {
		if p := recover(); p != nil {
			it.Late = &late{}
			j.end, j.result = endDead, deadResult(chain.Input{Record: j.rec}, ReasonPanic, fmt.Sprintf("panic: %v\n%s", p, debug.Stack()))
			it.Out = append(it.Out[:0], b.letter(j, it.Record, &j.result.Dead[0], true))
			b.sift(j, it)
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
	if it.Out = j.out; it.Out == nil {
		it.Out, oversized = b.topics.Deliver(&j.result, j.rec)
	}
	for range oversized {
		b.cfg.Metrics.oversized()
		b.cfg.Log.Warn("no topic takes a message of this size", "receipt", j.rec.Receipt, "key", j.rec.Key)
	}
	for _, d := range j.result.Dead {
		it.Out = append(it.Out, b.letter(j, it.Record, &d, true))
		if d.Unit < 0 && j.end == endDone {
			j.end = endDead
		}
	}
	if b.cfg.Forward != nil {
		if err := b.onward(ctx, j, it); err != nil {
			return err
		}
	}
	b.sift(j, it)
	b.account(j, it)
	if j.rec.Manifest != nil && b.large+size(it.Out) > largeOutputs {
		return b.write(ctx, it)
	}
	return nil
}

// park sends the record to parked, with the time of now unless it has been there before, and asks for its keys.
func (b *batch) park(j *job, it *stage.Item[*raw.Record]) {
	rec := *j.rec
	if rec.ParkedAt.IsZero() {
		rec.ParkedAt = b.now
	}
	it.Out = append(it.Out, rawrecord.Encode(b.cfg.Names.Parked, &rec))
	b.sift(j, it)
	b.cfg.Projects.Request(rec.Key)
	if rec.Sampling != "" {
		b.cfg.Projects.Request(rec.Sampling)
	}
	b.cfg.Metrics.ended(endParked)
	enter(it, rec.Key, rec.ReceivedAt, ledger.Effect{Parked: true, Sought: j.sought(), Repeated: j.again})
}

// enter notes what became of a record for the ledger.
func enter(it *stage.Item[*raw.Record], key dsn.PublicKey, received time.Time, e ledger.Effect) *late {
	l := it.Late.(*late)
	l.entry = entry{it.Record.Offset, key, ledger.HourOf(received.Unix()), e}
	return l
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
	effect := Effect(j.rec, &j.result)
	effect.Sought, effect.Repeated = j.sought(), j.again
	if e := j.result.Forward; e != nil && len(e.Items) > 0 && j.end != endDead {
		left(&effect)
	}
	l := enter(it, key, at, effect)
	if scope, emits := b.emits(j); emits {
		for i := range j.result.Tallies {
			t := tallied{j.result.Tallies[i], at}
			if j.state == nil && scope.Org != 0 {
				t.Scope = scope
			}
			if j.seen == nil || !b.counts(j.seen, it.Record.Offset, &t) {
				l.tallies = append(l.tallies, t)
			}
		}
	}
	for _, x := range j.result.Learned {
		b.learned.Add(x)
	}
}

// emits reports whether the outcomes of a record become messages, and the scopes of a key that is disabled. Those of unknown projects, and of
// projects without an id, do not (pipeline 7.5); what a disabled project sent before that was known has outcomes where its organization is
// known: it was answered 200.
func (p *Pipeline) emits(j *job) (scope dsn.Scoping, yes bool) {
	switch {
	case p.cfg.Outcomes.Off:
	case j.status == project.Dummy: // proxy mode: the upstream knows the project
		return scope, true
	case j.status == project.Enabled:
		return scope, j.state != nil && j.state.HasProject
	case j.status == project.Disabled && p.cfg.Forward == nil:
		scope = p.cfg.Projects.Scope(j.rec.Key)
		scope.Key = j.rec.Key
		if scope.Project == 0 {
			scope.Project = j.rec.Project
		}
		return scope, scope.Org != 0
	}
	return scope, false
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

func size(out []kgo.Record) (n int) {
	for i := range out {
		n += len(out[i].Value)
	}
	return n
}
