package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"weir/cmd/weir/config"
	"weir/codecs/ingest"
	"weir/codecs/metric"
	"weir/codecs/signature"
	"weir/processors/admission"
	"weir/processors/chain"
	"weir/processors/items"
	"weir/processors/normalize"
	"weir/processors/quota"
	"weir/processors/quota/memory"
	"weir/processors/quota/redis"
	"weir/processors/records"
	"weir/processors/route"
	"weir/processors/scrub"
	"weir/topologies/outcomes"
	"weir/topologies/parking"
	"weir/topologies/pipeline"
	"weir/topologies/projects"
	projectcache "weir/topologies/projects/redis"
)

// The consumer groups that a process can run.
var allGroups = []string{"pipeline", "projects", "parking", "outcomes"}

// forwardGroups are those of a process that forwards; a proxy knows no projects.
func forwardGroups(proxy bool) []string {
	if proxy {
		return []string{"outcomes", "forward", "pipeline"}
	}
	return []string{"projects", "parking", "outcomes", "forward", "pipeline"}
}

// observer sees every processed record of the pipeline in this process; nil: nobody looks.
type observer func(pipeline.Seen)

// parseGroups reads --groups.
func parseGroups(list string) ([]string, error) {
	if list == "" {
		return allGroups, nil
	}
	var out []string
	for g := range strings.SplitSeq(list, ",") {
		if g = strings.TrimSpace(g); !slices.Contains(allGroups, g) {
			return nil, usagef("process: --groups: %q is none of %s", g, strings.Join(allGroups, ", "))
		}
		out = append(out, g)
	}
	return out, nil
}

// runGroups starts consumer groups. Sources of project configs run where the projects group runs.
func (s *stack) runGroups(which []string, store quota.Store, upstream projects.Source) error {
	start := map[string]func() error{
		"projects": func() error { return s.runProjects(upstream) },
		"parking":  s.runParking,
		"outcomes": s.runOutcomes,
		"pipeline": func() error { return s.runPipeline(store) },
		"forward":  s.runForward,
	}
	for _, g := range []string{"projects", "parking", "outcomes", "forward", "pipeline"} {
		if !slices.Contains(which, g) {
			continue
		}
		if err := start[g](); err != nil {
			return fmt.Errorf("%s group: %w", g, err)
		}
	}
	return nil
}

func (s *stack) runProjects(upstream projects.Source) error {
	if err := s.openFiles(); err != nil {
		return err
	}
	var sources []projects.Source
	if s.files != nil {
		sources = append(sources, s.files)
	}
	if r := s.cfg.Processing.Redis.Projects; r != nil && s.cfg.Processing.Enabled { // asked before the upstream (pipeline 3.5)
		cache, closeCache, err := projectcache.Open(projectcache.Server{URLs: r.Servers, Cluster: r.Cluster, Sentinels: r.Sentinels}, projectcache.Config{Prefix: s.cfg.Processing.ProjectCachePrefix, Log: s.log.With("part", "project cache")})
		if err != nil {
			return usageError{fmt.Errorf("processing.redis: %w", err)}
		}
		s.services.atStop("project cache", func(context.Context) error { return closeCache() })
		sources = append(sources, cache)
	}
	if upstream != nil {
		sources = append(sources, upstream)
	}
	global, err := s.globalConfig()
	if err != nil {
		return fmt.Errorf("global config: %w", err)
	}
	c := s.cfg
	g, err := projects.New(projects.Config{Cluster: s.cluster, Names: s.names, Group: s.groups.Projects, Instance: c.Weir.Instance, Producer: s.outputs,
		View: s.projects, Sources: sources, GlobalInterval: c.Cache.GlobalFetchInterval.Duration(), Global: global, Clock: s.clock, Log: s.log.With("part", "projects"),
		Batching: batchingConfig(c)})
	if err != nil {
		return err
	}
	s.services.start("projects", g.Run)
	return nil
}

// batchingConfig is how project configs are fetched.
func batchingConfig(cfg *config.Config) projects.Batching {
	return projects.Batching{Interval: cfg.Cache.BatchInterval.Duration(), Size: cfg.Cache.BatchSize, Concurrency: cfg.Limits.MaxConcurrentQueries,
		Timeout: cfg.Limits.QueryTimeout.Duration(), MaxRetry: cfg.HTTP.MaxRetryInterval.Duration(), FailureInterval: cfg.HTTP.ProjectFailureInterval.Duration()}
}

func (s *stack) runParking() error {
	g, err := parking.New(parking.Config{Cluster: s.cluster, Names: s.names, Group: s.groups.Parking, Instance: s.cfg.Weir.Instance, Producer: s.outputs, Projects: s.projects,
		MaxAge: s.cfg.Weir.ParkingMaxAge.Duration(), Clock: s.clock, Log: s.log.With("part", "parking"), Metrics: parking.NewMetrics(s.metrics)})
	if err != nil {
		return err
	}
	s.services.start("parking", g.Run)
	return nil
}

func (s *stack) runOutcomes() error {
	g, err := outcomes.New(outcomes.Config{Cluster: s.cluster, Names: s.names, Group: s.groups.Outcomes, Instance: s.cfg.Weir.Instance, Producer: s.outputs, View: s.counters,
		Retention: s.cfg.Weir.LedgerRetention.Duration(), Clock: s.clock, Log: s.log.With("part", "outcomes")})
	if err != nil {
		return err
	}
	s.services.start("outcomes", g.Run)
	return nil
}

func (s *stack) runPipeline(store quota.Store) error {
	delivery, err := s.delivery()
	if err != nil {
		return usageError{err}
	}
	var waiting pipeline.Waiting // a nil pointer in it would not be nil
	if w, ok := store.(*redis.Store); ok && s.waits() {
		waiting = w
	}
	var ch pipeline.Chain
	if s.forwards() {
		ch, err = s.forwardChain()
	} else {
		ch, err = s.chain(store)
	}
	if err != nil {
		return err
	}
	in, err := intakeConfig(s.cfg)
	if err != nil {
		return usageError{err}
	}
	fetcher, err := s.fetcher()
	if err != nil {
		return err
	}
	p, err := pipeline.New(pipeline.Config{Cluster: s.cluster, Names: s.names, Group: s.groups.Pipeline, Instance: s.cfg.Weir.Instance, Delivery: delivery, Producer: s.outputs,
		Elsewhere: s.other, Clusters: s.otherAt, Topics: s.topicNames(), Documents: s.documents(), Chain: ch, Projects: s.known, Limits: s.limits, Blobs: fetcher, Forward: s.forwarding(in), Waiting: waiting, Observe: s.observe,
		MaxAge: s.cfg.Spool.Envelopes.MaxDelay.Duration(), MaxWait: s.cfg.Weir.ParkingMaxAge.Duration(),
		Outcomes: outcomesConfig(s.cfg),
		Clock:    s.clock, Log: s.log.With("part", "pipeline"), Metrics: pipeline.NewMetrics(s.metrics)})
	if err != nil {
		return err
	}
	s.services.start("pipeline", p.Run)
	return nil
}

// outcomesConfig is which outcomes are told, and which buckets of them are taken from other relays.
func outcomesConfig(cfg *config.Config) pipeline.Outcomes {
	a := cfg.Aggregator
	return pipeline.Outcomes{Off: !cfg.Processing.Enabled && cfg.Outcomes.Emit == "false", Source: deref(cfg.Outcomes.Source), Interval: a.BucketInterval.Duration(),
		MaxPast: a.MaxSecsInPast.Duration(), MaxFuture: a.MaxSecsInFuture.Duration()}
}

// documents says that the operator's topics get JSON documents.
func (s *stack) documents() bool { return s.cfg.Weir.Output.Format == "json" }

// chain joins the steps for this cluster: no message may be larger than its topic takes.
func (s *stack) chain(store quota.Store) (*chain.Chain, error) {
	return s.countedChain(store, s.metrics)
}

// countedChain is chain with the metrics in a registry; nil: it counts nothing.
func (s *stack) countedChain(store quota.Store, metrics prometheus.Registerer) (*chain.Chain, error) {
	sizes := map[ingest.Topic]int{}
	for _, t := range ingest.AllTopics {
		for _, name := range s.cfg.Processing.Topics.Of(t).Names {
			n := s.outputs.MaxRecord(name)
			if s.documents() {
				n = n/4*3 - 8<<10 // bytes are base64 there, and the facts of the envelope are added
			}
			if sizes[t] == 0 || n < sizes[t] {
				sizes[t] = n
			}
		}
	}
	cfg := chainConfig(s.cfg, store, s.clock)
	cfg.Route.MaxMessage, cfg.Extra = sizes, s.extra
	if err := s.referenceData(&cfg.Normalize); err != nil {
		return nil, err
	}
	cfg.Metrics, cfg.Quota.Metrics, cfg.Route.Metrics = chain.NewMetrics(metrics), quota.NewMetrics(metrics), route.NewMetrics(metrics)
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return chain.New(cfg), nil
}

// chainConfig is what the configuration says about the steps.
func chainConfig(cfg *config.Config, store quota.Store, clock func() time.Time) chain.Config {
	p, a := cfg.Processing, cfg.Aggregator
	limit := quota.NoCap
	if p.MaxRateLimit != nil {
		limit = max(p.MaxRateLimit.Duration(), 1) // 0: over as soon as it is found
	}
	seconds := func(s config.Seconds) int64 { return int64(s.Duration() / time.Second) }
	aggregator := metric.Config{Interval: seconds(a.BucketInterval), MaxPast: seconds(a.MaxSecsInPast), MaxFuture: seconds(a.MaxSecsInFuture),
		MaxName: a.MaxNameLength, MaxTagName: a.MaxTagKeyLen, MaxTagValue: a.MaxTagValueLen, MaxFlushBytes: int(a.MaxFlushBytes)}
	return chain.Config{
		Clock:     clock,
		Store:     store,
		Admission: admission.ProjectConfig{OverrideProjectIDs: cfg.Relay.OverrideProjectIDs, SignatureMaxAge: cfg.Auth.SignatureMaxAge.Duration(), Verify: signature.Verify},
		Normalize: normalize.Config{MaxFuture: p.MaxSecsInFuture.Duration(), Past: a.MaxSecsInPast.Duration(), Future: a.MaxSecsInFuture.Duration(),
			MaxName: a.MaxNameLength, MaxTagValue: a.MaxTagValueLen},
		Scrub: scrub.Config{MaxReplay: int(cfg.Limits.MaxReplayUncompressed)},
		Quota: quota.Config{MaxRateLimit: limit, BucketInterval: a.BucketInterval.Duration(), BucketDelay: a.InitialDelay.Duration()},
		Items: items.Config{MaxSessionAge: p.MaxSessionSecsInPast.Duration(), MaxFuture: p.MaxSecsInFuture.Duration(), MaxProfile: int(cfg.Limits.MaxProfileSize), Aggregator: aggregator},
		Records: records.Config{
			MaxLogSize: int(cfg.Limits.MaxLogSize), MaxMetricSize: int(cfg.Limits.MaxTraceMetricSize), MaxLogValues: cfg.Limits.MaxExpandedLogs, MaxSpanValues: cfg.Limits.MaxExpandedSpans,
			MaxMetricValues: cfg.Limits.MaxExpandedMetrics, MaxTrimmedNames: int(cfg.Limits.MaxRemovedAttributeKey),
		},
		Route: route.Config{AttachmentChunkSize: int(p.AttachmentChunkSize), MaxReplayMessage: int(cfg.Limits.MaxReplayMessage), Aggregator: aggregator},
	}
}

// waits says that nothing is processed while the quota store is away. Who forwards has none, whatever the configuration says about Redis.
func (s *stack) waits() bool {
	return !s.forwards() && s.cfg.Weir.RedisDown == "wait" && s.cfg.Processing.Redis.Quotas != nil
}

// quotaStore opens the store: Redis where it is configured, else memory. It is no condition of readiness: when Redis does not answer, the
// breaker opens and checks pass uncounted or, with wait, do not return.
func quotaStore(s *stack, wait bool) (quota.Store, error) {
	r := s.cfg.Processing.Redis.Quotas
	if r == nil {
		return memory.New(), nil
	}
	srv := redis.Server{MaxConnections: r.Options.MaxConnections}
	if r.Cluster {
		srv.Cluster = r.Servers
	} else {
		srv.URL, srv.Sentinels = r.Servers[0], r.Sentinels
	}
	store, err := redis.Open(srv, redis.Config{Wait: wait, Log: s.log.With("part", "quotas"), Metrics: redis.NewMetrics(s.metrics)})
	if err != nil {
		return nil, usageError{fmt.Errorf("processing.redis: %w", err)}
	}
	s.services.atStop("quotas", func(context.Context) error { return store.Close() })
	return store, nil
}

func deref[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
