package pipeline

import (
	"context"
	"time"

	"weir/codecs/raw"
	"weir/topologies/kafka"
	"weir/topologies/kafka/group"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafka/session"
	"weir/topologies/kafka/stage"
	"weir/topologies/rawrecord"

	"github.com/lovoo/goka"
)

// Pipeline is the pipeline group of this process.
type Pipeline struct {
	cfg    Config
	topics *Topics
	slots  chan struct{}
	hands  crew

	takeovers takeovers
}

// New returns a pipeline.
func New(cfg Config) (*Pipeline, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.defaults()
	topics := NewTopics(cfg.Topics, cfg.Producer)
	topics.Documents = cfg.Documents
	return &Pipeline{cfg: cfg, topics: topics, slots: make(chan struct{}, cfg.Concurrency), hands: crew{keep: cfg.Concurrency},
		takeovers: takeovers{parts: map[session.TP]*takeover{}}}, nil
}

// Run works until ctx ends. The views must be ready before.
func (p *Pipeline) Run(ctx context.Context) error {
	g := kafka.Group{Name: p.cfg.Group, Cluster: p.cfg.Cluster, Delivery: p.cfg.Delivery, Instance: p.cfg.Instance,
		Producer: p.cfg.Producer, Elsewhere: p.cfg.Elsewhere, MaxBytes: p.cfg.MaxBytes, Pace: pace, Log: p.cfg.Log, Define: p.define}
	if p.cfg.Waiting != nil {
		g.Ready = p.cfg.Waiting.Ready
	}
	if p.cfg.Delivery == kafka.AtLeastOnce { // a transaction leaves nothing behind
		g.Clock, g.Doubt, g.Given, g.Taken = p.cfg.Clock, p.doubt, p.given, func(list []group.Taken) { p.taken(ctx, list) }
	}
	defer p.hands.close()
	defer p.takeovers.wg.Wait()
	return g.Run(ctx)
}

func (p *Pipeline) define(out producer.Sink) (*goka.GroupGraph, func()) {
	st := stage.New(stage.Config[*raw.Record]{
		Decode: rawrecord.Decode, Out: out, MaxBatch: p.cfg.MaxBatch, Tail: p.tail, Gather: p.gather(), Refused: p.refused, Written: p.written,
		Batch:  func(ctx context.Context, b *stage.Batch[*raw.Record]) error { return p.work(ctx, out, b) },
		Report: func(err error) { p.cfg.Log.Error("pipeline", "error", err) },
	})
	graph := goka.DefineGroup(goka.Group(p.cfg.Group), st.Input(p.cfg.Names.Raw), st.Input(p.cfg.Names.Released))
	return graph, st.Close
}

// work is process, but waits for the quota store no longer than the session lives: then another process does.
func (p *Pipeline) work(ctx context.Context, out producer.Sink, b *stage.Batch[*raw.Record]) error {
	w := p.cfg.Waiting
	if w == nil {
		return p.process(ctx, out, b)
	}
	if err := w.Ready(b.Session()); err != nil {
		return stage.ErrLeft
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(b.Session(), func() {
		if !w.Up() {
			cancel()
		}
	})()
	err := p.process(ctx, out, b)
	if err != nil && b.Session().Err() != nil && !w.Up() {
		return stage.ErrLeft
	}
	return err
}

// pace is how long records may wait in Kafka for others. At 500 events a second ten of them come together then, in one fetch, one round
// trip to the quota store and one produce request, which is a fifth less CPU for each.
const pace = 20 * time.Millisecond

// gatherFor is how long ends of records wait to share ledger records and outcome messages; their own outputs do not wait.
const gatherFor = 200 * time.Millisecond

// gather is 0 where a transaction, and with it the visibility of all its outputs, would wait.
func (p *Pipeline) gather() time.Duration {
	if p.cfg.Delivery == kafka.ExactlyOnce {
		return 0
	}
	return gatherFor
}
