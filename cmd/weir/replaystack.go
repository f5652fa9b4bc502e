package main

import (
	"context"
	"fmt"

	"weir/codecs/ingest"
	"weir/processors/chain"
	"weir/processors/quota"
	"weir/processors/quota/memory"
	"weir/topologies/blobs"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafka/topics"
	"weir/topologies/projects"
	"weir/topologies/replay"
)

// openReplay completes the configuration of a run with what belongs to the cluster.
func (s *stack) openReplay(ctx context.Context, cfg *replay.Config) (err error) {
	if err := s.openPast(ctx, !cfg.DryRun); err != nil {
		return err
	}
	var store quota.Store = memory.New()
	if cfg.Quotas == chain.QuotaCount {
		if store, err = quotaStore(s, false); err != nil {
			return err
		}
	}
	return s.replayConfig(cfg, store)
}

// openPast prepares to put past records through a chain again, within startTimeout. Unless it writes, no topic is created and no project is asked for.
func (s *stack) openPast(ctx context.Context, writes bool) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := s.otherClusters(ctx); err != nil {
		return err
	}
	if err := s.replayTopics(ctx, !writes); err != nil {
		return err
	}
	s.outputs = producer.Config{Operator: s.isOperator, MaxBatch: func(name string) int32 { return int32(s.maxBatch[name]) }}
	view := projects.ViewConfig{Cluster: s.cluster, Table: s.names.ProjectsTable, Requests: s.names.ProjectRequests, Clock: s.clock, Log: s.log,
		Policy: projects.Policy{Expiry: s.cfg.Cache.ProjectExpiry.Duration(), Grace: s.cfg.Cache.ProjectGrace.Duration()}}
	if writes {
		own, err := producer.New(s.cluster, s.outputs)
		if err != nil {
			return err
		}
		s.services.atStop("writer", own.Close)
		view.Out = own
	}
	var err error
	if s.projects, err = projects.NewView(view); err != nil {
		return err
	}
	s.services.start("projects view", s.projects.Run)
	if err := s.projects.WaitReady(ctx); err != nil {
		return fmt.Errorf("read the projects table: %w", err)
	}
	return nil
}

// replayTopics learns what the topics take, and makes missing ones unless nothing may be written.
func (s *stack) replayTopics(ctx context.Context, dry bool) error {
	if !dry {
		report, err := topics.Apply(ctx, s.cluster, s.declared())
		if err != nil {
			return fmt.Errorf("topics: %w", err)
		}
		for name, n := range report.MaxMessageBytes {
			s.maxBatch[name] = n
		}
		return nil
	}
	states, _, err := topics.Check(ctx, s.cluster, s.declared())
	if err != nil {
		return err
	}
	for _, t := range states {
		s.maxBatch[t.Name] = t.MaxMessageBytes
	}
	return nil
}

func (s *stack) replayConfig(cfg *replay.Config, store quota.Store) error {
	ch, err := s.chain(store)
	if err != nil {
		return err
	}
	fetcher, err := s.fetcher()
	if err != nil {
		return err
	}
	cfg.Cluster, cfg.Names, cfg.Progress = s.cluster, s.names, s.cfg.Weir.Namespace+"replay-"
	cfg.Chain, cfg.Projects, cfg.Blobs, cfg.Producer, cfg.Elsewhere, cfg.Documents = ch, s.projects, fetcher, s.outputs, s.other, s.documents()
	cfg.Topics = s.topicNames()
	cfg.Outcomes = outcomesConfig(s.cfg)
	cfg.Clock, cfg.Log = s.clock, s.log.With("part", "replay")
	return nil
}

// fetcher reads large envelopes until the process stops.
func (s *stack) fetcher() (*blobs.Fetcher, error) {
	f, err := blobs.New(blobs.Config{Cluster: s.cluster, Topic: s.names.Blobs})
	if err != nil {
		return nil, err
	}
	s.services.atStop("blobs", func(context.Context) error { f.Close(); return nil })
	return f, nil
}

// topicNames are the names of the operator's topics.
func (s *stack) topicNames() map[ingest.Topic][]string {
	names := map[ingest.Topic][]string{}
	for _, t := range ingest.AllTopics {
		names[t] = s.cfg.Processing.Topics.Of(t).Names
	}
	return names
}
