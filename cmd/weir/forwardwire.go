package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"weir/cmd/weir/config"
	"weir/codecs/dsn"
	"weir/codecs/project"
	"weir/edge"
	"weir/edge/intake"
	"weir/edge/upstream"
	"weir/processors/chain"
	"weir/processors/normalize"
	"weir/processors/relay"
	"weir/topologies/blobs"
	"weir/topologies/forward"
	"weir/topologies/kafka"
	"weir/topologies/kafka/broker"
	"weir/topologies/kafka/client"
	"weir/topologies/kafka/lag"
	"weir/topologies/pipeline"
)

// knowledge is what is known about projects and the global config: the view, or in proxy mode nothing.
type knowledge interface {
	edge.Projects
	Scope(key dsn.PublicKey) dsn.Scoping
	Global() (*project.Global, bool)
}

// proxyKnowledge passes every key; the upstream knows its projects (pipeline 3.5).
type proxyKnowledge struct{ global *project.Global }

func (proxyKnowledge) Lookup(dsn.PublicKey) (*project.State, project.Status) {
	return nil, project.Dummy
}
func (proxyKnowledge) Request(dsn.PublicKey)               {}
func (proxyKnowledge) Scope(key dsn.PublicKey) dsn.Scoping { return dsn.Scoping{Key: key} }
func (p proxyKnowledge) Global() (*project.Global, bool)   { return p.global, true }

// forwards says that what is accepted goes on to an upstream instead of Kafka.
func (s *stack) forwards() bool { return !s.cfg.Processing.Enabled }

// proxy says that nothing is known about projects.
func (s *stack) proxy() bool { return s.cfg.Relay.Mode == "proxy" }

// forwardStack makes the stack of a process that forwards: on a broker of its own.
func forwardStack(cfg *config.Config, log *slog.Logger) (*stack, error) {
	if cfg.Alone {
		return nil, usagef("run: processing.enabled is false, and there is no relay.upstream to forward to; set it, with credentials or with relay.mode proxy")
	}
	if _, set := cfg.Origins["weir.partitions"]; !set {
		cfg.Weir.Partitions = 2 // one process does not gain from more
	}
	if cfg.Weir.Delivery != kafka.AtLeastOnce.String() {
		log.Warn("weir.delivery: forwarding is at least once, an upstream takes part in no transaction", "delivery", cfg.Weir.Delivery)
		cfg.Weir.Delivery = kafka.AtLeastOnce.String()
	}
	cfg.Weir.Instance = "" // there is no other process on this broker
	names, groups := namesOf(cfg)
	b, err := broker.Start(broker.Config{
		Dir: cfg.Weir.DataDir, Fsync: cfg.Weir.Embedded.Fsync, MaxBytes: embeddedBytes(cfg),
		Readers: []lag.Group{{Name: groups.Pipeline, Topics: []string{names.Raw, names.Released}}, {Name: groups.Parking, Topics: []string{names.Parked}},
			{Name: groups.Projects, Topics: []string{names.ProjectRequests}}, {Name: groups.Outcomes, Topics: []string{names.Ledger}},
			{Name: groups.Forward, Topics: []string{names.Forward}}, {Name: groups.ForwardAside, Topics: []string{names.ForwardAside}}},
		Entry:  []string{names.Raw, names.Blobs},
		Linked: []broker.Linked{chunks(names, names.Raw, names.Released, names.Parked, names.Forward, names.ForwardAside)},
		Log:    log.With("part", "broker"),
	})
	if err != nil {
		return nil, err
	}
	s, err := newStack(cfg, log, b.Client())
	if err != nil {
		b.Close()
		return nil, err
	}
	s.embedded, s.broker = true, b
	s.services.start("broker", func(ctx context.Context) error {
		defer b.Close()
		return b.Run(ctx)
	})
	if err := leaveAddress(cfg.Weir.DataDir, s.cluster.Brokers[0]); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

// addressFile is where the address of an embedded broker is, so that `weir status` finds it.
const addressFile = "broker.addr"

// leaveAddress writes the address of the broker of a data directory; a start overwrites that of a process that was killed.
func leaveAddress(dir, addr string) error {
	if dir == "" {
		return nil
	}
	if err := os.WriteFile(filepath.Join(dir, addressFile), []byte(addr), 0o644); err != nil {
		return fmt.Errorf("leave the address of the broker: %w", err)
	}
	return nil
}

// embeddedCluster is the cluster of the process that forwards with the same configuration.
func embeddedCluster(cfg *config.Config) (client.Config, error) {
	if cfg.Weir.DataDir == "" {
		return client.Config{}, usagef("processing is off and weir.data_dir is not set: the broker of such a process is in its memory and cannot be looked at; weir.console has its metrics")
	}
	addr, err := os.ReadFile(filepath.Join(cfg.Weir.DataDir, addressFile))
	if err != nil {
		return client.Config{}, fmt.Errorf("no process that forwards has run on %s, which `weir run` starts: %w", cfg.Weir.DataDir, err)
	}
	return client.Config{Brokers: []string{string(addr)}}, nil
}

// runForward brings what the pipeline leaves to the upstream.
func (s *stack) runForward() error {
	encoding, err := upstream.ParseEncoding(s.cfg.HTTP.Encoding)
	if err != nil {
		return usageError{err}
	}
	fetcher, err := blobs.New(blobs.Config{Cluster: s.cluster, Topic: s.names.Blobs})
	if err != nil {
		return err
	}
	s.services.atStop("blobs of forward", func(context.Context) error { fetcher.Close(); return nil })
	g, err := forward.New(forward.Config{Cluster: s.cluster, Names: s.names, Group: s.groups.Forward, Aside: s.groups.ForwardAside, Producer: s.outputs,
		Sender: upstream.NewSender(s.link, s.client, s.signer, encoding), Limits: s.limits, Projects: s.known, Blobs: fetcher,
		Window: s.cfg.Weir.ForwardWindow, MaxAge: s.cfg.Weir.ParkingMaxAge.Duration(), Clock: s.clock, Log: s.log.With("part", "forward"), Metrics: forward.NewMetrics(s.metrics)})
	if err != nil {
		return err
	}
	s.services.start("forward", g.Run)
	return nil
}

// forwardChain is the chain of records that go on to the upstream.
func (s *stack) forwardChain() (pipeline.Chain, error) {
	like := chainConfig(s.cfg, nil, s.clock)
	cfg := chain.ForwardConfig{Pass: s.proxy(), Admission: like.Admission, Scrub: like.Scrub, Items: like.Items, Records: like.Records, Metrics: chain.NewMetrics(s.metrics)}
	full := s.cfg.Normalization.Level == "full"
	cfg.Relay = relay.Config{Full: full}
	a := s.cfg.Aggregator
	cfg.Normalize = normalize.Config{MaxFuture: s.cfg.Processing.MaxSecsInFuture.Duration(), Past: a.MaxSecsInPast.Duration(), Future: a.MaxSecsInFuture.Duration(),
		MaxName: a.MaxNameLength, MaxTagValue: a.MaxTagValueLen, Forwarding: &normalize.Forwarding{Full: full, Version: s.cfg.Weir.RelayVersion}}
	if c := s.cfg.Credentials; c != nil {
		cfg.Normalize.Forwarding.PublicKey = c.PublicKey
	}
	if err := s.referenceData(&cfg.Normalize); err != nil {
		return nil, err
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return chain.NewForward(cfg), nil
}

// forwarding says how the pipeline hands records to the forward group; nil where it processes them.
func (s *stack) forwarding(in intake.Config) *pipeline.Forward {
	if !s.forwards() {
		return nil
	}
	return &pipeline.Forward{Upstream: in.Upstream, Client: in.Product, Blobs: blobs.Writer{Topic: s.names.Blobs, Chunk: s.chunkBytes()}, MaxBody: s.outputs.MaxRecord(s.names.Forward) - forwardHeaders,
		Reports: reportsConfig(s.cfg)}
}

// reportsConfig is how outcomes are told to the upstream.
func reportsConfig(cfg *config.Config) pipeline.Reports {
	switch emit := cfg.Outcomes.Emit; {
	case emit == "false":
		return pipeline.NoReports
	case emit == "true" && cfg.Relay.Mode != "proxy":
		return pipeline.Buckets
	}
	return pipeline.ClientReports
}

// forwardHeaders is room for key and headers of a record on forward, in bytes.
const forwardHeaders = 16 << 10

// proxyGlobal is the global config of proxy mode: a file, or the default (pipeline 3.8).
func (s *stack) proxyGlobal() (*project.Global, error) {
	b, err := s.globalConfig()
	if err != nil || b == nil {
		return project.DefaultGlobal(), err
	}
	g, err := project.ParseGlobal(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(s.cfg.Dir, "global_config.json"), err)
	}
	return g, nil
}

// drain waits until what was accepted has reached the upstream, at most until shortly before the process has to end. What is left waits on
// disk, if there is one; without, also what waits for its project config is waited for.
func (s *stack) drain(ctx context.Context) error {
	ctx, cancel := context.WithDeadline(ctx, s.stopBy.Add(-s.cfg.Limits.ShutdownTimeout.Duration()/5))
	defer cancel()
	groups := []lag.Group{s.pipelineLag(), {Name: s.groups.Forward, Topics: []string{s.names.Forward}}}
	if s.cfg.Weir.DataDir == "" {
		groups = append(groups, lag.Group{Name: s.groups.Parking, Topics: []string{s.names.Parked}}, lag.Group{Name: s.groups.ForwardAside, Topics: []string{s.names.ForwardAside}})
	}
	left := int64(0) // by the last answer
	err := s.watchLag(ctx, nil, groups, func(positions []lag.Partition, err error) (enough bool) {
		if err == nil {
			left = 0
			for _, p := range positions {
				left += p.Lag
			}
		}
		return err == nil && left == 0 || s.cfg.Weir.DataDir != "" && !s.link.Outage().IsZero()
	})
	if s.cfg.Weir.DataDir == "" && left > 0 {
		s.log.Error("envelopes are lost: the upstream did not take them, or tell about their projects, in time and they were in memory alone; weir.data_dir keeps them", "records", left)
	}
	return err
}
