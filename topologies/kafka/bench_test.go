package kafka_test

import (
	"context"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"weir/topologies/kafka"
	"weir/topologies/kafka/client"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafkatest"

	"github.com/twmb/franz-go/pkg/kgo"
)

// An error of the Node SDK with Express integration, 8.5 kB, as the SDK sent it.
//
//go:embed testdata/node-express-error.envelope
var envelope []byte

// throughput measures raw -> out through the group, one record in and one out, with a ledger record per batch.
func throughput(b *testing.B, cluster client.Config, ns string, d kafka.Delivery, parts, records int) {
	kafkatest.Topics(b, cluster, parts, ns+"raw", ns+"released", ns+"out", ns+"ledger")
	p, err := producer.New(cluster, producer.Config{})
	if err != nil {
		b.Fatal(err)
	}
	for i := range records {
		v := slices.Clone(envelope)
		hex.Encode(v[20:], binary.BigEndian.AppendUint64(nil, uint64(i)*0x9e3779b97f4a7c15))
		p.Produce(context.Background(), &kgo.Record{Topic: ns + "raw", Key: fmt.Append(nil, i), Value: v}, func(_ *kgo.Record, err error) {
			if err != nil {
				b.Error(err)
			}
		})
	}
	if err := p.Close(context.Background()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(records * len(envelope)))
	var spent time.Duration
	n := 0
	for b.Loop() {
		var batches atomic.Int64
		g := named(fmt.Sprintf("%spipeline-%d", ns, n), cluster, ns, d, "", 0, &batches)
		g.MaxTransaction, g.Log = 0, kafkatest.Discard()
		n++
		end := kafkatest.Client(b, cluster, kgo.ConsumeTopics(ns+"out"), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeResetOffset(kgo.NewOffset().AtEnd()))
		ready(b, end, cluster, ns+"out")
		stop := kafkatest.Start(b, g.Run)
		got := 0
		var first time.Time
		for got < records {
			got += end.PollFetches(context.Background()).NumRecords()
			if first.IsZero() && got > 0 {
				first = time.Now()
			}
		}
		spent += time.Since(first) // without joining the group
		if err := stop(); err != nil {
			b.Fatal(err)
		}
		end.Close()
	}
	b.ReportMetric(float64(records*n)/spent.Seconds(), "events/s")
}

// ready waits until a reader from the end sees what is written now.
func ready(b testing.TB, cl *kgo.Client, cluster client.Config, topic string) {
	b.Helper()
	p, err := producer.New(cluster, producer.Config{Manual: func(string) bool { return true }})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = p.Close(context.Background()) }()
	seen := map[int32]bool{}
	kafkatest.Eventually(b, "reader is ready", func() bool {
		adm, done, err := cluster.Admin()
		if err != nil {
			b.Fatal(err)
		}
		defer done()
		ts, err := adm.ListTopics(context.Background(), topic)
		if err != nil {
			b.Fatal(err)
		}
		n := len(ts[topic].Partitions)
		for part := range int32(n) {
			if !seen[part] {
				if err := p.Sync(context.Background(), &kgo.Record{Topic: topic, Partition: part}); err != nil {
					b.Fatal(err)
				}
			}
		}
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		cl.PollFetches(ctx).EachRecord(func(r *kgo.Record) { seen[r.Partition] = true })
		return len(seen) == n
	})
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	for ctx.Err() == nil {
		cl.PollFetches(ctx)
	}
}

func BenchmarkGroup(b *testing.B) {
	for _, d := range kafka.AllDeliveries {
		for _, parts := range []int{1, 8} {
			b.Run(fmt.Sprintf("%s/partitions=%d", d, parts), func(b *testing.B) {
				throughput(b, kafkatest.Cluster(b, 1), "b-", d, parts, 20_000)
			})
		}
	}
}

func BenchmarkRealGroup(b *testing.B) {
	for _, parts := range []int{1, 8} {
		for _, d := range kafka.AllDeliveries {
			cluster, ns, ok := kafkatest.Real(b)
			if !ok {
				return
			}
			b.Run(fmt.Sprintf("%s/partitions=%d", d, parts), func(b *testing.B) {
				throughput(b, cluster, ns+fmt.Sprint(b.N, "-"), d, parts, 60_000)
			})
		}
	}
}

// BenchmarkRealLatency measures from the acknowledgement of a record on raw to its sight by a read_committed reader of
// the output, at 1,000 events/s.
func BenchmarkRealLatency(b *testing.B) {
	for _, d := range kafka.AllDeliveries {
		cluster, ns, ok := kafkatest.Real(b)
		if !ok {
			return
		}
		b.Run(d.String(), func(b *testing.B) { latency(b, cluster, ns+fmt.Sprint(b.N, "-"), d) })
	}
}

func latency(b *testing.B, cluster client.Config, ns string, d kafka.Delivery) {
	kafkatest.Topics(b, cluster, 8, ns+"raw", ns+"released", ns+"out", ns+"ledger")
	var batches atomic.Int64
	g := pipeline(cluster, ns, d, "", 0, &batches)
	g.MaxTransaction, g.Log = 0, kafkatest.Discard()
	stop := kafkatest.Start(b, g.Run)
	kafkatest.Eventually(b, "joined", func() bool { return kafkatest.Members(b, cluster, g.Name) == 1 })
	end := kafkatest.Client(b, cluster, kgo.ConsumeTopics(ns+"out"), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	ready(b, end, cluster, ns+"out")
	p, err := producer.New(cluster, producer.Config{})
	if err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	for b.Loop() {
		const records = 10_000
		acked := make([]atomic.Int64, records)
		go func() {
			tick := time.NewTicker(time.Millisecond)
			defer tick.Stop()
			for i := range records {
				<-tick.C
				p.Produce(context.Background(), &kgo.Record{Topic: ns + "raw", Key: fmt.Append(nil, i), Value: envelope}, func(_ *kgo.Record, err error) {
					if err != nil {
						b.Error(err)
					}
					acked[i].Store(time.Now().UnixNano())
				})
			}
		}()
		for got := 0; got < records; {
			fs := end.PollFetches(context.Background())
			now := time.Now().UnixNano()
			fs.EachRecord(func(r *kgo.Record) {
				var i int
				if _, err := fmt.Sscan(string(r.Key), &i); err != nil {
					return
				}
				got++
				if at := acked[i].Load(); at > 0 { // else seen before the producer heard of its own acknowledgement
					took = append(took, time.Duration(now-at))
				} else {
					took = append(took, 0)
				}
			})
		}
	}
	slices.Sort(took)
	for _, q := range []int{50, 99} {
		b.ReportMetric(float64(took[len(took)*q/100].Microseconds())/1000, fmt.Sprintf("p%d-ms", q))
	}
	if err := stop(); err != nil {
		b.Fatal(err)
	}
	if err := p.Close(context.Background()); err != nil {
		b.Fatal(err)
	}
}
