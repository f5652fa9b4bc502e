package group

import (
	"context"
	"sync"
	"time"

	"weir/topologies/kafka/client"
	"weir/topologies/kafka/instance"
	"weir/topologies/kafka/session"

	"github.com/IBM/sarama"
	"github.com/lovoo/goka"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Config describes a consumer group.
type Config struct {
	// Instance is the static member id (WEIR_INSTANCE); empty: a dynamic member that leaves when it stops.
	Instance string
	// MaxBytes bounds the unfinished records of all partitions together; default 64 MiB. Every
	// partition gets an equal share, but at least 1 MiB. Fetches in flight come on top.
	MaxBytes int
	// CommitInterval is how often the watermark is committed; default 500 ms. After a crash about
	// (rate x CommitInterval) records are processed again.
	CommitInterval time.Duration
	// Ready returns when the handler can work, or an error when session ends before. Until then nothing is polled and the
	// records stay in Kafka; the member stays in its group. nil: the handler always can.
	Ready func(session context.Context) error
	// Pace is the shortest time between two polls that bring few records: what arrives meanwhile is handled together, which costs much less
	// for each record. The first record after a pause does not wait, nor does what is behind a poll that brought many. 0: none.
	Pace time.Duration
	// Taken is told how the partitions that this member gets were left, before any of their records is handled, and of those that it keeps
	// over a rebalance in which records failed. It must not block. nil: nobody wants to know.
	Taken func([]Taken)
	// Doubt says, for a commit, that records from the offset on may have been handled before this member got the partition, and since when
	// (zero: not known): the commit then tells that the next member. nil: they never were.
	Doubt func(tp session.TP, offset int64) (since time.Time, yes bool)
	// Given is told which partitions this member has given away, when their positions are committed. It must not block. nil: nobody wants to know.
	Given func(map[string][]int32)
	// Clock is needed for Taken: commits then tell the next member since when what follows them may have been begun.
	Clock func() time.Time
	// Report is told about errors of fetching, committing and balancing, which are tried again; nil: nobody.
	Report func(error)
	// Opts are appended to the client options (kgo.Balancers, kgo.HeartbeatInterval, ...).
	Opts []kgo.Opt
}

// Builder returns a goka.ConsumerGroupBuilder.
func Builder(cluster client.Config, cfg Config) goka.ConsumerGroupBuilder {
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = 64 << 20
	}
	if cfg.CommitInterval == 0 {
		cfg.CommitInterval = 500 * time.Millisecond
	}
	cfg.CommitInterval = max(cfg.CommitInterval, 100*time.Millisecond) // franz-go takes no less
	return func(_ []string, name, _ string) (sarama.ConsumerGroup, error) {
		return &group{cfg: cfg, cluster: cluster, name: name, errs: make(chan error)}, nil
	}
}

type group struct {
	cfg       Config
	cluster   client.Config
	name      string
	errs      chan error
	closeErrs sync.Once
}

func (g *group) Errors() <-chan error      { return g.errs }
func (g *group) Pause(map[string][]int32)  {}
func (g *group) Resume(map[string][]int32) {}
func (g *group) PauseAll()                 {}
func (g *group) ResumeAll()                {}

// Close releases Errors. The client itself belongs to Consume and is closed when that returns.
func (g *group) Close() error {
	g.closeErrs.Do(func() { close(g.errs) })
	return nil
}

// Consume runs handler sessions until ctx ends or a session fails. It does not return on rebalances.
func (g *group) Consume(ctx context.Context, topics []string, h sarama.ConsumerGroupHandler) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	r := &run{g: g, h: h, ctx: ctx, stop: stop, room: make(chan struct{}, 1), began: positions{}}
	balancer := kgo.CooperativeStickyBalancer()
	if len(topics) > 1 {
		balancer = kgo.RangeBalancer()
	}
	opts := []kgo.Opt{
		kgo.ConsumerGroup(g.name), kgo.ConsumeTopics(topics...), kgo.Balancers(balancer), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.AutoCommitMarks(), kgo.AutoCommitInterval(g.cfg.CommitInterval), kgo.BlockRebalanceOnPoll(),
		kgo.HeartbeatInterval(500 * time.Millisecond), kgo.SessionTimeout(10 * time.Second),
		kgo.FetchMaxWait(250 * time.Millisecond), kgo.FetchMaxBytes(16 << 20),
		kgo.KeepControlRecords(), // the watermark passes the ends of transactions, or the last one looks like lag for ever
		kgo.OnPartitionsAssigned(r.assigned), kgo.OnPartitionsRevoked(r.revoked), kgo.OnPartitionsLost(r.lost),
	}
	if g.cfg.Instance != "" {
		opts = append(opts, kgo.InstanceID(g.cfg.Instance))
	}
	if g.cfg.Clock != nil {
		opts = append(opts, kgo.WithContext(kgo.PreCommitFnContext(context.Background(), r.open)))
	}
	cl, err := g.cluster.New(append(opts, g.cfg.Opts...)...)
	if err != nil {
		return err
	}
	pace := pacer{every: g.cfg.Pace}
	var faults client.Faults
	for pace.wait(ctx) {
		pollCtx, cancel := r.throttle(cl)
		fetches := cl.PollRecords(pollCtx, 5000)
		cancel()
		s := r.current()
		if err := instance.Fenced(fetches, g.cfg.Instance, g.name); err != nil && ctx.Err() == nil {
			r.fail(err)
		}
		bytes := 0
		fetches.EachPartition(func(p kgo.FetchTopicPartition) {
			for _, rec := range p.Records {
				bytes += len(rec.Value)
			}
			if c := s.Claim(p.Topic, p.Partition); c != nil {
				if m, moved := c.Push(p.Records, p.HighWatermark); moved {
					r.mark(cl, session.TP{Topic: p.Topic, Part: p.Partition}, m)
				}
			}
		})
		cl.AllowRebalance() // sessions change only here, never between poll and push
		faults.Handle(ctx, fetches, g.report)
		pace.polled(fetches.NumRecords(), bytes)
	}
	cl.CloseAllowingRebalance() // calls revoked: the session ends and its watermark is committed
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

func (g *group) report(err error) {
	if g.cfg.Report != nil {
		g.cfg.Report(err)
	}
}
