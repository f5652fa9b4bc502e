package pipeline

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/outcome"
	"weir/codecs/project"
	"weir/codecs/raw"
	"weir/processors/admission"
	"weir/processors/chain"
	"weir/topologies/blobs"

	"github.com/twmb/franz-go/pkg/kgo"
)

// job is one record of a batch.
type job struct {
	rec    *raw.Record
	state  *project.State
	status project.Status
	// sampling is the state of the trace header's key, nil when that is the record's own or not enabled.
	sampling *project.State
	global   *project.Global
	end      end
	result   chain.Result
	quotas   chain.QuotaMode
	seen     *seen        // of a record that may have been processed before
	out      []kgo.Record // everything that it causes, and all of it is there already; else nil
	again    bool         // something that was there is written again
	unsure   bool         // whether all of it is there is not known
}

// sought says that all that a record causes was looked for before it was written, because it may have been processed before.
func (j *job) sought() bool { return j.seen != nil && !j.unsure }

// slack is how much younger than MaxWait a record on released may be to count as too old: parking's clock decided that.
const slack = time.Minute

// classify looks up what is known and decides whether the chain has to run (end stays endDone).
func (p *Pipeline) classify(j *job, now time.Time, released bool) {
	if j.rec.Err != nil {
		j.end, j.result = endDead, deadResult(chain.Input{Record: j.rec}, ReasonUndecodable, j.rec.Err.Error())
		return
	}
	known := false
	if j.global, known = p.cfg.Projects.Global(); known {
		j.state, j.status = p.cfg.Projects.Lookup(j.rec.Key)
		known = j.status != project.Pending
		if j.rec.Sampling != "" {
			var status project.Status
			j.sampling, status = p.cfg.Projects.Lookup(j.rec.Sampling)
			known = known && status != project.Pending
		}
	}
	age, limit := now.Sub(j.rec.ReceivedAt), p.cfg.MaxAge
	if !known { // who is to be told that it is too old is not known either: it goes on waiting
		limit = p.cfg.MaxWait
		if released {
			limit -= slack
		}
	}
	switch {
	case age >= limit:
		j.end = endTooOld
	case !known:
		j.end = endParked
	}
}

// parallel runs the chains of jobs, at most Concurrency of them at a time in the process.
func (p *Pipeline) parallel(ctx context.Context, jobs []*job) {
	var next atomic.Int64
	work := func() {
		for i := next.Add(1) - 1; i < int64(len(jobs)); i = next.Add(1) - 1 {
			p.slots <- struct{}{}
			p.run(ctx, jobs[i])
			<-p.slots
		}
	}
	var wg sync.WaitGroup
	others := min(len(jobs), cap(p.slots)) - 1
	wg.Add(others)
	for range others {
		p.hands.run(func() {
			defer wg.Done()
			work()
		})
	}
	work() // this goroutine works too
	wg.Wait()
}

// run takes one job through its chain.
func (p *Pipeline) run(ctx context.Context, j *job) {
	now := p.cfg.Clock()
	in := chain.Input{Record: j.rec, Status: j.status, State: j.state, Global: j.global, Sampling: j.sampling, Now: now, Quotas: j.quotas}
	if j.state != nil {
		in.Limits = p.cfg.Limits.For(j.state.Scoping(j.rec.Key, j.rec.Project), now)
	} else if j.status == project.Dummy {
		in.Limits = p.cfg.Limits.For(dsn.Scoping{Key: j.rec.Key, Project: j.rec.Project}, now)
	}
	j.result = RunChain(ctx, p.cfg.Chain, in)
}

// fetch gets the body of a large envelope. It tries until the body is there, is known to be lost (the job is then dead), or ctx ends.
func (p *Pipeline) fetch(ctx context.Context, j *job) (release func(), err error) {
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		body, release, err := p.cfg.Blobs.Fetch(ctx, j.rec.Manifest)
		if err == nil {
			with := *j.rec
			with.Body = body
			j.rec = &with
			return release, nil
		}
		if errors.Is(err, blobs.ErrLost) {
			j.end, j.result = endDead, deadResult(chain.Input{Record: j.rec}, ReasonBlobLost, err.Error())
			return func() {}, nil
		}
		p.cfg.Log.Warn("fetch a large envelope, trying again", "receipt", j.rec.Receipt, "error", err)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// expire ends a record that is too old, as one outcome for every quantity (edge 14). Without a config it also becomes a dead
// letter: nobody has judged it.
func (p *Pipeline) expire(j *job) {
	e, err := envelope.Parse(j.rec.Body)
	if err != nil {
		j.end, j.result = endDead, deadResult(chain.Input{Record: j.rec}, ReasonUndecodable, "parse envelope: "+err.Error())
		return
	}
	res := &j.result
	res.Scope.Key, res.Scope.Project = j.rec.Key, j.rec.Project
	if j.state != nil {
		res.Scope = j.state.Scoping(j.rec.Key, j.rec.Project)
	}
	n := uint64(len(e.Items))
	res.Items = chain.Items{Received: n, Discarded: n}
	add := func(id outcome.ID, reason outcome.Reason, c outcome.Category, n uint64) {
		t := outcome.Tally{Scope: res.Scope, Timestamp: j.rec.ReceivedAt, ID: id, Reason: reason, Category: c, Quantity: n}
		res.Tallies, res.Ledger = append(res.Tallies, t), append(res.Ledger, t)
	}
	for _, q := range admission.EnvelopeQuantities(e) {
		add(outcome.Invalid, ReasonTimestamp, q.Category, q.N)
	}
	for _, d := range j.rec.Discards {
		add(d.ID, d.Reason, d.Category, d.Quantity)
	}
	if j.status == project.Pending {
		res.Dead = []chain.Dead{{Unit: -1, Step: "pipeline", Reason: ReasonTimestamp, Detail: "the project config did not come in time"}}
	}
}
