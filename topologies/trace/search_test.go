package trace

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"weir/codecs/envelope"
	"weir/codecs/topic"
	"weir/topologies/kafkatest"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Of many envelopes with one id those that were written last are held, and all are counted.
func TestNewest(t *testing.T) {
	names, groups := topic.Names{Raw: "raw", DeadLetters: "dead"}, topic.Groups{Pipeline: "p"}
	cfg := Config{Cluster: kafkatest.Cluster(t, 3, "raw", "dead"), Names: names, Groups: groups, ID: id(t, testID), All: true, Newest: 4,
		Clock: func() time.Time { return noon.Add(time.Hour) }, Log: kafkatest.Log(t)}
	cl := kafkatest.Client(t, cfg.Cluster, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	for at := range 31 {
		event := testID
		if at%10 == 9 {
			event = envelope.NewEventID([16]byte{1}).String()
		}
		r := record(t, event, fmt.Sprintf("{}\n{\"type\":\"event\"}\n%d\n", at))
		r.Topic, r.Partition, r.Timestamp = "raw", int32(at%3), noon.Add(time.Duration(at)*time.Second)
		kafkatest.Produce(t, cl, r)
	}
	found, searched, err := Search(t.Context(), cfg)
	if err != nil || len(found) != 4 || len(searched) != 1 || searched[0].Matches != 28 || searched[0].Records != 31 {
		t.Fatalf("%d found, %+v, %v", len(found), searched, err)
	}
	for i, want := range []int{26, 27, 28, 30} {
		if at := int(found[i].Written.Sub(noon) / time.Second); at != want {
			t.Errorf("%d is of second %d, want %d", i, at, want)
		}
	}
	cfg.Newest = 0
	if found, _, err = Search(t.Context(), cfg); err != nil || len(found) != 28 || !found[0].Written.Equal(noon) {
		t.Errorf("%d found without a bound, %v", len(found), err)
	}
}

// A cluster without dead letters has none; one that does not tell is an error, not an envelope that is nowhere.
func TestDeadLettersAway(t *testing.T) {
	cfg := Config{Cluster: kafkatest.Cluster(t, 3, "raw"), Names: topic.Names{Raw: "raw", DeadLetters: "dead"}, Groups: topic.Groups{Pipeline: "p"}, ID: id(t, testID),
		Clock: func() time.Time { return noon }, Log: kafkatest.Log(t)}
	if found, searched, err := Search(t.Context(), cfg); err != nil || len(found) != 0 || len(searched) != 1 {
		t.Errorf("%v, %+v, %v", found, searched, err)
	}
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (&search{cfg: &cfg, match: newMatcher(cfg.ID)}).letters(interrupted); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody was asked: %v", err)
	}
}
