package group_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weir/topologies/kafka/client"
	"weir/topologies/kafka/group"
	"weir/topologies/kafka/instance"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafka/stage"
	"weir/topologies/kafkatest"

	"github.com/lovoo/goka"
	"github.com/twmb/franz-go/pkg/kgo"
)

func input(topic string, n int, parts int32) (recs []*kgo.Record) {
	for i := range n {
		recs = append(recs, &kgo.Record{Topic: topic, Partition: int32(i) % parts, Key: fmt.Append(nil, "k", i), Value: fmt.Append(nil, topic, i)})
	}
	return recs
}

func manual(t *testing.T, b client.Config) *kgo.Client {
	return kafkatest.Client(t, b, append(client.Compression(kgo.NoCompression()), kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
}

func opts(b client.Config, cfg group.Config) []goka.ProcessorOption {
	cfg.CommitInterval = 100 * time.Millisecond
	return []goka.ProcessorOption{goka.WithConsumerGroupBuilder(group.Builder(b, cfg)), goka.WithProducerBuilder(producer.Builder(b, producer.Config{}))}
}

// Message 5 stays unfinished while 6..19 finish: nothing beyond it may be committed, and after the
// restart it must be delivered again.
func TestOutOfOrderFinishDoesNotCommitPastAHole(t *testing.T) {
	b := kafkatest.Cluster(t, 1, "in", "out")
	kafkatest.Produce(t, manual(t, b), input("in", 20, 1)...)
	var finished atomic.Int64
	hole := make(chan func(error), 1)
	g := goka.DefineGroup("g", goka.Input("in", stage.Bytes{}, func(ctx goka.Context, m any) {
		done := ctx.DeferCommit()
		if string(m.([]byte)) == "in5" {
			hole <- done
			return
		}
		go func() {
			done(nil)
			finished.Add(1)
		}()
	}))
	committed := func() int64 { return kafkatest.Committed(t, b, "g", "in") }
	stop := kafkatest.Processor(t, b, g, opts(b, group.Config{})...)
	kafkatest.Eventually(t, "19 finished", func() bool { return finished.Load() == 19 })
	kafkatest.Eventually(t, "commit up to the hole", func() bool { return committed() == 5 })
	kafkatest.Always(t, "no commit past the hole", 250*time.Millisecond, func() bool { return committed() == 5 })
	(<-hole)(errors.New("not durable"))
	kafkatest.Eventually(t, "processor failed", func() bool { return stop() != nil })
	if c := committed(); c != 5 {
		t.Fatalf("committed %d after the failure, want 5", c)
	}
	stop = kafkatest.Processor(t, b, g, opts(b, group.Config{})...)
	(<-hole)(nil)
	kafkatest.Eventually(t, "all committed", func() bool { return committed() == 20 })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

// A group that another client committed with a leader epoch must still make progress.
func TestCommitsAfterAForeignCommitWithLeaderEpoch(t *testing.T) {
	b := kafkatest.Cluster(t, 1, "in", "out")
	kafkatest.Produce(t, manual(t, b), input("in", 10, 1)...)
	other := kafkatest.Client(t, b, kgo.ConsumerGroup("g"), kgo.ConsumeTopics("in"), kgo.DisableAutoCommit())
	recs := other.PollFetches(t.Context()).Records()
	if err := other.CommitRecords(t.Context(), recs[:3]...); err != nil {
		t.Fatal(err)
	}
	other.Close()
	g := goka.DefineGroup("g", goka.Input("in", stage.Bytes{}, func(goka.Context, any) {}))
	kafkatest.Processor(t, b, g, opts(b, group.Config{})...)
	kafkatest.Eventually(t, "all committed", func() bool { return kafkatest.Committed(t, b, "g", "in") == 10 })
}

// Members come and go while there is a backlog in every queue: every message of both topics is processed, none twice.
func TestRebalancesLoseAndRepeatNothing(t *testing.T) {
	const parts, n = 8, 2000
	for _, c := range []struct {
		name     string
		topics   []string
		balancer kgo.GroupBalancer
	}{
		{"one topic, cooperative", []string{"in"}, kgo.CooperativeStickyBalancer()},
		{"one topic, range", []string{"in"}, kgo.RangeBalancer()},
		{"two topics, range", []string{"in", "released"}, kgo.RangeBalancer()},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := kafkatest.Cluster(t, parts, "in", "released")
			var mu sync.Mutex
			seen := map[string]int{}
			callback := func(ctx goka.Context, m any) {
				done := ctx.DeferCommit()
				<-kafkatest.After(2 * time.Millisecond)
				key := string(m.([]byte))
				time.AfterFunc(time.Duration(len(ctx.Key()))*time.Millisecond, func() {
					mu.Lock()
					seen[key]++
					mu.Unlock()
					done(nil)
				})
			}
			count := func() int { mu.Lock(); defer mu.Unlock(); return len(seen) }
			var edges []goka.Edge
			for _, topic := range c.topics {
				kafkatest.Produce(t, manual(t, b), input(topic, n, parts)...)
				edges = append(edges, goka.Input(goka.Stream(topic), stage.Bytes{}, callback))
			}
			cfg := group.Config{Opts: []kgo.Opt{kgo.Balancers(c.balancer), kgo.HeartbeatInterval(50 * time.Millisecond)}}
			var stops []func() error
			for i := range 4 { // join, join, join + leave, join
				before := count()
				stops = append(stops, kafkatest.Processor(t, b, goka.DefineGroup("g", edges...), opts(b, cfg)...))
				kafkatest.Eventually(t, "progress", func() bool { return count() > before+n/20 })
				if i == 2 {
					stops = append(stops[1:], stops[0])
					if err := stops[len(stops)-1](); err != nil {
						t.Fatal(err)
					}
				}
			}
			for _, topic := range c.topics {
				kafkatest.Eventually(t, "all committed", func() bool { return kafkatest.Committed(t, b, "g", topic) == n })
			}
			for _, stop := range stops {
				if err := stop(); err != nil {
					t.Fatal(err)
				}
			}
			for _, topic := range c.topics {
				for i := range n {
					if c := seen[fmt.Sprint(topic, i)]; c != 1 {
						t.Errorf("%s%d processed %d times", topic, i, c)
					}
				}
			}
		})
	}
}

// One partition blocks in its callback; the others go on, memory stays bounded, and the blocked one
// catches up afterwards although no other partition has anything left to poll.
func TestSlowPartitionDoesNotStopTheOthers(t *testing.T) {
	const parts, n = 4, 4000
	b := kafkatest.Cluster(t, parts, "in", "out")
	recs := input("in", n, parts)
	for _, r := range recs {
		r.Value = make([]byte, 8000) // 8 MB per partition, eight times the limit
	}
	kafkatest.Produce(t, manual(t, b), recs...)
	block := make(chan struct{})
	var mu sync.Mutex
	count := map[int32]int{}
	g := goka.DefineGroup("g", goka.Input("in", stage.Bytes{}, func(ctx goka.Context, _ any) {
		if ctx.Partition() == 0 {
			<-block
		}
		mu.Lock()
		count[ctx.Partition()]++
		mu.Unlock()
	}))
	kafkatest.Processor(t, b, g, opts(b, group.Config{MaxBytes: 1})...)
	kafkatest.Eventually(t, "three partitions done", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return count[1]+count[2]+count[3] == 3*n/parts && count[0] == 0
	})
	close(block)
	kafkatest.Eventually(t, "all committed", func() bool { return kafkatest.Committed(t, b, "g", "in") == n })
}

// Two live processes with one instance name: the one that loses its place ends for good, the other one goes on.
func TestFencedStaticMemberEndsWithATypedError(t *testing.T) {
	b := kafkatest.Cluster(t, 2, "in", "out")
	g := goka.DefineGroup("g", goka.Input("in", stage.Bytes{}, func(goka.Context, any) {}))
	cfg := group.Config{Instance: "a", Opts: []kgo.Opt{kgo.HeartbeatInterval(50 * time.Millisecond)}}
	first := kafkatest.Background(t, kafkatest.NewProcessor(t, b, g, opts(b, cfg)...).Run)
	kafkatest.Eventually(t, "first joined", func() bool { return kafkatest.Members(t, b, "g") == 1 })
	second := kafkatest.Background(t, kafkatest.NewProcessor(t, b, g, opts(b, cfg)...).Run)
	var duplicate *instance.DuplicateError
	if err := first.Wait(t); !errors.As(err, &duplicate) || duplicate.Instance != "a" || duplicate.Group != "g" {
		t.Fatalf("first ended with %v", err)
	}
	kafkatest.Produce(t, manual(t, b), input("in", 10, 2)...)
	kafkatest.Eventually(t, "second goes on", func() bool { return kafkatest.Committed(t, b, "g", "in") == 10 })
	if err := second.Stop(); err != nil {
		t.Fatal(err)
	}
}
