package stage_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weir/topologies/kafka/client"
	"weir/topologies/kafka/group"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafka/stage"
	"weir/topologies/kafkatest"

	"github.com/lovoo/goka"
	"github.com/twmb/franz-go/pkg/kgo"
)

// setup makes a cluster with n numbered messages on topic in, round robin over the partitions.
func setup(t *testing.T, parts int32, n int) (client.Config, *producer.Producer) {
	b := kafkatest.Cluster(t, parts, "in", "out", "ledger")
	cl := kafkatest.Client(t, b, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	var recs []*kgo.Record
	for i := range n {
		recs = append(recs, &kgo.Record{Topic: "in", Partition: int32(i) % parts, Key: []byte(fmt.Sprint(int32(i) % parts)), Value: fmt.Append(nil, i),
			Headers: []kgo.RecordHeader{{Key: "b", Value: []byte("1")}, {Key: "a", Value: fmt.Append(nil, i)}, {Key: "b", Value: []byte("2")}}})
	}
	kafkatest.Produce(t, cl, recs...)
	p, err := producer.New(b, producer.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close(context.Background()) })
	return b, p
}

func run[T any](t *testing.T, b client.Config, s *stage.Stage[T]) (stop func() error) {
	end := kafkatest.Processor(t, b, goka.DefineGroup("g", s.Input("in")),
		goka.WithConsumerGroupBuilder(group.Builder(b, group.Config{CommitInterval: 100 * time.Millisecond})),
		goka.WithProducerBuilder(producer.Builder(b, producer.Config{})))
	var once sync.Once
	return func() (err error) {
		err = end()
		once.Do(s.Close)
		return err
	}
}

func number(r *kgo.Record) (n int) {
	if _, err := fmt.Sscan(string(r.Value), &n); err != nil {
		return -1
	}
	return n
}

func copyOut(items []*stage.Item[int]) {
	for _, it := range items {
		it.Out = append(it.Out, stage.Output{Topic: "out", Key: it.Record.Key, Value: it.Record.Value})
	}
}

// Order per partition holds over batches and transient errors, and batches do form.
func TestOrderBatchesAndRetries(t *testing.T) {
	const parts, n = 4, 4000
	b, p := setup(t, parts, n)
	var calls, items atomic.Int64
	s := stage.New(stage.Config[int]{Out: p, Decode: number, MaxBatch: 100,
		Batch: func(_ context.Context, batch *stage.Batch[int]) error {
			<-kafkatest.After(time.Millisecond)
			if calls.Add(1)%7 == 0 {
				copyOut(batch.Items[:1]) // must be forgotten
				batch.Out = append(batch.Out, stage.Output{Topic: "ledger", Value: []byte("forgotten")})
				return errors.New("transient")
			}
			for _, it := range batch.Items {
				if it.Record.Partition != batch.Partition || it.Record.Topic != batch.Topic || it.Msg%parts != int(batch.Partition) {
					t.Errorf("item %d of %s/%d in a batch of %s/%d", it.Msg, it.Record.Topic, it.Record.Partition, batch.Topic, batch.Partition)
				}
			}
			items.Add(int64(len(batch.Items)))
			copyOut(batch.Items)
			return nil
		}})
	stop := run(t, b, s)
	last, got := map[string]int{}, 0
	kafkatest.Consume(t, b, "out", func(r *kgo.Record) bool {
		v := number(r)
		if prev, ok := last[string(r.Key)]; ok && v != prev+parts {
			t.Fatalf("key %s: %d after %d", r.Key, v, prev)
		}
		last[string(r.Key)] = v
		got++
		return got == n
	})
	kafkatest.Eventually(t, "committed", func() bool { return kafkatest.Committed(t, b, "g", "in") == n })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if c := calls.Load(); c > n/10 {
		t.Errorf("%d calls for %d items: no batching", c, items.Load())
	}
}

// Headers arrive in their order, duplicates included, which goka's own map cannot do.
func TestRecordIsTheSourceRecord(t *testing.T) {
	b, p := setup(t, 1, 3)
	got := make(chan string, 3)
	s := stage.New(stage.Config[int]{Out: p, Batch: func(_ context.Context, batch *stage.Batch[int]) error {
		for _, it := range batch.Items {
			h := ""
			for _, x := range it.Record.Headers {
				h += x.Key + "=" + string(x.Value) + " "
			}
			got <- fmt.Sprint(it.Record.Offset, " ", string(it.Record.Key), " ", h)
		}
		return nil
	}})
	run(t, b, s)
	for i := range 3 {
		if g, want := <-got, fmt.Sprintf("%d 0 b=1 a=%d b=2 ", i, i); g != want {
			t.Fatalf("%q, want %q", g, want)
		}
	}
}

// held is a sink that keeps the acknowledgements of one topic back.
type held struct {
	producer.Sink
	topic string
	mu    sync.Mutex
	acks  []func(error)
}

func (h *held) Produce(ctx context.Context, r *kgo.Record, done func(*kgo.Record, error)) {
	if r.Topic != h.topic {
		h.Sink.Produce(ctx, r, done)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.acks = append(h.acks, func(err error) {
		if err != nil {
			done(r, err)
			return
		}
		h.Sink.Produce(ctx, r, done)
	})
}

func (h *held) release(err error) (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, f := range h.acks {
		f(err)
	}
	n, h.acks = len(h.acks), nil
	return n
}

// No item of a batch is committed before the batch's own outputs are acknowledged, also when the items have none.
func TestBatchOutputsHoldEveryItem(t *testing.T) {
	const n = 40
	b, p := setup(t, 2, n)
	sink := &held{Sink: p, topic: "ledger"}
	s := stage.New(stage.Config[int]{Out: sink, Decode: number, Batch: func(_ context.Context, batch *stage.Batch[int]) error {
		for i, it := range batch.Items {
			if i%2 == 0 {
				copyOut([]*stage.Item[int]{it})
			}
		}
		batch.Out = append(batch.Out, stage.Output{Topic: "ledger", Value: fmt.Append(nil, len(batch.Items))})
		return nil
	}})
	stop := run(t, b, s)
	kafkatest.Eventually(t, "items are out", func() bool {
		sink.mu.Lock()
		defer sink.mu.Unlock()
		return len(sink.acks) > 0
	})
	committed := func() int64 { return kafkatest.Committed(t, b, "g", "in") }
	kafkatest.Always(t, "nothing committed", 200*time.Millisecond, func() bool { return committed() == 0 })
	kafkatest.Eventually(t, "all committed", func() bool { sink.release(nil); return committed() == n })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

// A failed batch output fails its items: the processor ends, nothing is committed.
func TestFailedBatchOutputCommitsNothing(t *testing.T) {
	b, p := setup(t, 1, 5)
	sink := &held{Sink: p, topic: "ledger"}
	s := stage.New(stage.Config[int]{Out: sink, Batch: func(_ context.Context, batch *stage.Batch[int]) error {
		batch.Out = append(batch.Out, stage.Output{Topic: "ledger"})
		return nil
	}})
	g := goka.DefineGroup("g", s.Input("in"))
	task := kafkatest.Background(t, kafkatest.NewProcessor(t, b, g, goka.WithConsumerGroupBuilder(group.Builder(b, group.Config{})),
		goka.WithProducerBuilder(producer.Builder(b, producer.Config{}))).Run)
	kafkatest.Eventually(t, "failed", func() bool {
		sink.release(errors.New("ledger is gone"))
		select {
		case <-task.Done():
			return true
		default:
			return false
		}
	})
	if err := task.Stop(); err == nil || !strings.Contains(err.Error(), "ledger is gone") {
		t.Fatalf("Run: %v", err)
	}
	s.Close()
	if c := kafkatest.Committed(t, b, "g", "in"); c != 0 {
		t.Fatalf("%d committed", c)
	}
}

// A panic is a failed attempt, reported and tried again.
func TestPanicIsAFailedAttempt(t *testing.T) {
	b, p := setup(t, 1, 5)
	var calls atomic.Int64
	reports := make(chan error, 10)
	s := stage.New(stage.Config[int]{Out: p, Report: func(err error) { reports <- err }, Batch: func(context.Context, *stage.Batch[int]) error {
		if calls.Add(1) == 1 {
			panic("a bug")
		}
		return nil
	}})
	run(t, b, s)
	kafkatest.Eventually(t, "committed", func() bool { return kafkatest.Committed(t, b, "g", "in") == 5 })
	if err := <-reports; !strings.Contains(err.Error(), "a bug") || !strings.Contains(err.Error(), "in/0") {
		t.Fatal(err)
	}
}

// The store is down while the processor stops: nothing is committed, nothing hangs, and a second
// run processes all of it.
func TestStopWhileTheStoreIsDown(t *testing.T) {
	const n = 50
	b, p := setup(t, 2, n)
	var down atomic.Bool
	down.Store(true)
	var tried sync.Once
	ready := make(chan struct{})
	batch := func(_ context.Context, batch *stage.Batch[int]) error {
		tried.Do(func() { close(ready) })
		if down.Load() {
			return errors.New("store is down")
		}
		copyOut(batch.Items)
		return nil
	}
	stop := run(t, b, stage.New(stage.Config[int]{Out: p, Batch: batch, Drain: 100 * time.Millisecond}))
	<-ready
	start := time.Now()
	if err := stop(); err == nil || !strings.Contains(err.Error(), "store is down") {
		t.Fatalf("stop: %v", err)
	}
	t.Logf("stop took %v", time.Since(start))
	if c := kafkatest.Committed(t, b, "g", "in"); c != 0 {
		t.Fatalf("%d committed", c)
	}
	down.Store(false)
	stop = run(t, b, stage.New(stage.Config[int]{Out: p, Batch: batch}))
	seen := map[string]bool{}
	kafkatest.Consume(t, b, "out", func(r *kgo.Record) bool { seen[string(r.Value)] = true; return len(seen) == n })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if c := kafkatest.Committed(t, b, "g", "in"); c != n {
		t.Fatalf("%d committed, want %d", c, n)
	}
}
