package producer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"weir/codecs/envelope"
	"weir/codecs/raw"
	"weir/codecs/topic"
	"weir/edge"
)

const patience = 20 * time.Second

var names = topic.NamesIn("test-")

func cluster(t testing.TB) *kfake.Cluster {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(4, names.Raw, names.Blobs))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func open(t testing.TB, c *kfake.Cluster, cfg Config) *Producer {
	cfg.Topics, cfg.Log = names, slog.New(slog.DiscardHandler)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cfg.Client = append(cfg.Client, kgo.SeedBrokers(c.ListenAddrs()...))
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.client.Close() })
	return p
}

// hold keeps produce requests waiting until the returned function is called.
func hold(c *kfake.Cluster) (release func()) {
	gate := make(chan struct{})
	c.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		c.SleepControl(func() { <-gate })
		return nil, nil, false
	})
	return sync.OnceFunc(func() { close(gate) })
}

func record(n int, body string) *raw.Record {
	r := &raw.Record{Receipt: raw.NewReceipt(time.UnixMilli(1e12), [10]byte{byte(n), byte(n >> 8)}), ReceivedAt: time.UnixMilli(1e12).UTC(),
		Key: "e12d836b15bb49d7bbf99e64295d995b", Project: 42, Items: 1, Body: []byte(body)}
	r.EventID[0], r.EventID[1], r.EventID[15] = byte(n), byte(n>>8), 1
	return r
}

// consume reads n records of a topic.
func consume(t testing.TB, c *kfake.Cluster, topic string, n int) []*kgo.Record {
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var out []*kgo.Record
	for len(out) < n {
		f := cl.PollFetches(ctx)
		if ctx.Err() != nil {
			t.Fatalf("%d of %d records on %s", len(out), n, topic)
		}
		out = append(out, f.Records()...)
	}
	return out
}

func decode(r *kgo.Record) *raw.Record {
	var headers []raw.Header
	for _, h := range r.Headers {
		headers = append(headers, raw.Header(h))
	}
	return raw.Decode(r.Key, r.Value, headers)
}

func TestWrite(t *testing.T) {
	c := cluster(t)
	metrics := NewMetrics(prometheus.NewRegistry())
	p := open(t, c, Config{Metrics: metrics})
	const n = 200
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if err := p.Write(t.Context(), record(i, fmt.Sprint("body ", i))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if used, _ := p.Buffered(); used != 0 {
		t.Errorf("%d bytes stay in the budget", used)
	}
	seen := map[string]bool{}
	for _, r := range consume(t, c, names.Raw, n) {
		got := decode(r)
		if got.Err != nil || got.Project != 42 || got.Key != "e12d836b15bb49d7bbf99e64295d995b" {
			t.Fatalf("%+v", got)
		}
		if string(r.Key) != got.EventID.String() {
			t.Errorf("key %s of event %s", r.Key, got.EventID)
		}
		seen[string(got.Body)] = true
	}
	if got := counted(metrics.writes[endAcknowledged]); got != n {
		t.Errorf("%v writes counted", got)
	}
	if len(seen) != n {
		t.Errorf("%d different bodies, want %d", len(seen), n)
	}
}

func TestTimeout(t *testing.T) {
	c := cluster(t)
	p := open(t, c, Config{AckTimeout: 2 * time.Second})
	if err := p.Write(t.Context(), record(0, "warm")); err != nil {
		t.Fatal(err)
	}
	release := hold(c)
	defer release()
	err := p.Write(t.Context(), record(1, "late"))
	var late *edge.Late
	if !errors.Is(err, edge.ErrTimeout) || !errors.As(err, &late) {
		t.Fatalf("no answer: %v", err)
	}
	answers := make(chan error, 1)
	late.Then(func(err error) { answers <- err })
	release()
	if err := <-answers; err != nil {
		t.Errorf("written late: %v", err)
	}
	consume(t, c, names.Raw, 2)
	// The late answer is somebody else's: later writes get their own.
	for i := range 50 {
		if err := p.Write(t.Context(), record(2+i, "after")); err != nil {
			t.Fatal(err)
		}
	}
}

// A record without an answer when the process ends is a failure, which the one who stopped waiting learns.
func TestNoAnswerAtAll(t *testing.T) {
	c := cluster(t)
	p := open(t, c, Config{})
	release := hold(c)
	defer release()
	ctx, cancel := context.WithCancel(t.Context())
	errs := make(chan error, 1)
	go func() { errs <- p.wait(ctx, p.send(context.Background(), names.Raw, record(1, "lost"))) }()
	waitFor(t, func() bool { used, _ := p.Buffered(); return used > 0 })
	cancel()
	var late *edge.Late
	if err := <-errs; !errors.As(err, &late) || !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	answers := make(chan error, 1)
	late.Then(func(err error) { answers <- err })
	closing, end := context.WithCancel(t.Context())
	end()
	_ = p.Close(closing)
	if err := <-answers; err == nil {
		t.Error("no failure")
	}
}

func TestBudget(t *testing.T) {
	c := cluster(t)
	release := hold(c)
	defer release()
	p := open(t, c, Config{MaxBytes: 20 << 10, ChunkBytes: 10 << 10})
	errs := make(chan error, 2)
	go func() { errs <- p.Write(t.Context(), record(0, strings.Repeat("x", 10<<10))) }()
	waitFor(t, func() bool { used, _ := p.Buffered(); return used > 0 })
	if err := p.Write(t.Context(), record(1, strings.Repeat("x", 9<<10))); !errors.Is(err, edge.ErrFull) {
		t.Errorf("over the budget: %v", err)
	}
	release()
	if err := <-errs; err != nil {
		t.Error(err)
	}
	if err := p.Write(t.Context(), record(2, strings.Repeat("x", 9<<10))); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

func TestBrokerError(t *testing.T) {
	c := cluster(t)
	p := open(t, c, Config{})
	c.ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
		resp := req.ResponseKind().(*kmsg.ProduceResponse)
		for _, rt := range req.(*kmsg.ProduceRequest).Topics {
			out := kmsg.NewProduceResponseTopic()
			out.Topic, out.TopicID = rt.Topic, rt.TopicID
			for _, rp := range rt.Partitions {
				part := kmsg.NewProduceResponseTopicPartition()
				part.Partition, part.ErrorCode = rp.Partition, kerr.MessageTooLarge.Code
				out.Partitions = append(out.Partitions, part)
			}
			resp.Topics = append(resp.Topics, out)
		}
		return resp, nil, true
	})
	if err := p.Write(t.Context(), record(0, "x")); !errors.Is(err, kerr.MessageTooLarge) {
		t.Error(err)
	}
}

func TestClose(t *testing.T) {
	c := cluster(t)
	release := hold(c)
	p := open(t, c, Config{})
	errs := make(chan error, 1)
	go func() { errs <- p.Write(t.Context(), record(0, "in flight")) }()
	waitFor(t, func() bool { used, _ := p.Buffered(); return used > 0 })
	closed := make(chan error, 1)
	go func() { closed <- p.Close(t.Context()) }()
	waitFor(t, p.closed.Load)
	if err := p.Write(t.Context(), record(1, "too late")); !errors.Is(err, edge.ErrClosed) {
		t.Error(err)
	}
	release()
	if err := <-errs; err != nil {
		t.Errorf("in flight at Close: %v", err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	consume(t, c, names.Raw, 1)
}

func TestQueued(t *testing.T) {
	c := cluster(t)
	release := hold(c)
	defer release()
	p := open(t, c, Config{Queued: true})
	r := record(0, "queued")
	if err := p.Write(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	copy(r.Body, "??????") // the caller may use it again
	release()
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := consume(t, c, names.Raw, 1); string(got[0].Value) != "queued" {
		t.Errorf("%q", got[0].Value)
	}
}

func TestChunks(t *testing.T) {
	c := cluster(t)
	// A budget for two chunks: the others have to wait for room.
	p := open(t, c, Config{ChunkBytes: 10_000, MaxBytes: 25_000})
	e := envelope.Envelope{Items: []envelope.Item{
		{Type: "event", Payload: []byte("{}")},
		{Type: "attachment", Filename: "big", Payload: bytes.Repeat([]byte("0123456789abcdef\n"), 10_000)},
	}}
	r := record(1, "")
	r.Body = e.AppendTo(nil)
	if err := p.Write(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	got := decode(consume(t, c, names.Raw, 1)[0])
	m := got.Manifest
	chunks := (len(r.Body) + 9999) / 10_000
	if got.Err != nil || m == nil || m.Length != len(r.Body) || len(m.Offsets) != chunks || got.Receipt != r.Receipt || got.Items != 1 {
		t.Fatalf("%+v, manifest %+v", got, m)
	}
	if lines := strings.Split(m.Head, "\n"); len(lines) != 3 || !strings.Contains(lines[1], `"event"`) || !strings.Contains(lines[2], `"big"`) {
		t.Errorf("head %q", m.Head)
	}
	byOffset := map[int64][]byte{}
	for _, rec := range consume(t, c, names.Blobs, chunks) {
		if rec.Partition != m.Partition {
			t.Errorf("chunk on partition %d, manifest says %d", rec.Partition, m.Partition)
		}
		byOffset[rec.Offset] = rec.Value
	}
	var whole []byte
	for _, o := range m.Offsets {
		whole = append(whole, byOffset[o]...)
	}
	if sum := sha256.Sum256(whole); !bytes.Equal(whole, r.Body) || hex.EncodeToString(sum[:]) != m.SHA256 {
		t.Errorf("%d bytes come back, want %d", len(whole), len(r.Body))
	}
	if used, _ := p.Buffered(); used != 0 {
		t.Errorf("%d bytes stay in the budget", used)
	}
}

// Chunks that fail leave no manifest.
func TestChunksFail(t *testing.T) {
	c := cluster(t)
	p := open(t, c, Config{ChunkBytes: 1000, AckTimeout: 2 * time.Second})
	release := hold(c)
	defer release()
	var late *edge.Late
	if err := p.Write(t.Context(), record(1, strings.Repeat("x", 5000))); !errors.Is(err, edge.ErrTimeout) || errors.As(err, &late) {
		t.Fatalf("%v: it cannot be written any more", err)
	}
	release()
	if err := p.Write(t.Context(), record(2, "small")); err != nil {
		t.Fatal(err)
	}
	if got := consume(t, c, names.Raw, 1); len(got) != 1 || string(got[0].Value) != "small" {
		t.Errorf("%d records", len(got))
	}
}

func TestConfig(t *testing.T) {
	for _, cfg := range []Config{
		{}, {Topics: names}, {Topics: names, Log: slog.Default(), MaxBytes: 100}, {Topics: names, Log: slog.Default(), ChunkBytes: 1 << 20},
		{Topics: names, Log: slog.Default(), AckTimeout: -1},
	} {
		if cfg.Validate() == nil {
			t.Errorf("%+v is accepted", cfg)
		}
	}
}

func waitFor(t testing.TB, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !ok(); <-tick.C {
		if time.Now().After(end) {
			t.Fatal("waited in vain")
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	c := cluster(b)
	p := open(b, c, Config{})
	body := strings.Repeat(`{"filename":"/app/node_modules/express/lib/router/layer.js"},`, 140)
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	b.SetParallelism(64)
	b.RunParallel(func(pb *testing.PB) {
		r := record(1, body)
		for i := 0; pb.Next(); i++ {
			r.EventID[3] = byte(i)
			if err := p.Write(context.Background(), r); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func counted(c prometheus.Counter) float64 {
	var m dto.Metric
	_ = c.Write(&m) // cannot fail
	return m.GetCounter().GetValue()
}
