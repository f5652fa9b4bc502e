package group_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"weir/topologies/kafka/group"
	"weir/topologies/kafka/stage"
	"weir/topologies/kafkatest"

	"github.com/lovoo/goka"
)

// The first records are handled at once; those behind them wait for the pace, and the end of the group does not.
func TestPaceKeepsPollsApart(t *testing.T) {
	b := kafkatest.Cluster(t, 1, "in")
	var handled atomic.Int64
	g := goka.DefineGroup("g", goka.Input("in", stage.Bytes{}, func(goka.Context, any) { handled.Add(1) }))
	stop := kafkatest.Processor(t, b, g, opts(b, group.Config{Pace: time.Hour})...)
	cl := manual(t, b)
	kafkatest.Produce(t, cl, input("in", 1, 1)...)
	kafkatest.Eventually(t, "the first record is handled", func() bool { return handled.Load() == 1 })
	kafkatest.Produce(t, cl, input("in", 3, 1)...)
	kafkatest.Always(t, "the others wait", 200*time.Millisecond, func() bool { return handled.Load() == 1 })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

// What waits for the pace comes in one go.
func TestPaceLosesNothing(t *testing.T) {
	b := kafkatest.Cluster(t, 2, "in")
	var handled atomic.Int64
	g := goka.DefineGroup("g", goka.Input("in", stage.Bytes{}, func(goka.Context, any) { handled.Add(1) }))
	stop := kafkatest.Processor(t, b, g, opts(b, group.Config{Pace: 5 * time.Millisecond})...)
	cl := manual(t, b)
	const n = 40
	for i := range n {
		r := input("in", 1, 1)
		r[0].Partition, r[0].Value = int32(i)%2, fmt.Append(nil, i)
		kafkatest.Produce(t, cl, r...)
	}
	kafkatest.Eventually(t, "all are handled", func() bool { return handled.Load() == n })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}
