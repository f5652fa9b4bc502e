package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"weir/codecs/ingest"
	"weir/codecs/topic"
	"weir/topologies/kafka/client"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafka/topics"
)

// keep is how long the topics of weir itself keep their records.
func (s *stack) keep() topic.Keep {
	k := topic.DefaultKeep()
	w := s.cfg.Weir
	k.Raw, k.DeadLetters, k.Ledger = w.RawRetention.Duration(), w.DeadLetterRetention.Duration(), w.LedgerRetention.Duration()
	k.Waiting = w.ParkingMaxAge.Duration()
	k.Parked = max(k.Parked, k.Waiting+24*time.Hour)
	if m := s.cfg.Processing.MaxRateLimit; m != nil {
		k.MaxRateLimit = m.Duration()
	}
	return k
}

// declared lists the topics of this process: weir's own, and the operator's on the default cluster.
func (s *stack) declared() []topics.Topic {
	out := topics.Declare(s.names.Specs(s.keep()), s.cfg.Weir.Partitions, 0)
	if s.forwards() {
		return append(out, topics.Declare(s.names.ForwardSpecs(s.keep()), s.cfg.Weir.Partitions, 0)...)
	}
	for _, t := range ingest.AllTopics {
		if a := s.cfg.Processing.Topics.Of(t); a.Config == "" {
			for _, name := range a.Names {
				d := topics.Declare([]topic.Spec{topic.OperatorSpec(t, name)}, 0, 0)[0]
				d.Operator = true
				out = append(out, d)
			}
		}
	}
	return out
}

func (s *stack) applyTopics(ctx context.Context) error {
	declared := s.declared()
	if s.cfg.Processing.KafkaValidateTopics && !s.embedded {
		if err := s.operatorTopicsExist(ctx, declared); err != nil {
			return usageError{err}
		}
	}
	report, err := topics.Apply(ctx, s.cluster, declared)
	if err != nil {
		return fmt.Errorf("topics: %w", s.unreachable(err))
	}
	for name, n := range report.MaxMessageBytes {
		s.maxBatch[name] = n
	}
	for _, f := range report.Findings {
		if s.embedded && f.Setting == "retention.ms" {
			continue // its janitor deletes what is read, not what is old
		}
		s.log.Warn("a topic is not as declared", "finding", f.String())
	}
	if len(report.Created) > 0 {
		s.log.Debug("topics created", "topics", report.Created)
	}
	return nil
}

// unreachable adds to the error of a connection where Kafka was looked for and what decides that.
func (s *stack) unreachable(err error) error {
	var dial *net.OpError
	if !errors.As(err, &dial) {
		return err
	}
	return fmt.Errorf("no Kafka at %s: %w; processing.kafka_config, or --kafka-broker-url, says where it is", strings.Join(s.cluster.Brokers, ","), err)
}

// operatorTopicsExist is processing.kafka_validate_topics: none of the operator's topics is made, all must be there.
func (s *stack) operatorTopicsExist(ctx context.Context, declared []topics.Topic) error {
	operator := slices.DeleteFunc(slices.Clone(declared), func(t topics.Topic) bool { return !t.Operator })
	_, findings, err := topics.Check(ctx, s.cluster, operator)
	if err != nil {
		return fmt.Errorf("topics: %w", err)
	}
	var missing []string
	for _, f := range findings {
		if f.Kind == topics.KindMissing {
			missing = append(missing, f.Topic)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("processing.kafka_validate_topics: the cluster does not have %s", strings.Join(missing, ", "))
	}
	return nil
}

// otherClusters connects to the clusters of processing.secondary_kafka_configs that topics are assigned to.
func (s *stack) otherClusters(ctx context.Context) error {
	sinks, clusters := map[string]*producer.Producer{}, map[string]client.Config{}
	for _, t := range ingest.AllTopics {
		a := s.cfg.Processing.Topics.Of(t)
		if a.Config == "" {
			continue
		}
		sink := sinks[a.Config]
		if sink == nil {
			cluster, warnings, err := kafkaCluster(s.cfg.Processing.SecondaryKafka[a.Config])
			if err != nil {
				return usageError{err}
			}
			for _, w := range warnings {
				s.log.Warn(w)
			}
			if sink, err = producer.New(cluster, producer.Config{Operator: func(string) bool { return true }}); err != nil {
				return err
			}
			sinks[a.Config], clusters[a.Config] = sink, cluster
			s.services.atStop("writer "+a.Config, sink.Close)
			s.log.Info("topics on another cluster are written at least once, whatever weir.delivery says", "config", a.Config)
		}
		for _, name := range a.Names {
			s.other[name], s.otherAt[name] = sink, clusters[a.Config]
		}
	}
	return nil
}

func (s *stack) isOperator(name string) bool {
	for _, t := range ingest.AllTopics {
		for _, n := range s.cfg.Processing.Topics.Of(t).Names {
			if n == name {
				return true
			}
		}
	}
	return false
}
