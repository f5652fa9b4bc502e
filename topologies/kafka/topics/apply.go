package topics

import (
	"context"
	"errors"
	"fmt"
	"time"

	"weir/topologies/kafka/client"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Report is what Apply did and found.
type Report struct {
	Created  []string
	Findings []Finding
	// MaxMessageBytes is the largest record batch in bytes that the cluster takes, by topic: producers must not
	// exceed it (producer.Config.MaxBatch).
	MaxMessageBytes map[string]int
}

// Apply creates what is missing, with one request, waits until the cluster knows it, and compares the rest.
func Apply(ctx context.Context, cluster client.Config, declared []Topic) (Report, error) {
	if err := validate(declared); err != nil {
		return Report{}, err
	}
	cl, err := cluster.New()
	if err != nil {
		return Report{}, fmt.Errorf("topics: %w", err)
	}
	defer cl.Close()
	created, err := create(ctx, cl, declared)
	if err != nil {
		return Report{}, err
	}
	adm := kadm.NewClient(cl)
	if err := visible(ctx, adm, declared); err != nil {
		return Report{Created: created}, err
	}
	states, findings, err := compare(ctx, adm, declared)
	if err != nil {
		return Report{Created: created}, err
	}
	r := Report{Created: created, Findings: findings, MaxMessageBytes: map[string]int{}}
	for _, s := range states {
		r.MaxMessageBytes[s.Name] = s.MaxMessageBytes
	}
	return r, nil
}

func validate(declared []Topic) error {
	var errs []error
	for _, t := range declared {
		errs = append(errs, t.Validate())
	}
	return errors.Join(errs...)
}

// create asks for all topics at once; that one exists already is no error.
func create(ctx context.Context, cl *kgo.Client, declared []Topic) (created []string, err error) {
	req := kmsg.NewPtrCreateTopicsRequest()
	req.TimeoutMillis = 30_000
	for _, t := range declared {
		rt := kmsg.NewCreateTopicsRequestTopic()
		rt.Topic, rt.NumPartitions, rt.ReplicationFactor = t.Name, -1, -1
		if t.Partitions > 0 && !t.Operator {
			rt.NumPartitions = int32(t.Partitions)
		}
		if t.Replication > 0 {
			rt.ReplicationFactor = int16(t.Replication)
		}
		for k, v := range t.settings() {
			c := kmsg.NewCreateTopicsRequestTopicConfig()
			c.Name, c.Value = k, kmsg.StringPtr(v)
			rt.Configs = append(rt.Configs, c)
		}
		req.Topics = append(req.Topics, rt)
	}
	resp, err := req.RequestWith(ctx, cl)
	if err != nil {
		return nil, fmt.Errorf("create topics: %w", err)
	}
	var errs []error
	for _, t := range resp.Topics {
		switch err := kerr.ErrorForCode(t.ErrorCode); {
		case err == nil:
			created = append(created, t.Topic)
		case errors.Is(err, kerr.TopicAlreadyExists):
		default:
			msg := ""
			if t.ErrorMessage != nil {
				msg = ": " + *t.ErrorMessage
			}
			errs = append(errs, fmt.Errorf("create topic %s: %w%s", t.Topic, err, msg))
		}
	}
	return created, errors.Join(errs...)
}

// visible waits until every topic is in the metadata with a leader for each partition: brokers learn of new topics
// a moment after the controller has answered.
func visible(ctx context.Context, adm *kadm.Client, declared []Topic) error {
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, 200*time.Millisecond) {
		ts, err := adm.ListTopics(ctx, names(declared)...)
		if err == nil && len(ts) > 0 && allLed(ts) {
			return nil
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return fmt.Errorf("topics: not all of them became available: %w", ctx.Err())
		}
	}
}

func allLed(ts kadm.TopicDetails) bool {
	for _, t := range ts {
		if t.Err != nil || len(t.Partitions) == 0 {
			return false
		}
		for _, p := range t.Partitions {
			if p.Err != nil || p.Leader < 0 {
				return false
			}
		}
	}
	return true
}

func names(declared []Topic) (ns []string) {
	for _, t := range declared {
		ns = append(ns, t.Name)
	}
	return ns
}
