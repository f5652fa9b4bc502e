package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"weir/cmd/weir/config"
	"weir/codecs/topic"
	"weir/edge/server"
	"weir/edge/upstream"
	"weir/processors/chain"
	"weir/topologies/kafka"
	"weir/topologies/kafka/broker"
	"weir/topologies/kafka/client"
	"weir/topologies/kafka/instance"
	"weir/topologies/kafka/producer"
	"weir/topologies/limits"
	"weir/topologies/outcomes"
	"weir/topologies/projects"
	"weir/topologies/projects/files"
)

// stack is what every weir process shares: the cluster, the names on it, and the process-wide views. Parts are added by
// runGroups and runEdge.
type stack struct {
	cfg      *config.Config
	log      *slog.Logger
	services *services
	clock    func() time.Time
	metrics  *prometheus.Registry

	names    topic.Names
	groups   topic.Groups
	cluster  client.Config
	outputs  producer.Config
	maxBatch map[string]int // largest record batch by topic
	own      *producer.Producer
	other    map[string]producer.Sink // operator topics on other clusters
	otherAt  map[string]client.Config // these clusters

	requests *server.Metrics // of all listeners

	projects   *projects.View
	limits     *limits.View
	counters   *outcomes.View
	files      *files.Source
	bundled    map[string][]byte // project files of `weir dev`
	projectDir string            // where project files are; empty: DIR/projects of the configuration
	observe    observer
	extra      []chain.NamedStep // steps before all others: faults for tests
	embedded   bool              // the cluster is the broker of this process
	broker     *broker.Broker    // of a process that forwards
	known      knowledge         // projects, or what a proxy has instead
	link       *upstream.Link    // nil where weir stands alone
	client     *upstream.Client  // nil where weir stands alone, and in proxy mode
	signer     *upstream.Signer  // of a proxy with credentials
	stopBy     time.Time         // when the process has to have ended
	lookups    *lookups          // reference data; nil until a chain needs it
}

// newStack returns the stack of a cluster; open connects to it.
func newStack(cfg *config.Config, log *slog.Logger, cluster client.Config) (*stack, error) {
	s := &stack{cfg: cfg, log: log, services: newServices(log), clock: time.Now, metrics: prometheus.NewRegistry(), cluster: cluster,
		maxBatch: map[string]int{}, other: map[string]producer.Sink{}, otherAt: map[string]client.Config{}}
	s.names, s.groups = namesOf(cfg)
	if err := s.keep().Validate(); err != nil {
		log.Warn("records may be gone before they are read or replayed", "error", err)
	}
	s.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return s, nil
}

func namesOf(cfg *config.Config) (topic.Names, topic.Groups) {
	return topic.NamesIn(cfg.Weir.Namespace), topic.GroupsIn(cfg.Weir.Namespace)
}

// open makes the topics and starts the views. It returns when the views are complete.
func (s *stack) open(ctx context.Context) error {
	if err := s.otherClusters(ctx); err != nil {
		return err
	}
	if err := s.applyTopics(ctx); err != nil {
		return err
	}
	s.outputs = producer.Config{
		Operator: func(name string) bool { return s.isOperator(name) },
		MaxBatch: func(name string) int32 { return int32(s.maxBatch[name]) },
	}
	if s.cfg.Weir.Instance != "" {
		if err := s.lease(ctx); err != nil {
			return err
		}
	}
	var err error
	if s.own, err = producer.New(s.cluster, s.outputs); err != nil {
		return err
	}
	s.services.atStop("writer", s.own.Close)
	if err := s.openViews(ctx); err != nil {
		return err
	}
	return nil
}

func (s *stack) lease(ctx context.Context) error {
	lease, err := instance.Acquire(ctx, s.cluster, instance.Config{Instance: s.cfg.Weir.Instance, Topic: s.names.ProjectsTable,
		Group: s.cfg.Weir.Namespace + "instance-" + s.cfg.Weir.Instance})
	var duplicate *instance.DuplicateError
	switch {
	case errors.As(err, &duplicate):
		return usageError{err}
	case err != nil:
		return fmt.Errorf("WEIR_INSTANCE: %w", err)
	}
	s.services.start("instance", lease.Hold)
	return nil
}

func (s *stack) openViews(ctx context.Context) (err error) {
	if s.projects, err = projects.NewView(projects.ViewConfig{Cluster: s.cluster, Table: s.names.ProjectsTable, Requests: s.names.ProjectRequests,
		Policy: policyConfig(s.cfg), Out: s.own, Clock: s.clock, Log: s.log.With("part", "projects view")}); err != nil {
		return err
	}
	if s.limits, err = limits.New(limits.Config{Cluster: s.cluster, Topic: s.names.RateLimits, Out: s.own, Clock: s.clock, Log: s.log.With("part", "limits view")}); err != nil {
		return err
	}
	s.known = s.projects
	if s.forwards() && s.proxy() {
		global, err := s.proxyGlobal()
		if err != nil {
			return usageError{err}
		}
		s.known = proxyKnowledge{global}
	}
	s.services.start("projects view", s.projects.Run)
	s.services.start("limits view", s.limits.Run)
	s.startCounters() // side by side: a start waits for the slowest view alone
	if err := s.projects.WaitReady(ctx); err != nil {
		return fmt.Errorf("read the projects table: %w", err)
	}
	if err := s.limits.WaitReady(ctx); err != nil {
		return fmt.Errorf("read the rate limits: %w", err)
	}
	return s.openCounters(ctx)
}

// startCounters starts the view of the outcomes table.
func (s *stack) startCounters() {
	if s.counters == nil {
		s.counters = outcomes.NewView(s.cluster, s.names.OutcomesTable, s.log.With("part", "outcomes view"))
		s.services.start("outcomes view", s.counters.Run)
	}
}

// openCounters returns when the view of the outcomes table is complete.
func (s *stack) openCounters(ctx context.Context) error {
	s.startCounters()
	if err := s.counters.WaitReady(ctx); err != nil {
		return fmt.Errorf("read the outcomes table: %w", err)
	}
	return nil
}

// openFiles reads the project files, if there is a place for them.
func (s *stack) openFiles() (err error) {
	dir := s.projectDir
	if dir == "" && s.cfg.Dir != "" {
		dir = filepath.Join(s.cfg.Dir, "projects")
	}
	if dir == "" && s.bundled == nil {
		return nil
	}
	s.files, err = files.New(files.Config{Dir: dir, Bundled: s.bundled, Log: s.log.With("part", "project files")})
	return err
}

// globalConfig is DIR/global_config.json, nil without one.
func (s *stack) globalConfig() ([]byte, error) {
	if s.cfg.Dir == "" {
		return nil, nil
	}
	b, err := os.ReadFile(filepath.Join(s.cfg.Dir, "global_config.json"))
	if os.IsNotExist(err) {
		return nil, nil
	}
	return b, err
}

// policyConfig is how long project configs are used.
func policyConfig(cfg *config.Config) projects.Policy {
	c := cfg.Cache
	return projects.Policy{Expiry: c.ProjectExpiry.Duration(), Grace: c.ProjectGrace.Duration(), Refresh: deref(c.ProjectRefresh).Duration()}
}

// delivery is how the pipeline writes. A transaction cannot stay open while Redis is away.
func (s *stack) delivery() (kafka.Delivery, error) {
	d, err := kafka.ParseDelivery(s.cfg.Weir.Delivery)
	if err == nil && d == kafka.ExactlyOnce && s.waits() {
		s.log.Warn("weir.redis_down is wait: messages are written at least once, although weir.delivery is exactly-once")
		d = kafka.AtLeastOnce
	}
	return d, err
}
