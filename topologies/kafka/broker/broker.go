package broker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"

	"weir/topologies/kafka/client"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// ErrFull is what Full means, for callers that refuse before they produce.
var ErrFull = errors.New("embedded broker: full: unread records take all of max_bytes")

// Broker is a running embedded broker.
type Broker struct {
	cfg     Config
	cluster *kfake.Cluster
	adm     *kadm.Client
	closers []func()
	round   sync.Mutex // held by Clean
	full    atomic.Bool
	stats   atomic.Pointer[Stats]
	faults  *kfake.FaultHandle
	linked  map[string]*links
}

// Stats are the sizes that the janitor saw in its last round, in bytes.
type Stats struct {
	Bytes    int64 `json:"bytes"`    // of all records
	Unread   int64 `json:"unread"`   // of records that a reader has not finished
	Entry    int64 `json:"entry"`    // of those, on entry topics
	MaxBytes int64 `json:"maxBytes"` // the bound
	Full     bool  `json:"full"`     // input is refused
}

// Start starts a broker that listens on 127.0.0.1. Run the janitor beside it, Close it last.
func Start(cfg Config) (*Broker, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	b := &Broker{cfg: cfg, linked: map[string]*links{}}
	for _, l := range cfg.Linked {
		b.linked[l.Topic] = &links{Linked: l, every: cfg.Every}
	}
	opts := []kfake.Opt{
		kfake.NumBrokers(1), kfake.Ports(cfg.Port), kfake.ClusterID("weir-embedded"),
		kfake.DefaultNumPartitions(cfg.Partitions), kfake.WithLogger(logger{cfg.Log}),
		kfake.BrokerConfigs(map[string]string{
			"log.segment.bytes": strconv.Itoa(cfg.segment()),
			"log.retention.ms":  "-1", // the janitor deletes, and never what is unread
		}),
	}
	if cfg.Dir != "" {
		unlock, err := lock(cfg.Dir)
		if err != nil {
			return nil, err
		}
		b.closers = append(b.closers, unlock)
		if err := seal(cfg.Dir); err != nil {
			b.Close()
			return nil, fmt.Errorf("embedded broker: %s: %w", cfg.Dir, err)
		}
		opts = append(opts, kfake.DataDir(cfg.Dir))
		if cfg.Fsync {
			opts = append(opts, kfake.SyncWrites())
		}
	}
	cluster, err := kfake.NewCluster(opts...)
	if err != nil {
		b.Close()
		return nil, fmt.Errorf("embedded broker: %w", err)
	}
	b.cluster = cluster
	b.closers = append(b.closers, cluster.Close)
	b.keepForever()
	b.begin()
	adm, done, err := b.Client().Admin()
	if err != nil {
		b.Close()
		return nil, fmt.Errorf("embedded broker: %w", err)
	}
	b.adm = adm
	b.closers = append(b.closers, done)
	b.stats.Store(&Stats{MaxBytes: cfg.MaxBytes})
	return b, nil
}

// Client says how to reach the broker, and lets it know what the clients write.
func (b *Broker) Client() client.Config {
	c := client.Config{Brokers: b.cluster.ListenAddrs()}
	for _, l := range b.linked {
		c.Opts = append(c.Opts, kgo.WithHooks(l))
	}
	return c
}

// Full reports whether new input is refused; producing to an entry topic then fails at once with POLICY_VIOLATION.
func (b *Broker) Full() bool { return b.full.Load() }

// Stats returns what the last round of the janitor saw.
func (b *Broker) Stats() Stats { return *b.stats.Load() }

// Run is the janitor; it ends with ctx.
func (b *Broker) Run(ctx context.Context) error { return b.janitor(ctx) }

// Close stops the broker. With a directory it writes what speeds the next start up; without Close that start reads the
// whole log once.
func (b *Broker) Close() {
	for i := len(b.closers) - 1; i >= 0; i-- {
		b.closers[i]()
	}
	b.closers = nil
}

// lock makes dir and takes it for this process. The system gives it back however the process ends.
func lock(dir string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("embedded broker: %w", err)
	}
	f, err := os.OpenFile(dir+"/lock", os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("embedded broker: %w", err)
	}
	if err := flock(f); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("embedded broker: %s is used by another process: %w", dir, err)
	}
	return func() { _ = f.Close() }, nil
}
