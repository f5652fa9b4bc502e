package table

import (
	"context"
	"fmt"
	"slices"
	"time"

	"weir/topologies/kafka/client"

	"github.com/IBM/sarama"
	"github.com/lovoo/goka"
	"github.com/twmb/franz-go/pkg/kadm"
)

// askTimeout bounds one question to the cluster while a processor is made.
const askTimeout = 20 * time.Second

// TopicManager is a goka.TopicManagerBuilder on franz-go: goka asks it for partitions and offsets. It creates
// nothing: topics, also those of tables, are declared and created by the topics package before any processor.
func TopicManager(cluster client.Config) goka.TopicManagerBuilder {
	return func([]string) (goka.TopicManager, error) {
		adm, done, err := cluster.Admin()
		if err != nil {
			return nil, err
		}
		return &manager{adm, done}, nil
	}
}

type manager struct {
	adm  *kadm.Client
	done func()
}

// Close implements goka.TopicManager.
func (m *manager) Close() error { m.done(); return nil }

// EnsureTableExists and the next two methods implement goka.TopicManager.
func (m *manager) EnsureTableExists(topic string, npar int) error  { return m.ensure(topic, npar) }
func (m *manager) EnsureStreamExists(topic string, npar int) error { return m.ensure(topic, npar) }
func (m *manager) EnsureTopicExists(topic string, npar, _ int, _ map[string]string) error {
	return m.ensure(topic, npar)
}

func (m *manager) ensure(topic string, npar int) error {
	ps, err := m.Partitions(topic)
	if err == nil && len(ps) != npar {
		err = fmt.Errorf("topic %s has %d partitions, its group needs %d", topic, len(ps), npar)
	}
	return err
}

// Partitions returns all partitions of a topic.
func (m *manager) Partitions(topic string) ([]int32, error) {
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	ts, err := m.adm.ListTopics(ctx, topic)
	if err != nil {
		return nil, fmt.Errorf("topic %s: %w", topic, err)
	}
	if err := ts[topic].Err; err != nil {
		return nil, fmt.Errorf("topic %s: %w", topic, err)
	}
	ps := ts[topic].Partitions.Numbers()
	slices.Sort(ps)
	return ps, nil
}

// GetOffset returns the oldest or newest offset, or that of a time in milliseconds.
func (m *manager) GetOffset(topic string, part int32, at int64) (int64, error) {
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	var (
		os  kadm.ListedOffsets
		err error
	)
	switch at {
	case sarama.OffsetOldest:
		os, err = m.adm.ListStartOffsets(ctx, topic)
	case sarama.OffsetNewest:
		os, err = m.adm.ListEndOffsets(ctx, topic)
	default:
		os, err = m.adm.ListOffsetsAfterMilli(ctx, at, topic)
	}
	if err != nil {
		return 0, fmt.Errorf("offset of %s/%d: %w", topic, part, err)
	}
	o, ok := os.Lookup(topic, part)
	if !ok {
		return 0, fmt.Errorf("offset of %s/%d: no such partition", topic, part)
	}
	return o.Offset, o.Err
}
