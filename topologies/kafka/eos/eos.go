package eos

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"sync"
	"time"

	"weir/topologies/kafka/client"
	"weir/topologies/kafka/instance"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafka/session"

	"github.com/IBM/sarama"
	"github.com/lovoo/goka"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Config describes an exactly-once runner.
type Config struct {
	// TransactionalID must be unique among all running instances and should be stable over restarts of one
	// instance, which then aborts what it left open.
	TransactionalID string
	// Instance is the static member id (WEIR_INSTANCE); empty: a dynamic member that leaves when it stops.
	Instance string
	// MaxBatch is the largest number of messages per transaction; default 5000. Under low load a
	// transaction holds what one poll returned.
	MaxBatch int
	// Timeout is when the broker aborts the transaction of a dead instance that does not come back; until then
	// nothing behind it can be read with read_committed. Default 15 s; brokers check every 10 s.
	Timeout time.Duration
	// Report is told about errors of fetching and balancing, which are tried again; nil: nobody.
	Report func(error)
	// Opts are appended to the client options.
	Opts []kgo.Opt
}

// Runner ties the producer and the consumer group of one processor to one transactional client.
// Make a new Runner for every goka.NewProcessor. It is the Sink of the processor's stages.
type Runner struct {
	cluster client.Config
	cfg     Config
	prod    producer.Config
	errs    chan error

	mu  sync.Mutex
	gts *kgo.GroupTransactSession
}

// New returns a Runner that writes as prod says.
func New(cluster client.Config, prod producer.Config, cfg Config) *Runner {
	if cfg.MaxBatch == 0 {
		cfg.MaxBatch = 5000
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 15 * time.Second
	}
	return &Runner{cluster: cluster, prod: prod, cfg: cfg, errs: make(chan error)}
}

// Options returns the goka options that install the Runner.
func (r *Runner) Options() []goka.ProcessorOption {
	return []goka.ProcessorOption{
		goka.WithProducerBuilder(func([]string, string, func() hash.Hash32) (goka.Producer, error) {
			return producer.Goka(r), nil
		}),
		goka.WithConsumerGroupBuilder(func(_ []string, name, _ string) (sarama.ConsumerGroup, error) {
			return &group{Runner: r, name: name}, nil
		}),
	}
}

// Produce implements producer.Sink: the record becomes part of the running transaction.
func (r *Runner) Produce(ctx context.Context, rec *kgo.Record, f func(*kgo.Record, error)) {
	r.mu.Lock()
	gts := r.gts
	r.mu.Unlock()
	if gts == nil {
		f(rec, errors.New("eos: not running"))
		return
	}
	gts.Produce(ctx, rec, f)
}

type group struct {
	*Runner
	name string
}

func (g *group) Errors() <-chan error      { return g.errs }
func (g *group) Close() error              { return nil }
func (g *group) Pause(map[string][]int32)  {}
func (g *group) Resume(map[string][]int32) {}
func (g *group) PauseAll()                 {}
func (g *group) ResumeAll()                {}

// Consume runs transactions until ctx ends or a session fails.
func (g *group) Consume(ctx context.Context, topics []string, h sarama.ConsumerGroupHandler) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	t := &run{g: g, h: h, ctx: ctx, stop: stop, done: make(chan struct{}, 1)}
	opts := g.prod.OptionsFor(g.cluster)
	opts = append(opts,
		kgo.TransactionalID(g.cfg.TransactionalID), kgo.TransactionTimeout(g.cfg.Timeout),
		kgo.ConsumerGroup(g.name), kgo.ConsumeTopics(topics...), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.Balancers(kgo.RangeBalancer()), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.HeartbeatInterval(500*time.Millisecond), kgo.SessionTimeout(10*time.Second), kgo.FetchMaxBytes(16<<20),
		// The first fetch may go out before the offsets of all inputs are known; the others wait until it comes back.
		kgo.FetchMaxWait(250*time.Millisecond),
		kgo.OnPartitionsAssigned(t.assigned), kgo.OnPartitionsRevoked(t.revoked), kgo.OnPartitionsLost(t.revoked),
	)
	if g.cfg.Instance != "" {
		opts = append(opts, kgo.InstanceID(g.cfg.Instance))
	}
	gts, err := kgo.NewGroupTransactSession(g.cluster.Options(append(opts, g.cfg.Opts...)...)...)
	if err != nil {
		return err
	}
	// Take the transactional id over now. By itself the client does so at the first produce, but if
	// the predecessor was killed between its offset commit and its end of transaction, nobody can
	// read the group's offsets, hence nothing is produced, until the transaction times out.
	if _, _, err = gts.Client().ProducerID(ctx); err == nil {
		g.mu.Lock()
		g.gts = gts
		g.mu.Unlock()
		err = t.loop(gts)
	} else if ctx.Err() != nil {
		err = nil
	}
	stop()
	gts.Close() // leaves the group
	t.end()
	g.mu.Lock()
	g.gts = nil
	g.mu.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	return errors.Join(err, t.err)
}

// run is one Consume call.
type run struct {
	g    *group
	h    sarama.ConsumerGroupHandler
	ctx  context.Context
	stop context.CancelFunc
	done chan struct{} // kicked when pending reaches zero

	mu      sync.Mutex
	cur     *session.Session
	pending int
	err     error
}

// assigned gets all partitions: the balancing is eager.
func (t *run) assigned(_ context.Context, cl *kgo.Client, claims map[string][]int32) {
	t.end() // a GroupTransactSession reports only the first revocation within a transaction
	if len(claims) == 0 || t.ctx.Err() != nil {
		return
	}
	s := session.New(t.ctx, claims, session.Hooks{
		Mark: func(session.TP, session.Mark) {}, // the transaction commits whole polls
		Done: t.finished, Failed: t.stop, Room: make(chan struct{}, 1), Member: cl.GroupMetadata,
		Report: t.report,
	})
	t.mu.Lock()
	t.cur = s
	t.mu.Unlock()
	go s.Run(t.h)
}

func (t *run) report(err error) {
	if t.g.cfg.Report != nil {
		t.g.cfg.Report(err)
	}
}

func (t *run) revoked(context.Context, *kgo.Client, map[string][]int32) { t.end() }

// end stops the current session and waits until goka has cleaned up.
func (t *run) end() {
	t.mu.Lock()
	s := t.cur
	t.cur = nil
	t.mu.Unlock()
	if s == nil {
		return
	}
	err := s.Stop()
	t.mu.Lock()
	t.err = errors.Join(t.err, err)
	t.mu.Unlock()
}

func (t *run) finished() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.pending--; t.pending == 0 {
		select {
		case t.done <- struct{}{}:
		default:
		}
	}
}

func (t *run) loop(gts *kgo.GroupTransactSession) error {
	var faults client.Faults
	for {
		fetches := gts.PollRecords(t.ctx, t.g.cfg.MaxBatch)
		if t.ctx.Err() != nil {
			return nil // nothing of this poll was processed, nothing is committed
		}
		if err := instance.Fenced(fetches, t.g.cfg.Instance, t.g.name); err != nil {
			return err
		}
		faults.Handle(t.ctx, fetches, t.report)
		if fetches.NumRecords() == 0 {
			continue
		}
		if err := gts.Begin(); err != nil {
			return fmt.Errorf("eos: begin: %w", err)
		}
		ok := t.process(fetches)
		// A rebalance, a lost coordinator or a failed message aborts: the outputs vanish and the
		// same input is polled again, by whoever owns it then.
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		_, err := gts.End(ctx, kgo.TransactionEndTry(ok))
		cancel()
		if err != nil {
			return fmt.Errorf("eos: end: %w", err)
		}
	}
}

// process hands one poll to goka and returns true when every message of it is finished.
func (t *run) process(fetches kgo.Fetches) bool {
	t.mu.Lock()
	s := t.cur
	t.pending = fetches.NumRecords()
	t.mu.Unlock()
	select {
	case <-t.done: // left over from an aborted batch
	default:
	}
	if s == nil {
		return false
	}
	ours := true
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		ours = ours && (len(p.Records) == 0 || s.Claim(p.Topic, p.Partition) != nil)
	})
	if !ours { // polled before a rebalance
		return false
	}
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		if len(p.Records) > 0 {
			s.Claim(p.Topic, p.Partition).Push(p.Records, p.HighWatermark)
		}
	})
	for {
		select {
		case <-t.done:
			t.mu.Lock()
			all := t.pending == 0 && t.cur == s
			t.mu.Unlock()
			if all {
				return true
			}
		case <-s.Ended(): // not earlier: aborting fails the promises that goka still waits for
			return false
		}
	}
}
