package kafkatest

import (
	"context"
	"testing"
	"time"

	"weir/topologies/kafka/client"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Patience is how long helpers wait before they fail the test.
const Patience = time.Minute

// Cluster starts an in-process broker with the given topics.
func Cluster(t testing.TB, parts int32, topics ...string) client.Config {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(parts, topics...),
		kfake.BrokerConfigs(map[string]string{"message.max.bytes": "16000000"}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return client.Config{Brokers: c.ListenAddrs()}
}

// Client returns a plain client.
func Client(t testing.TB, cluster client.Config, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	cl, err := cluster.New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

// Produce writes records and waits for them.
func Produce(t testing.TB, cl *kgo.Client, recs ...*kgo.Record) {
	t.Helper()
	if err := cl.ProduceSync(context.Background(), recs...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// Consume reads the topic from its start (read_committed) until enough returns true.
func Consume(t testing.TB, cluster client.Config, topic string, enough func(*kgo.Record) bool) {
	t.Helper()
	cl := Client(t, cluster, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.FetchMaxWait(50*time.Millisecond))
	defer cl.Close()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	for {
		fs := cl.PollFetches(ctx)
		if ctx.Err() != nil {
			t.Fatalf("timeout while reading %s", topic)
		}
		for _, r := range fs.Records() {
			if enough(r) {
				return
			}
		}
	}
}

// Committed returns the group's committed offsets of a topic, summed up over the partitions.
func Committed(t testing.TB, cluster client.Config, group, topic string) (n int64) {
	t.Helper()
	adm, done, err := cluster.Admin()
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	offsets, err := adm.FetchOffsets(context.Background(), group)
	if err != nil {
		return 0
	}
	offsets.Each(func(o kadm.OffsetResponse) {
		if o.Topic == topic {
			n += max(o.At, 0)
		}
	})
	return n
}

// End returns the number of records that were ever written to a topic, summed up over the partitions; 0 while that is not known.
func End(t testing.TB, cluster client.Config, topic string) (n int64) {
	t.Helper()
	adm, done, err := cluster.Admin()
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	offsets, err := adm.ListEndOffsets(context.Background(), topic)
	if err != nil {
		return 0
	}
	offsets.Each(func(o kadm.ListedOffset) { n += max(o.Offset, 0) })
	return n
}

// Eventually waits for a condition.
func Eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	end := time.NewTimer(Patience)
	defer end.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-end.C:
			t.Fatalf("timeout: %s", what)
		}
	}
}

// Always checks a condition for as long as d lasts.
func Always(t testing.TB, what string, d time.Duration, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	end := time.NewTimer(d)
	defer end.Stop()
	for {
		select {
		case <-tick.C:
			if !ok() {
				t.Fatalf("no longer: %s", what)
			}
		case <-end.C:
			return
		}
	}
}

// Members returns how many members the group has while it is stable, 0 otherwise.
func Members(t testing.TB, cluster client.Config, group string) int {
	t.Helper()
	adm, done, err := cluster.Admin()
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	gs, err := adm.DescribeGroups(context.Background(), group)
	if err != nil || gs[group].State != "Stable" {
		return 0
	}
	return len(gs[group].Members)
}

// After is a timer's channel, for callbacks that take their time.
func After(d time.Duration) <-chan time.Time { return time.NewTimer(d).C }
