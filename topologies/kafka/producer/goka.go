package producer

import (
	"context"
	"hash"
	"sync"
	"time"

	"weir/topologies/kafka/client"

	"github.com/IBM/sarama"
	"github.com/lovoo/goka"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Builder is a goka.ProducerBuilder for what a callback emits through its context and for group tables. The
// group's hasher must be goka's default.
func Builder(cluster client.Config, cfg Config) goka.ProducerBuilder {
	return func([]string, string, func() hash.Hash32) (goka.Producer, error) {
		p, err := New(cluster, cfg)
		if err != nil {
			return nil, err
		}
		return &gokaProducer{sink: p, close: p.Close}, nil
	}
}

// Goka makes a goka.Producer of a sink that somebody else closes.
func Goka(s Sink) goka.Producer { return &gokaProducer{sink: s} }

type gokaProducer struct {
	sink  Sink
	close func(context.Context) error
	once  sync.Once
	err   error
}

// Emit implements goka.Producer.
func (p *gokaProducer) Emit(topic, key string, value []byte) *goka.Promise {
	return p.EmitWithHeaders(topic, key, value, nil)
}

// EmitWithHeaders implements goka.Producer.
func (p *gokaProducer) EmitWithHeaders(topic, key string, value []byte, headers goka.Headers) *goka.Promise {
	promise, finish := goka.NewPromiseWithFinisher()
	r := &kgo.Record{Topic: topic, Key: []byte(key), Value: value}
	for k, v := range headers {
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: k, Value: v})
	}
	p.sink.Produce(context.Background(), r, func(r *kgo.Record, err error) {
		if err != nil {
			finish(nil, err)
			return
		}
		finish(&sarama.ProducerMessage{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Timestamp: r.Timestamp}, nil)
	})
	return promise
}

// Close implements goka.Producer: it sends what is buffered for up to 30 s.
func (p *gokaProducer) Close() error {
	p.once.Do(func() {
		if p.close == nil {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		p.err = p.close(ctx)
	})
	return p.err
}

// GokaBuilder gives goka a producer that somebody else closes.
func GokaBuilder(s Sink) goka.ProducerBuilder {
	return func([]string, string, func() hash.Hash32) (goka.Producer, error) { return Goka(s), nil }
}
