package backtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"weir/codecs/envelope"
	"weir/codecs/project"
	"weir/codecs/raw"
	"weir/processors/chain"
	"weir/topologies/kafka/past"
	"weir/topologies/pipeline"
	"weir/topologies/rawrecord"

	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	// sliceRecords is about how many records are put in the order of their receiving at once.
	sliceRecords = 10_000
	// sliceBytes bounds what is held of them, and of the batches that they came in.
	sliceBytes = 256 << 20
	// together is how many envelopes are in the chains before they are compared.
	together = 128
)

var (
	// errEnough ends a run at Max.
	errEnough = errors.New("enough")
	// errLarge says that a slice has more than sliceBytes.
	errLarge = errors.New("too much for one slice")
)

// run is one call of Run.
type run struct {
	cfg      Config
	report   Report
	bytes    int64 // bound of a slice
	compare  func(*Pair)
	progress func(Report)
}

// Run compares until everything is done, Max is reached, or ctx ends, which is no error: the report says so. compare gets every pair in the order
// of the package, and must not keep it; progress (may be nil) is told how far it is. Both are called from one goroutine.
func Run(ctx context.Context, cfg Config, compare func(*Pair), progress func(Report)) (Report, error) {
	if err := cfg.Validate(); err != nil {
		return Report{}, err
	}
	if progress == nil {
		progress = func(Report) {}
	}
	r := &run{cfg: cfg, bytes: sliceBytes, compare: compare, progress: progress}
	err := r.run(ctx)
	switch {
	case err == nil:
		r.report.Done, r.report.Finished = r.report.Records, true
	case errors.Is(err, errEnough):
		r.report.Finished, r.report.Enough, err = true, true, nil
	case ctx.Err() != nil:
		err = nil
	}
	progress(r.report)
	return r.report, err
}

// run cuts the time of writing into slices with few enough records to be sorted by when they were received: partitions are not read at the same
// pace.
func (r *run) run(ctx context.Context) error {
	c := &r.cfg
	adm, done, err := c.Cluster.Admin()
	if err != nil {
		return fmt.Errorf("read %s: %w", c.Raw, err)
	}
	defer done()
	whole, err := past.OffsetsWith(ctx, adm, c.Raw, c.From, c.To)
	if err != nil {
		return err
	}
	if r.report.Records = whole.Records(); r.report.Records == 0 {
		return nil
	}
	step := c.To.Sub(c.From)
	if r.report.Records > sliceRecords {
		step = max(time.Duration(float64(step)*sliceRecords/float64(r.report.Records)), time.Second)
	}
	for at := c.From; at.Before(c.To); {
		end := at.Add(step)
		if end.After(c.To) {
			end = c.To
		}
		span, err := past.OffsetsWith(ctx, adm, c.Raw, at, end)
		if err != nil {
			return err
		}
		if span.Records() > 2*sliceRecords && step > time.Second {
			step /= 2
			continue
		}
		before, limit := r.report, r.bytes
		if end.Sub(at) <= time.Millisecond { // there is no shorter one
			limit = math.MaxInt64
		}
		held, err := r.slice(ctx, span, limit)
		if errors.Is(err, errLarge) {
			r.report, step = before, max(end.Sub(at)/2, time.Millisecond)
			continue
		}
		if err != nil {
			return err
		}
		if span.Records() < sliceRecords/2 && held < r.bytes/2 && step < math.MaxInt64/2 {
			step *= 2
		}
		at = end
	}
	return nil
}

// slice compares the records of a span, of which it holds no more bytes than limit: errLarge says that there are more, and nothing was compared.
func (r *run) slice(ctx context.Context, span past.Span, limit int64) (held int64, err error) {
	type entry struct {
		rec *raw.Record
		at  [2]int64
	}
	var list []entry
	if err := span.Read(ctx, r.cfg.Cluster, func(recs []*kgo.Record) error {
		r.report.Done += int64(len(recs))
		for _, src := range recs {
			if held += int64(len(src.Value)); held > limit {
				return errLarge
			}
			if rec := rawrecord.Decode(src); rec.Err != nil {
				r.report.Broken++
			} else if !r.ours(rec) {
				r.report.Skipped++
			} else {
				list = append(list, entry{rec, [2]int64{int64(src.Partition), src.Offset}})
			}
		}
		r.progress(r.report)
		return nil
	}); err != nil {
		return held, err
	}
	slices.SortFunc(list, func(a, b entry) int {
		return cmp.Or(a.rec.ReceivedAt.Compare(b.rec.ReceivedAt), cmp.Compare(a.at[0], b.at[0]), cmp.Compare(a.at[1], b.at[1]))
	})
	pairs := make([]*trial, 0, together)
	for _, e := range list {
		t, release, err := r.prepare(ctx, e.rec)
		if err != nil {
			return held, err
		}
		if t == nil {
			release()
			continue
		}
		pairs = append(pairs, t)
		full := r.cfg.Max > 0 && r.report.Compared+int64(len(pairs)) >= r.cfg.Max
		if len(pairs) == together || full || e.rec.Manifest != nil { // large ones one by one: their memory is bounded
			pairs = r.both(ctx, pairs)
		}
		release()
		if full {
			return held, errEnough
		}
	}
	r.both(ctx, pairs)
	return held, ctx.Err()
}

// ours says that a record is of a key with a proposed config.
func (r *run) ours(rec *raw.Record) bool {
	p, ok := r.cfg.Proposed[rec.Key]
	return ok && (r.cfg.Project == 0 || p.Scoping(rec.Key, rec.Project).Project == r.cfg.Project)
}

// trial is an envelope on its way through both chains.
type trial struct {
	Pair
	inForce, then chain.Input
}

// prepare reads an envelope; nil when it is left out.
func (r *run) prepare(ctx context.Context, rec *raw.Record) (t *trial, release func(), err error) {
	c, release := &r.cfg, func() {}
	global, ok := c.Projects.Global()
	state, status := c.Projects.Lookup(rec.Key)
	if !ok || status == project.Pending {
		r.report.Unknown++
		return nil, release, nil
	}
	if rec.Manifest != nil {
		body, free, err := c.Blobs.Fetch(ctx, rec.Manifest)
		if ctx.Err() != nil {
			return nil, release, ctx.Err()
		}
		if err != nil {
			c.Log.Warn("a large envelope cannot be compared", "receipt", rec.Receipt, "error", err)
			r.report.Broken++
			return nil, release, nil
		}
		with := *rec
		with.Body, rec, release = body, &with, free
	}
	sent, err := envelope.Parse(rec.Body)
	if err != nil {
		r.report.Broken++
		return nil, release, nil
	}
	if len(c.Types) > 0 && !sent.HasType(c.Types) {
		r.report.Skipped++
		return nil, release, nil
	}
	in := chain.Input{Record: rec, Status: status, State: state, Global: global, Now: rec.ReceivedAt, Keep: true}
	t = &trial{Pair: Pair{Record: rec, Sent: sent}, inForce: in, then: in}
	t.then.Status, t.then.State = project.Enabled, c.Proposed[rec.Key]
	if t.then.State.Disabled {
		t.then.Status, t.then.State = project.Disabled, nil
	}
	if rec.Sampling != "" {
		t.inForce.Sampling, _ = c.Projects.Lookup(rec.Sampling)
		if t.then.Sampling = c.Proposed[rec.Sampling]; t.then.Sampling == nil {
			t.then.Sampling = t.inForce.Sampling
		}
	}
	return t, release, nil
}

// both runs the chains side by side, each in the order of the envelopes because quotas count, and compares.
func (r *run) both(ctx context.Context, list []*trial) []*trial {
	var wg sync.WaitGroup
	wg.Go(func() {
		for _, t := range list {
			t.InForce = pipeline.RunChain(ctx, r.cfg.InForce, t.inForce)
		}
	})
	wg.Go(func() {
		for _, t := range list {
			t.Then = pipeline.RunChain(ctx, r.cfg.Then, t.then)
		}
	})
	wg.Wait()
	for _, t := range list {
		at := t.Record.ReceivedAt
		if r.report.Compared == 0 || at.Before(r.report.First) {
			r.report.First = at
		}
		if at.After(r.report.Last) {
			r.report.Last = at
		}
		r.report.Compared++
		r.compare(&t.Pair)
		t.InForce.Release()
		t.Then.Release()
	}
	r.progress(r.report)
	return list[:0]
}
