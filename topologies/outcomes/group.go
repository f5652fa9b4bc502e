package outcomes

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"weir/codecs/ledger"
	"weir/codecs/topic"
	"weir/topologies/kafka"
	"weir/topologies/kafka/client"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafka/stage"

	"github.com/lovoo/goka"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Config describes the outcomes group of one process.
type Config struct {
	Cluster  client.Config
	Names    topic.Names
	Group    string
	Instance string
	Producer producer.Config
	// View is this process's copy of the table; needed for Retention alone.
	View *View
	// Retention is how long the rows of projects are kept after their hour; default 30 days. Totals stay for ever.
	Retention time.Duration
	Clock     func() time.Time
	Log       *slog.Logger
}

// Validate reports everything that is missing or wrong.
func (c Config) Validate() error {
	var errs []error
	if c.Clock == nil || c.Log == nil {
		errs = append(errs, errors.New("outcomes: clock or logger is missing"))
	}
	if c.Group == "" || c.Names.Ledger == "" {
		errs = append(errs, errors.New("outcomes: a name is missing"))
	}
	if c.Names.OutcomesTable != topic.Table(c.Group) {
		errs = append(errs, errors.New("outcomes: the table does not belong to the group"))
	}
	if c.Retention < 0 {
		errs = append(errs, errors.New("outcomes: negative retention"))
	}
	return errors.Join(append(errs, c.Cluster.Validate())...)
}

// Group is the outcomes group of this process.
type Group struct{ cfg Config }

// New returns a group.
func New(cfg Config) (*Group, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.Retention = cmp.Or(cfg.Retention, 30*24*time.Hour)
	return &Group{cfg}, nil
}

// Run works until ctx ends.
func (g *Group) Run(ctx context.Context) error {
	cluster := g.cfg.Cluster // what the pipeline writes in a transaction counts when that is committed
	cluster.Opts = append(append([]kgo.Opt(nil), cluster.Opts...), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if g.cfg.View != nil {
		wg.Go(func() { g.sweep(ctx) })
	}
	return kafka.Group{Name: g.cfg.Group, Cluster: cluster, Instance: g.cfg.Instance, Producer: g.cfg.Producer, Pace: pace, Log: g.cfg.Log,
		Define: func(producer.Sink) (*goka.GroupGraph, func()) {
			return goka.DefineGroup(goka.Group(g.cfg.Group), goka.Persist(codec{g.cfg.Log}),
				goka.Input(goka.Stream(g.cfg.Names.Ledger), stage.Bytes{}, stage.Safe(g.apply))), nil
		}}.Run(ctx)
}

// pace is how old counters are at most because records of the ledger wait for others.
const pace = 250 * time.Millisecond

// apply takes one ledger record. Its offset is committed after the row is acknowledged.
func (g *Group) apply(ctx goka.Context, msg any, done func(error)) {
	defer done(nil)
	value, _ := msg.([]byte)
	if len(value) == 0 { // see sweep
		ctx.Delete()
		return
	}
	rec, err := ledger.Decode(value)
	if err != nil || string(rec.RecordKey()) != ctx.Key() {
		g.cfg.Log.Error("a ledger record cannot be read; what it counts is lost", "key", ctx.Key(), "partition", ctx.Partition(),
			"offset", ctx.Offset(), "error", err)
		return
	}
	row, _ := ctx.Value().(*Row)
	if row == nil {
		row = &Row{}
	}
	row.ApplyAt(ctx.Offset(), rec)
	ctx.SetValue(row)
}

// codec never fails: a row that cannot be read starts anew, which is said.
type codec struct{ log *slog.Logger }

// Encode implements goka.Codec.
func (c codec) Encode(v any) ([]byte, error) { return v.(*Row).Encode() }

// Decode implements goka.Codec.
func (c codec) Decode(b []byte) (any, error) {
	row, err := DecodeRow(b)
	if err != nil {
		c.log.Error("a row of the outcomes table cannot be read and starts anew", "error", err)
		return &Row{}, nil
	}
	return row, nil
}
