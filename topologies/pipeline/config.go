package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/ingest"
	"weir/codecs/project"
	"weir/codecs/ratelimit"
	"weir/codecs/raw"
	"weir/codecs/topic"
	"weir/processors/chain"
	"weir/topologies/kafka"
	"weir/topologies/kafka/client"
	"weir/topologies/kafka/producer"
)

// Chain processes one record; *chain.Chain implements it.
type Chain interface {
	Run(ctx context.Context, in chain.Input) chain.Result
}

// Projects says what is known about a key; *projects.View implements it.
type Projects interface {
	Lookup(key dsn.PublicKey) (*project.State, project.Status)
	Request(key dsn.PublicKey)
	// Scope returns the scopes that a key is in, as far as that is known, also of a key that is disabled.
	Scope(key dsn.PublicKey) dsn.Scoping
	Global() (*project.Global, bool)
}

// Limits are the rate limits in force; *limits.View implements it.
type Limits interface {
	For(scope dsn.Scoping, now time.Time) []ratelimit.Limit
	// Learn returns when the limits are acknowledged and visible in this process.
	Learn(ctx context.Context, learned []ratelimit.Limit) error
}

// Blobs reads the bodies of large envelopes; *blobs.Fetcher implements it.
type Blobs interface {
	Fetch(ctx context.Context, m *raw.Manifest) (body []byte, release func(), err error)
}

// Waiting says when records have to wait for the quota store; *redis.Store implements it.
type Waiting interface {
	Up() bool
	// Ready returns when the store is up, with an error when ctx ends before.
	Ready(ctx context.Context) error
}

// Config describes the pipeline group of one process.
type Config struct {
	Cluster  client.Config
	Names    topic.Names
	Group    string
	Instance string
	Delivery kafka.Delivery
	// Producer describes how outputs are written: which topics are the operator's, and how large their records may be.
	Producer producer.Config
	// Elsewhere are sinks of the operator's topics that live on another cluster.
	Elsewhere map[string]producer.Sink
	// Clusters are those of these topics.
	Clusters map[string]client.Config
	// Topics are the names of the operator's topics, several for shards (pipeline 9.1); a missing one has its default name.
	Topics map[ingest.Topic][]string
	// Documents writes JSON documents instead of what Sentry's consumers read (weir.output.format: json).
	Documents bool
	Chain     Chain
	Projects  Projects
	Limits    Limits
	Blobs     Blobs
	Outcomes  Outcomes
	// Forward is set where what the chain leaves goes on to an upstream; nil: the operator's topics get it.
	Forward *Forward
	// Waiting is set where nothing is processed while the quota store is away (weir.redis_down: wait): the checks in the chain wait, and
	// partitions are not read. It needs AtLeastOnce. nil: the chain passes what it cannot check.
	Waiting Waiting
	// MaxAge is the age at which an envelope is not processed any more (spool.envelopes.max_envelope_delay_secs); default 24 h.
	MaxAge time.Duration
	// MaxWait is the age at which an envelope does not wait for its config any more; default 24 h. Parking must have the same.
	MaxWait time.Duration
	// MaxBatch is the largest number of records that are processed together; default 256.
	MaxBatch int
	// Concurrency is how many records of this process are in their chains at the same time; default 16 for each
	// processor, because most of them may wait for the quota store.
	Concurrency int
	// MaxBytes bounds the unfinished records; default 64 MiB.
	MaxBytes int
	// Observe is told of every record after its chain, in input order within a partition, before anything is written; it must not
	// block. nil: nobody looks, and the memory of messages is used again when they are written.
	Observe func(Seen)
	Clock   func() time.Time
	Log     *slog.Logger
	Metrics *Metrics
}

// Seen is what an observer is told about one record.
type Seen struct {
	Record *raw.Record
	Result *chain.Result
	Parked bool // its config is not known yet; Result is empty
}

// Outcomes says how outcomes become messages (pipeline 7.5).
type Outcomes struct {
	Off       bool          // outcomes.emit_outcomes
	Source    string        // outcomes.source
	Interval  time.Duration // aggregator.bucket_interval; default 10 s, at least 1 s
	MaxPast   time.Duration // aggregator.max_secs_in_past; default 5 days
	MaxFuture time.Duration // aggregator.max_secs_in_future; default 60 s
}

func (o *Outcomes) defaults() {
	o.Interval = max(cmp.Or(o.Interval, 10*time.Second), time.Second)
	o.MaxPast = cmp.Or(o.MaxPast, 5*24*time.Hour)
	o.MaxFuture = cmp.Or(o.MaxFuture, time.Minute)
}

// Validate reports everything that is missing or wrong.
func (c Config) Validate() error {
	var errs []error
	if c.Chain == nil || c.Projects == nil || c.Limits == nil || c.Blobs == nil || c.Clock == nil || c.Log == nil {
		errs = append(errs, errors.New("pipeline: chain, projects, limits, blobs, clock or logger is missing"))
	}
	if c.Group == "" || c.Names.Raw == "" {
		errs = append(errs, errors.New("pipeline: a name is missing"))
	}
	if f := c.Forward; f != nil && (c.Names.Forward == "" || f.Blobs == nil || c.Delivery != kafka.AtLeastOnce) {
		errs = append(errs, errors.New("pipeline: forwarding needs its topic and blobs, and writes at least once"))
	}
	if c.Waiting != nil && c.Delivery != kafka.AtLeastOnce {
		errs = append(errs, errors.New("pipeline: who waits for the quota store writes at least once"))
	}
	for t, names := range c.Topics {
		for _, n := range names {
			if n == "" {
				errs = append(errs, fmt.Errorf("pipeline: topic %s has no name", t.Key()))
			}
		}
	}
	if c.MaxAge < 0 || c.MaxWait < 0 || c.MaxBatch < 0 || c.Concurrency < 0 || c.MaxBytes < 0 || c.Outcomes.Interval < 0 || c.Outcomes.MaxPast < 0 || c.Outcomes.MaxFuture < 0 {
		errs = append(errs, errors.New("pipeline: a negative time or number"))
	}
	return errors.Join(append(errs, c.Cluster.Validate())...)
}

func (c *Config) defaults() {
	c.Outcomes.defaults()
	c.MaxAge = cmp.Or(c.MaxAge, 24*time.Hour)
	c.MaxWait = cmp.Or(c.MaxWait, 24*time.Hour)
	c.MaxBatch = cmp.Or(c.MaxBatch, 256)
	c.Concurrency = cmp.Or(c.Concurrency, 16*runtime.GOMAXPROCS(0))
}
