package topics_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"weir/codecs/topic"
	"weir/topologies/kafka/client"
	"weir/topologies/kafka/topics"
	"weir/topologies/kafkatest"
)

func apply(t *testing.T, cluster client.Config, ns string) {
	names := topic.NamesIn(ns)
	specs := append(names.Specs(topic.DefaultKeep()), topic.Spec{Name: ns + "ingest-events", MaxMessageBytes: 10_000_000, Cleanup: topic.Delete})
	own := topics.Declare(specs, 8, 0)
	start := time.Now()
	r, err := topics.Apply(t.Context(), cluster, own)
	took := time.Since(start)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d topics of 8 partitions in %v", len(own), took)
	if len(r.Created) != len(own) || len(r.Findings) != 0 {
		t.Fatalf("%+v", r)
	}
	if got := r.MaxMessageBytes[ns+"ingest-events"]; got != 10_000_000 {
		t.Fatalf("max.message.bytes %d", got)
	}
	again, err := topics.Apply(t.Context(), cluster, own)
	if err != nil || len(again.Created) != 0 || len(again.Findings) != 0 {
		t.Fatalf("again: %+v %v", again, err)
	}

	// What exists is compared, never changed.
	for i := range own {
		switch own[i].Name {
		case names.Raw:
			own[i].Partitions, own[i].MaxMessageBytes = 16, 2_000_000
		case names.Blobs:
			own[i].Retention = time.Hour
		case ns + "ingest-events":
			own[i].Partitions, own[i].MaxMessageBytes = 3, 20_000_000 // the operator's: only the size matters
			own[i].Retention = time.Minute
		}
	}
	own = append(own, topics.Topic{Name: ns + "other"})
	states, findings, err := topics.Check(t.Context(), cluster, own)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range findings {
		got = append(got, fmt.Sprint(f.Topic[len(ns):], " ", f.Kind, " ", f.Setting, " ", f.Want, " ", f.Have))
	}
	slices.Sort(got)
	want := []string{
		"blobs setting retention.ms 3600000 691200000",
		"ingest-events message_size max.message.bytes 20000000 10000000",
		"other missing   ",
		"raw message_size max.message.bytes 2000000 1048588",
		"raw partitions  16 8",
	}
	if !slices.Equal(got, want) {
		t.Fatalf("findings %q", got)
	}
	if len(states) != len(own)-1 {
		t.Fatalf("%d states", len(states))
	}
}

func TestApplyAndCheck(t *testing.T) { apply(t, kafkatest.Cluster(t, 1), "t-") }

func TestRealApplyAndCheck(t *testing.T) {
	if cluster, ns, ok := kafkatest.Real(t); ok {
		apply(t, cluster, ns)
	}
}

func TestValidate(t *testing.T) {
	for _, bad := range []topics.Topic{{}, {Name: "a", Partitions: -1}, {Name: "a", MaxMessageBytes: -1}} {
		if bad.Validate() == nil {
			t.Errorf("%+v was accepted", bad)
		}
	}
}
