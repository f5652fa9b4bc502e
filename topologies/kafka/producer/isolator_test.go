package producer_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"weir/topologies/kafka/client"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafkatest"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// A topic takes less than it did: the records that are too large are refused, nobody else suffers, the order stays.
func TestOnlyTheLargeRecordsAreRefused(t *testing.T) {
	b := kafkatest.Cluster(t, 1, "out")
	adm, done, err := b.Admin()
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	small := "20000"
	if _, err := adm.AlterTopicConfigs(t.Context(), []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "max.message.bytes", Value: &small}}, "out"); err != nil {
		t.Fatal(err)
	}
	p, err := producer.New(b, producer.Config{Opts: client.Compression(kgo.NoCompression())})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close(context.Background()) }()
	iso := producer.NewIsolator(p, func(err error) { t.Error(err) })
	const n = 300
	type ack struct {
		i   int
		err error
	}
	acks := make(chan ack, n)
	for i := range n {
		size := 1000
		if i%100 == 50 {
			size = 50_000
		}
		iso.Produce(t.Context(), &kgo.Record{Topic: "out", Key: fmt.Append(nil, i), Value: make([]byte, size)},
			func(_ *kgo.Record, err error) { acks <- ack{i, err} })
	}
	for range n {
		a := <-acks
		var refused *producer.Refused
		if large := a.i%100 == 50; large != errors.As(a.err, &refused) || !large && a.err != nil || large && !errors.Is(a.err, kerr.MessageTooLarge) {
			t.Errorf("%d: %v", a.i, a.err)
		}
	}
	next := 0
	kafkatest.Consume(t, b, "out", func(r *kgo.Record) bool {
		if next%100 == 50 {
			next++
		}
		if string(r.Key) != fmt.Sprint(next) {
			t.Fatalf("%s, want %d", r.Key, next)
		}
		next++
		return next == n
	})
}

// sinkFunc fails records as it likes.
type sinkFunc func(r *kgo.Record) error

func (f sinkFunc) Produce(_ context.Context, r *kgo.Record, done func(*kgo.Record, error)) {
	done(r, f(r))
}

// A forbidden topic waits alone, is reported once, and goes on when it is allowed; without a session the error is given at once.
func TestAForbiddenTopicWaits(t *testing.T) {
	var allowed atomic.Bool
	var reports atomic.Int64
	iso := producer.NewIsolator(sinkFunc(func(r *kgo.Record) error {
		if r.Topic == "a" && !allowed.Load() {
			return kerr.TopicAuthorizationFailed
		}
		return nil
	}), func(error) { reports.Add(1) })
	acks := make(chan string, 10)
	send := func(ctx context.Context, topic, key string) {
		iso.Produce(ctx, &kgo.Record{Topic: topic, Key: []byte(key)}, func(r *kgo.Record, err error) { acks <- fmt.Sprint(string(r.Key), " ", err) })
	}
	send(t.Context(), "a", "0")
	if got := <-acks; got == "0 <nil>" {
		t.Error(got)
	}
	session := producer.Until(context.Background(), t.Context())
	send(session, "a", "1")
	send(session, "a", "2")
	send(session, "b", "3")
	if got := <-acks; got != "3 <nil>" {
		t.Error(got)
	}
	kafkatest.Eventually(t, "reported", func() bool { return reports.Load() == 1 })
	allowed.Store(true)
	if a, b := <-acks, <-acks; a != "1 <nil>" || b != "2 <nil>" || reports.Load() != 1 {
		t.Error(a, b, reports.Load())
	}
}

// Nothing waits longer than its session.
func TestTheEndOfTheSessionEndsTheWait(t *testing.T) {
	iso := producer.NewIsolator(sinkFunc(func(*kgo.Record) error { return kerr.UnknownTopicOrPartition }), func(error) {})
	session, end := context.WithCancel(t.Context())
	acks := make(chan error, 3)
	for range 3 {
		iso.Produce(producer.Until(context.Background(), session), &kgo.Record{Topic: "a"}, func(_ *kgo.Record, err error) { acks <- err })
	}
	end()
	for range 3 {
		if err := <-acks; !errors.Is(err, kerr.UnknownTopicOrPartition) {
			t.Error(err)
		}
	}
}
