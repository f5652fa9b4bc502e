package view_test

import (
	"strings"
	"sync"
	"testing"

	"weir/topologies/kafka/client"
	"weir/topologies/kafka/view"
	"weir/topologies/kafkatest"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// What keeps a view from being ready is told once as long as it lasts, also where it is found by looking for the end, and names the topic once.
func TestLastingFaultIsToldOnce(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "table"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	cluster := client.Config{Brokers: c.ListenAddrs()}
	kafkatest.Produce(t, kafkatest.Client(t, cluster), &kgo.Record{Topic: "table", Key: []byte("a"), Value: []byte("1")})
	fault := c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Err: kerr.TopicAuthorizationFailed, Count: -1})
	looks := c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.ListOffsets}, Count: -1, Observe: true})
	var mu sync.Mutex
	var told []string
	v := view.New(cluster, view.Config[string]{Topic: "table", Decode: func(_, value []byte) (string, bool) { return string(value), true },
		Report: func(err error) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, err.Error())
		}})
	kafkatest.Start(t, v.Run)
	if err := looks.Wait(t.Context(), 6); err != nil { // three are made before the first look for the end
		t.Fatal(err)
	}
	fault.Remove()
	if err := v.WaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	probes := 0
	for _, text := range told {
		if strings.Count(text, "table") != 1 {
			t.Errorf("told %q", text)
		}
		if strings.Contains(text, "probe") {
			probes++
		}
	}
	if probes != 1 {
		t.Errorf("%d times of %q", probes, told)
	}
}
