package parking

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/project"
	"weir/codecs/topic"
	"weir/topologies/kafka"
	"weir/topologies/kafka/client"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafka/stage"

	"github.com/lovoo/goka"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Projects is the view that says what is known; projects.View implements it.
type Projects interface {
	Lookup(key dsn.PublicKey) (*project.State, project.Status)
	Request(key dsn.PublicKey)
	Global() (*project.Global, bool)
	OnChange(f func(key string)) (stop func())
}

// Config describes the parking group of one process. It is always at-least-once, whatever the pipeline is: its records wait for
// an event from outside, which no transaction may.
type Config struct {
	Cluster  client.Config
	Names    topic.Names
	Group    string
	Instance string
	Producer producer.Config
	Projects Projects
	// First is how long a record waits before it is parked again, so that commits go on; default 5 s. Again is the wait
	// after that; default 60 s.
	First, Again time.Duration
	// MaxAge is the age, since it was received, at which a record is released although its key is not known; the pipeline
	// must have the same (MaxWait). Default 24 h.
	MaxAge time.Duration
	// MaxBytes bounds the records that wait; default 64 MiB. Near it the oldest are parked again after First already.
	MaxBytes int
	Clock    func() time.Time
	Log      *slog.Logger
	Metrics  *Metrics
}

// Validate reports everything that is missing or wrong.
func (c Config) Validate() error {
	var errs []error
	if c.Projects == nil || c.Clock == nil || c.Log == nil {
		errs = append(errs, errors.New("parking: projects, clock or logger is missing"))
	}
	if c.Group == "" || c.Names.Parked == "" || c.Names.Released == "" {
		errs = append(errs, errors.New("parking: a name is missing"))
	}
	if c.First < 0 || c.Again < 0 || c.MaxAge < 0 || c.MaxBytes < 0 {
		errs = append(errs, errors.New("parking: a negative time or size"))
	}
	return errors.Join(append(errs, c.Cluster.Validate())...)
}

// Group is the parking group of this process.
type Group struct{ cfg Config }

// New returns a group.
func New(cfg Config) (*Group, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.First = cmp.Or(cfg.First, 5*time.Second)
	cfg.Again = cmp.Or(cfg.Again, time.Minute)
	cfg.MaxAge = cmp.Or(cfg.MaxAge, 24*time.Hour)
	cfg.MaxBytes = cmp.Or(cfg.MaxBytes, 64<<20)
	return &Group{cfg}, nil
}

// Run works until ctx ends.
func (g *Group) Run(ctx context.Context) error {
	cluster := g.cfg.Cluster // what the pipeline parks in a transaction counts when that is committed
	cluster.Opts = append(append([]kgo.Opt(nil), cluster.Opts...), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	parts, err := g.partitions(ctx)
	if err != nil {
		return err
	}
	return kafka.Group{Name: g.cfg.Group, Cluster: cluster, Instance: g.cfg.Instance, Producer: g.cfg.Producer,
		MaxBytes: g.cfg.MaxBytes, Log: g.cfg.Log,
		Define: func(out producer.Sink) (*goka.GroupGraph, func()) {
			lot := newLot(g.cfg, out, max(g.cfg.MaxBytes/parts, 1<<20))
			graph := goka.DefineGroup(goka.Group(g.cfg.Group),
				goka.Input(goka.Stream(g.cfg.Names.Parked), stage.Bytes{}, stage.Safe(lot.callback)))
			return graph, lot.close
		}}.Run(ctx)
}

// partitions returns how many the parked topic has.
func (g *Group) partitions(ctx context.Context) (int, error) {
	adm, done, err := g.cfg.Cluster.Admin()
	if err != nil {
		return 0, fmt.Errorf("parking: %w", err)
	}
	defer done()
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		ts, err := adm.ListTopics(ctx, g.cfg.Names.Parked)
		if err == nil {
			err = ts[g.cfg.Names.Parked].Err
		}
		if n := len(ts[g.cfg.Names.Parked].Partitions); err == nil && n > 0 {
			return n, nil
		}
		g.cfg.Log.Warn("parking waits for its topic", "topic", g.cfg.Names.Parked, "error", err)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return 1, nil // the group ends at once
		}
	}
}
