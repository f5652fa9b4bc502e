package lag_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"weir/topologies/kafka/client"
	"weir/topologies/kafka/lag"
	"weir/topologies/kafkatest"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func read(t *testing.T, cluster client.Config, ns string) {
	cl := kafkatest.Client(t, cluster, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	for i := range 10 {
		kafkatest.Produce(t, cl, &kgo.Record{Topic: ns + "raw", Partition: int32(i % 2), Value: fmt.Append(nil, i)})
	}
	adm := kadm.NewClient(cl)
	os := kadm.Offsets{}
	os.Add(kadm.Offset{Topic: ns + "raw", Partition: 0, At: 3, LeaderEpoch: -1})
	if err := adm.CommitAllOffsets(t.Context(), ns+"pipeline", os); err != nil {
		t.Fatal(err)
	}
	del := kadm.Offsets{}
	del.Add(kadm.Offset{Topic: ns + "raw", Partition: 0, At: 4})
	if _, err := adm.DeleteRecords(t.Context(), del); err != nil {
		t.Fatal(err)
	}
	got, err := lag.Read(t.Context(), cluster, lag.Group{Name: ns + "pipeline", Topics: []string{ns + "raw", ns + "released"}}, lag.Group{Name: ns + "none", Topics: []string{ns + "raw"}})
	if err != nil {
		t.Fatal(err)
	}
	p, none, raw, rel := ns+"pipeline", ns+"none", ns+"raw", ns+"released"
	want := []lag.Partition{
		{Group: p, Topic: raw, Partition: 0, Start: 4, End: 5, Committed: 3, Lag: 1, Lost: 1},
		{Group: p, Topic: raw, Partition: 1, Start: 0, End: 5, Committed: 0, Lag: 5, Fresh: true},
		{Group: p, Topic: rel, Partition: 0, Fresh: true}, {Group: p, Topic: rel, Partition: 1, Fresh: true},
		{Group: none, Topic: raw, Partition: 0, Start: 4, End: 5, Committed: 4, Lag: 1, Fresh: true},
		{Group: none, Topic: raw, Partition: 1, Start: 0, End: 5, Committed: 0, Lag: 5, Fresh: true},
	}
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%d: %+v, want %+v", i, got[i], want[i])
		}
	}
}

func TestRead(t *testing.T) { read(t, kafkatest.Cluster(t, 2, "raw", "released"), "") }

func TestRealRead(t *testing.T) {
	cluster, ns, ok := kafkatest.Real(t)
	if !ok {
		return
	}
	kafkatest.Topics(t, cluster, 2, ns+"raw", ns+"released")
	read(t, cluster, ns)
}

// A cluster that has never had a group makes the topic of their offsets when it is asked first.
func TestReadOnNewCluster(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "raw"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	var asked atomic.Int32
	c.ControlKey(int16(kmsg.FindCoordinator), func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		if asked.Add(1) > 3 {
			return nil, nil, false
		}
		resp := req.ResponseKind().(*kmsg.FindCoordinatorResponse)
		for _, key := range req.(*kmsg.FindCoordinatorRequest).CoordinatorKeys {
			resp.Coordinators = append(resp.Coordinators, kmsg.FindCoordinatorResponseCoordinator{Key: key, NodeID: -1, ErrorCode: kerr.CoordinatorNotAvailable.Code})
		}
		return resp, nil, true
	})
	got, err := lag.Read(t.Context(), client.Config{Brokers: c.ListenAddrs()}, lag.Group{Name: "none", Topics: []string{"raw"}})
	if err != nil || len(got) != 1 || !got[0].Fresh {
		t.Fatal(got, err)
	}
}
