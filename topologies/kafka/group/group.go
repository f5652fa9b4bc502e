package group

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"weir/topologies/kafka/client"
	"weir/topologies/kafka/instance"
	"weir/topologies/kafka/session"

	"github.com/IBM/sarama"
	"github.com/lovoo/goka"
	"github.com/twmb/franz-go/pkg/kerr"
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
	r := &run{g: g, h: h, ctx: ctx, stop: stop, room: make(chan struct{}, 1)}
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
		fetches.EachError(func(_ string, _ int32, err error) {
			if ctx.Err() == nil && errors.Is(err, kerr.FencedInstanceID) {
				r.fail(&instance.DuplicateError{Instance: g.cfg.Instance, Group: g.name})
			}
		})
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

// run is one Consume call. cur is nil while no partition is owned.
type run struct {
	g    *group
	h    sarama.ConsumerGroupHandler
	ctx  context.Context
	stop context.CancelFunc
	room chan struct{} // kicked when a queue ran empty or fell below its limit

	notes notes
	began map[string]map[int32]kgo.EpochOffset // where partitions were taken that had been left clean; for the callbacks of the group alone

	mu  sync.Mutex
	cur *session.Session
	err error
}

// fail ends Consume with err.
func (r *run) fail(err error) {
	r.mu.Lock()
	r.err = errors.Join(r.err, err)
	r.mu.Unlock()
	r.stop()
}

func (r *run) current() *session.Session {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.cur
}

// assigned gets the added partitions (cooperative) or all of them (eager).
func (r *run) assigned(_ context.Context, cl *kgo.Client, added map[string][]int32) {
	if len(added) > 0 {
		for topic, parts := range added {
			for _, part := range parts {
				delete(r.began[topic], part)
			}
		}
		if r.g.cfg.Taken != nil && r.ctx.Err() == nil {
			taken := r.g.taken(r.ctx, cl, added)
			if err := r.begin(cl, taken); err != nil { // then a kill before the next commit leaves repeats without names
				r.g.report(err)
			}
			r.g.cfg.Taken(taken)
		}
		r.replace(cl, added, nil)
	}
}

// mark notes a position for the next commit.
func (r *run) mark(cl *kgo.Client, tp session.TP, m session.Mark) {
	if r.g.cfg.Clock != nil {
		r.notes.marked(tp, m)
	}
	cl.MarkCommitOffsets(map[string]map[int32]kgo.EpochOffset{tp.Topic: {tp.Part: m.EpochOffset}})
}

func (r *run) revoked(_ context.Context, cl *kgo.Client, gone map[string][]int32) {
	if len(gone) > 0 {
		r.replace(cl, nil, gone)
	}
}

func (r *run) lost(_ context.Context, cl *kgo.Client, gone map[string][]int32) {
	r.replace(cl, nil, gone)
}

// replace ends the running session, commits its watermark and starts a new session with the changed
// claims. goka can only start and stop all partitions together, so kept partitions restart too;
// their unfinished records move to the new session and are not fetched or processed twice.
func (r *run) replace(cl *kgo.Client, added, gone map[string][]int32) {
	claims := maps.Clone(added)
	if claims == nil {
		claims = map[string][]int32{}
	}
	carry := map[session.TP][]*kgo.Record{}
	if old := r.current(); old != nil {
		err := old.Stop()
		torn, kept := map[session.TP]bool{}, []Taken(nil)
		for k, c := range old.Parts() {
			from, isTorn := c.Torn()
			torn[k] = isTorn
			if c.SetPaused(false) {
				cl.ResumeFetchPartitions(map[string][]int32{k.Topic: {k.Part}})
			}
			if !slices.Contains(gone[k.Topic], k.Part) && !slices.Contains(claims[k.Topic], k.Part) {
				claims[k.Topic] = append(slices.Clone(claims[k.Topic]), k.Part)
				carry[k] = c.Unfinished()
				if isTorn {
					since := from.Since
					if before, ok := r.doubt(k, from.Offset); ok { // what was left to this member is not finished either
						since = min(since, before)
					}
					kept = append(kept, Taken{TP: k, Offset: from.Offset, Since: time.UnixMilli(since)})
				}
			}
		}
		if len(kept) > 0 && r.g.cfg.Taken != nil {
			r.g.cfg.Taken(kept)
		}
		r.mu.Lock()
		r.cur, r.err = nil, errors.Join(r.err, err)
		r.mu.Unlock()
		if len(gone) > 0 { // a failed commit only means more duplicates
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			commit := cl.CommitMarkedOffsets
			if r.g.cfg.Clock != nil {
				commit = func(ctx context.Context) error { return r.commitLeft(ctx, cl, gone, torn) }
			}
			if err := commit(ctx); err != nil {
				r.g.report(err)
			}
			cancel()
		}
	}
	if len(gone) > 0 && r.g.cfg.Given != nil {
		r.g.cfg.Given(gone)
	}
	if len(claims) == 0 || r.ctx.Err() != nil {
		return
	}
	s := session.New(r.ctx, claims, session.Hooks{
		Mark: func(k session.TP, m session.Mark) { r.mark(cl, k, m) },
		Done: func() {}, Failed: r.stop, Report: r.g.report, Room: r.room, Member: cl.GroupMetadata, Clock: r.g.cfg.Clock,
	})
	for k, recs := range carry {
		s.Claim(k.Topic, k.Part).Push(recs, 0)
	}
	r.mu.Lock()
	r.cur = s
	r.mu.Unlock()
	go s.Run(r.h) // Setup may replay tables for long; the group keeps heart-beating meanwhile
}

// throttle bounds memory before the next poll. While every partition has work it just waits, which
// keeps the fetched data; a full partition is paused (which discards its fetched data) only when
// another one would starve. It returns the context for the poll, which ends soon when there are
// paused partitions to look after.
func (r *run) throttle(cl *kgo.Client) (context.Context, context.CancelFunc) {
	for r.ctx.Err() == nil {
		s := r.current()
		if s == nil {
			break
		}
		if r.g.cfg.Ready != nil && r.g.cfg.Ready(s.Context()) != nil {
			return context.WithTimeout(r.ctx, 20*time.Millisecond) // the poll waits for the end of the rebalance
		}
		limit := max(r.g.cfg.MaxBytes/len(s.Parts()), 1<<20)
		full, starving, anyPaused := map[string][]int32{}, false, false
		for k, c := range s.Parts() {
			bytes, idle, paused := c.Load()
			switch {
			case paused && bytes < limit/2:
				c.SetPaused(false)
				cl.ResumeFetchPartitions(map[string][]int32{k.Topic: {k.Part}})
			case paused:
				anyPaused = true
			case bytes >= limit:
				full[k.Topic] = append(full[k.Topic], k.Part)
			case idle:
				starving = true
			}
		}
		if len(full) > 0 && !starving {
			select {
			case <-r.room:
			case <-s.Context().Done():
			}
			continue
		}
		for t, ps := range full {
			for _, p := range ps {
				s.Claim(t, p).SetPaused(true)
			}
			anyPaused = true
		}
		if !anyPaused {
			break
		}
		if len(full) > 0 {
			cl.PauseFetchPartitions(full)
		}
		return context.WithTimeout(r.ctx, 20*time.Millisecond)
	}
	return r.ctx, func() {}
}
