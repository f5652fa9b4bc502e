package replay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"weir/codecs/ledger"
	"weir/processors/chain"
	"weir/topologies/kafka/past"
	"weir/topologies/kafka/producer"
	"weir/topologies/pipeline"

	"github.com/twmb/franz-go/pkg/kgo"
)

// run is one call of Run.
type run struct {
	cfg      Config
	report   *Report
	verdicts verdicts
	topics   *pipeline.Topics
	out      producer.Sink
	bookmark bookmark
	waited   sync.Map // keys whose config did not come
	progress func(Progress)
}

// Run replays until everything is done or ctx ends, which is no error: the report says so. progress (may be nil) is called
// after every batch, from one goroutine.
func Run(ctx context.Context, cfg Config, progress func(Progress)) (Report, error) {
	if err := cfg.Validate(); err != nil {
		return Report{}, err
	}
	cfg.defaults()
	if progress == nil {
		progress = func(Progress) {}
	}
	topics := pipeline.NewTopics(cfg.Topics, cfg.Producer)
	topics.Documents = cfg.Documents
	r := &run{cfg: cfg, report: newReport(cfg.ID, cfg.DryRun), topics: topics, progress: progress,
		bookmark: bookmark{cfg.Cluster, cfg.Progress + cfg.ID, cfg.source()}}
	err := r.run(ctx)
	if err != nil && ctx.Err() != nil {
		err = nil
	}
	return *r.report, err
}

func (r *run) run(ctx context.Context) error {
	s, err := past.Offsets(ctx, r.cfg.Cluster, r.cfg.source(), r.cfg.From, r.cfg.To)
	if err != nil {
		return err
	}
	r.report.Records = s.Records()
	if !r.cfg.DryRun {
		if r.report.Resumed, err = r.bookmark.cut(ctx, &s); err != nil {
			return err
		}
		r.report.Done = r.report.Resumed
		p, err := producer.New(r.cfg.Cluster, r.cfg.Producer)
		if err != nil {
			return err
		}
		defer func() {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			_ = p.Close(ctx) // everything that counts was waited for
		}()
		r.out = producer.Router{Default: p, ByTopic: r.cfg.Elsewhere}
	}
	if r.cfg.Quotas == chain.QuotaRecorded && !r.cfg.DeadLetters && len(s.Parts) > 0 {
		if r.verdicts, err = readVerdicts(ctx, &r.cfg); err != nil {
			return err
		}
	}
	if err := s.Read(ctx, r.cfg.Cluster, func(recs []*kgo.Record) error { return r.batch(ctx, recs) }); err != nil {
		return err
	}
	r.report.Done, r.report.Finished = r.report.Records, true
	r.progress(r.report.snapshot())
	return nil
}

// batch replays some records and remembers them when their outputs are acknowledged.
func (r *run) batch(ctx context.Context, recs []*kgo.Record) error {
	works := make([]*work, len(recs))
	for i, rec := range recs {
		works[i] = &work{src: rec}
	}
	r.parallel(ctx, works)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	book := ledger.Builder{Replay: r.cfg.ID}
	outcomes := pipeline.NewAggregate(r.cfg.Outcomes)
	var out []kgo.Record
	next := map[int32]int64{}
	for _, w := range works {
		r.report.Done++
		next[w.src.Partition] = w.src.Offset + 1
		switch w.end {
		case skipped:
			r.report.Skipped++
			continue
		case unknown:
			r.report.Unknown++
			continue
		case broken:
			r.report.Broken++
			continue
		}
		r.report.add(fmt.Sprintf("%s/%d@%d", w.src.Topic, w.src.Partition, w.src.Offset), &w.result)
		if r.cfg.DryRun {
			continue
		}
		messages, _ := r.topics.Deliver(&w.result, w.rec)
		for i := range messages {
			r.mark(&messages[i])
		}
		out = append(out, messages...)
		book.Add(ledger.Source{Topic: w.src.Topic, Partition: w.src.Partition}, w.src.Offset, w.rec.Key, ledger.HourOf(w.rec.ReceivedAt.Unix()),
			pipeline.Effect(w.rec, &w.result))
		if r.cfg.DeadLetters && w.state != nil && w.state.HasProject && !r.cfg.Outcomes.Off {
			for i := range w.result.Tallies {
				outcomes.Add(&w.result.Tallies[i], w.rec.ReceivedAt)
			}
		}
	}
	if !r.cfg.DryRun {
		for _, o := range outcomes.Records(nil, r.topics, pipeline.Cover{}) {
			r.mark(&o)
			out = append(out, o)
		}
		for _, l := range book.Records() {
			out = append(out, kgo.Record{Topic: r.cfg.Names.Ledger, Key: l.RecordKey(), Value: l.AppendTo(nil)})
		}
		if err := r.write(ctx, out); err != nil {
			return err
		}
		// What is written is remembered even when the run is interrupted just now.
		keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := r.bookmark.keep(keep, next); err != nil {
			return err
		}
	}
	r.progress(r.report.snapshot())
	return nil
}

// mark adds the header of the run in its place: names ascend.
func (r *run) mark(rec *kgo.Record) {
	h := kgo.RecordHeader{Key: HeaderReplay, Value: []byte(r.cfg.ID)}
	i, _ := slices.BinarySearchFunc(rec.Headers, h, func(a, b kgo.RecordHeader) int { return strings.Compare(a.Key, b.Key) })
	rec.Headers = slices.Insert(rec.Headers, i, h)
}

func (r *run) write(ctx context.Context, out []kgo.Record) error {
	done := make(chan error, len(out))
	for i := range out {
		r.out.Produce(ctx, &out[i], func(_ *kgo.Record, err error) { done <- err })
	}
	var errs error
	for range out {
		errs = errors.Join(errs, <-done)
	}
	if errs != nil {
		return fmt.Errorf("write outputs: %w", errs)
	}
	return nil
}

func (r *run) parallel(ctx context.Context, works []*work) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(r.cfg.Concurrency, len(works)) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(works)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				r.one(ctx, works[i])
			}
		})
	}
	wg.Wait()
}
