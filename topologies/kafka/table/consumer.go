package table

import (
	"context"
	"errors"
	"sync"
	"time"

	"weir/topologies/kafka/client"

	"github.com/IBM/sarama"
	"github.com/lovoo/goka"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Consumer is a goka.SaramaConsumerBuilder on franz-go, for the recovery of group tables. Unlike sarama's it needs
// no connection of its own before a table asks for records, survives broker restarts and knows the cluster's TLS
// and SASL settings.
func Consumer(cluster client.Config) goka.SaramaConsumerBuilder {
	return func([]string, string) (sarama.Consumer, error) { return &consumer{cluster: cluster}, nil }
}

type consumer struct{ cluster client.Config }

// ConsumePartition implements sarama.Consumer.
func (c *consumer) ConsumePartition(topic string, part int32, offset int64) (sarama.PartitionConsumer, error) {
	at := kgo.NewOffset().At(offset)
	switch offset {
	case sarama.OffsetOldest:
		at = kgo.NewOffset().AtStart()
	case sarama.OffsetNewest:
		at = kgo.NewOffset().AtEnd()
	}
	cl, err := c.cluster.New(kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {part: at}}), kgo.FetchMaxWait(250*time.Millisecond))
	if err != nil {
		return nil, err
	}
	p := &partConsumer{cl: cl, topic: topic, part: part, after: offset - 1, msgs: make(chan *sarama.ConsumerMessage, 256), errs: make(chan *sarama.ConsumerError)}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	go p.run()
	return p, nil
}

// Close and the next methods implement sarama.Consumer; goka uses none of the errors.
func (c *consumer) Close() error                               { return nil }
func (c *consumer) Topics() ([]string, error)                  { return nil, errors.ErrUnsupported }
func (c *consumer) Partitions(string) ([]int32, error)         { return nil, errors.ErrUnsupported }
func (c *consumer) HighWaterMarks() map[string]map[int32]int64 { return nil }
func (c *consumer) Pause(map[string][]int32)                   {}
func (c *consumer) Resume(map[string][]int32)                  {}
func (c *consumer) PauseAll()                                  {}
func (c *consumer) ResumeAll()                                 {}

type partConsumer struct {
	cl     *kgo.Client
	topic  string
	part   int32
	after  int64 // the last offset that goka has
	msgs   chan *sarama.ConsumerMessage
	errs   chan *sarama.ConsumerError
	ctx    context.Context
	cancel context.CancelFunc

	mu  sync.Mutex
	hwm int64
}

// idle is how long a recovery without records goes on before the consumer looks whether there are any.
const idle = time.Second

func (p *partConsumer) run() {
	defer close(p.errs)
	defer close(p.msgs)
	defer p.cl.Close()
	for {
		ctx, cancel := context.WithTimeout(p.ctx, idle)
		fetches := p.cl.PollFetches(ctx) // the client retries what can be retried
		cancel()
		if p.ctx.Err() != nil {
			return
		}
		fetches.EachPartition(func(f kgo.FetchTopicPartition) {
			p.mu.Lock()
			p.hwm = max(p.hwm, f.HighWatermark)
			p.mu.Unlock()
		})
		if fetches.NumRecords() == 0 && !p.skip() {
			return
		}
		for _, r := range fetches.Records() {
			if !p.send(&sarama.ConsumerMessage{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Key: r.Key, Value: r.Value, Timestamp: r.Timestamp}) {
				return
			}
		}
	}
}

// skip passes the end of a log that holds no records. goka waits for the record before the end, so it gets one that
// deletes a key which no record has.
func (p *partConsumer) skip() bool {
	ends, err := kadm.NewClient(p.cl).ListEndOffsets(p.ctx, p.topic)
	if err != nil {
		return p.ctx.Err() == nil
	}
	end, ok := ends.Lookup(p.topic, p.part)
	if !ok || end.Err != nil || end.Offset <= p.after+1 {
		return true
	}
	if ended, err := client.Ended(p.ctx, p.cl, p.topic, p.part, p.after, end.Offset); err != nil || !ended {
		return p.ctx.Err() == nil
	}
	return p.send(&sarama.ConsumerMessage{Topic: p.topic, Partition: p.part, Offset: end.Offset - 1})
}

func (p *partConsumer) send(m *sarama.ConsumerMessage) bool {
	select {
	case p.msgs <- m:
		p.after = max(p.after, m.Offset)
		return true
	case <-p.ctx.Done():
		return false
	}
}

// AsyncClose and the remaining methods implement sarama.PartitionConsumer.
func (p *partConsumer) AsyncClose() { p.cancel() }

func (p *partConsumer) Close() error {
	p.cancel()
	for range p.msgs {
	}
	return nil
}

func (p *partConsumer) Messages() <-chan *sarama.ConsumerMessage { return p.msgs }
func (p *partConsumer) Errors() <-chan *sarama.ConsumerError     { return p.errs }
func (p *partConsumer) Pause()                                   {}
func (p *partConsumer) Resume()                                  {}
func (p *partConsumer) IsPaused() bool                           { return false }

func (p *partConsumer) HighWaterMarkOffset() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hwm
}
