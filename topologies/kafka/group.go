package kafka

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"weir/topologies/kafka/client"
	"weir/topologies/kafka/eos"
	"weir/topologies/kafka/group"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafka/session"
	"weir/topologies/kafka/table"

	"github.com/lovoo/goka"
)

// Group is one consumer group of this process under supervision.
type Group struct {
	// Name of the consumer group, with the namespace prefix.
	Name    string
	Cluster client.Config
	// Delivery of the outputs that go through the sink given to Define. A group with a table (goka.Persist) is
	// always AtLeastOnce.
	Delivery Delivery
	// Instance is WEIR_INSTANCE: a static member with a stable transactional id. Empty: a dynamic member that
	// leaves the group when it stops, with a random one.
	Instance string
	// Producer describes how outputs are written.
	Producer producer.Config
	// Elsewhere are sinks of topics that live on another cluster; they are not closed.
	Elsewhere map[string]producer.Sink
	// Define makes the graph for one run. Outputs of stages go to out, which is valid until finish is called,
	// after the processor has ended. Nothing of an earlier run may be used again.
	Define func(out producer.Sink) (graph *goka.GroupGraph, finish func())
	// MaxBytes bounds the unfinished records of the group; default 64 MiB.
	MaxBytes int
	// CommitInterval of AtLeastOnce; default 500 ms.
	CommitInterval time.Duration
	// Pace is the shortest time between two polls that bring few records, see group.Config; AtLeastOnce alone.
	Pace time.Duration
	// Taken, Given, Doubt and Clock pass on how partitions were left, see group.Config; AtLeastOnce alone.
	Taken func([]group.Taken)
	Given func(map[string][]int32)
	Doubt func(tp session.TP, offset int64) (since time.Time, yes bool)
	Clock func() time.Time
	// Ready returns when records can be processed, or an error when session ends before; AtLeastOnce does not poll until then. It is
	// called often. nil: they always can.
	Ready func(session context.Context) error
	// MaxTransaction is the largest number of records in one transaction; default 5000.
	MaxTransaction int
	Log            *slog.Logger
}

// Validate reports what is missing or does not fit together.
func (g Group) Validate() error {
	var errs []error
	if g.Name == "" {
		errs = append(errs, errors.New("group: no name"))
	}
	if g.Define == nil {
		errs = append(errs, fmt.Errorf("group %s: no graph", g.Name))
	}
	if g.Log == nil {
		errs = append(errs, fmt.Errorf("group %s: no logger", g.Name))
	}
	if g.Taken != nil && g.Clock == nil {
		errs = append(errs, fmt.Errorf("group %s: no clock", g.Name))
	}
	if g.Ready != nil && g.Delivery == ExactlyOnce {
		errs = append(errs, fmt.Errorf("group %s: a transaction cannot wait until records can be processed", g.Name))
	}
	return errors.Join(append(errs, g.Cluster.Validate())...)
}

// Run keeps the group running until ctx ends: whenever the processor ends by itself it is made anew after a
// pause. It returns nil after a clean stop.
func (g Group) Run(ctx context.Context) error {
	if err := g.Validate(); err != nil {
		return err
	}
	if g.Delivery == ExactlyOnce && len(g.Elsewhere) > 0 {
		g.Log.Warn("topics on another cluster are written at-least-once", "group", g.Name, "topics", slices.Sorted(maps.Keys(g.Elsewhere)))
	}
	return Supervise(ctx, g.Log.With("group", g.Name), g.once)
}

// once runs one processor from its making to its end.
func (g Group) once(ctx context.Context) (err error) {
	var opts []goka.ProcessorOption
	var out producer.Sink
	report := func(err error) { g.Log.Warn("kafka", "error", brief(err)) }
	if g.Delivery == ExactlyOnce {
		r := eos.New(g.Cluster, g.Producer, eos.Config{TransactionalID: g.transactionalID(), Instance: g.Instance, MaxBatch: g.MaxTransaction, Report: report})
		opts, out = r.Options(), r
	} else {
		p, err := producer.New(g.Cluster, g.Producer)
		if err != nil {
			return err
		}
		defer func() {
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
			defer cancel()
			err = errors.Join(err, p.Close(ctx))
		}()
		out = p
		opts = []goka.ProcessorOption{
			goka.WithConsumerGroupBuilder(group.Builder(g.Cluster, group.Config{Instance: g.Instance, MaxBytes: g.MaxBytes, CommitInterval: g.CommitInterval, Pace: g.Pace, Ready: g.Ready, Taken: g.Taken, Given: g.Given, Doubt: g.Doubt, Clock: g.Clock, Report: report})),
			goka.WithProducerBuilder(producer.GokaBuilder(p)),
		}
	}
	if len(g.Elsewhere) > 0 {
		out = producer.Router{Default: out, ByTopic: g.Elsewhere}
	}
	out = producer.NewIsolator(out, report)
	graph, finish := g.Define(out)
	if finish != nil {
		defer finish()
	}
	if name := string(graph.Group()); name != g.Name {
		return fmt.Errorf("the graph is that of group %q", name)
	}
	if graph.GroupTable() != nil && g.Delivery == ExactlyOnce {
		return errors.New("a group with a table cannot be exactly-once: goka would wait for ever for the end of the table")
	}
	opts = append(opts, goka.WithLogger(logger{g.Log}), goka.WithStorageBuilder(table.Storage()),
		goka.WithTopicManagerBuilder(table.TopicManager(g.Cluster)), goka.WithConsumerSaramaBuilder(table.Consumer(g.Cluster)))
	p, err := goka.NewProcessor(g.Cluster.Brokers, graph, opts...)
	if err != nil {
		return fmt.Errorf("make processor: %w", err)
	}
	return p.Run(ctx)
}

func (g Group) transactionalID() string {
	id := g.Instance
	if id == "" {
		var b [8]byte
		_, _ = rand.Read(b[:])
		id = hex.EncodeToString(b[:])
	}
	return g.Name + "-" + id
}
