package topic_test

import (
	"encoding/hex"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"weir/codecs/ingest"
	"weir/codecs/topic"
)

var counts = [4]int{1, 7, 8, 32}

// The answers are those of hash/fnv with sarama's rule, and of zlib, computed outside of Go.
func TestFNVPartition(t *testing.T) {
	for _, c := range []struct {
		key  string
		want [4]int
	}{
		{"", [4]int{0, 2, 3, 27}},
		{"a", [4]int{0, 6, 4, 20}},
		{"foobar", [4]int{0, 4, 0, 24}},
		{"9ec79c33ec9942ab8353589fcb2e04dc", [4]int{0, 5, 2, 18}},
		{"e12d836b15bb49d7bbf99e64295d995b", [4]int{0, 3, 0, 24}},
		{"@global", [4]int{0, 0, 4, 4}},
	} {
		for i, n := range counts {
			if got := topic.FNVPartition([]byte(c.key), n); got != c.want[i] {
				t.Errorf("%q of %d: %d, want %d", c.key, n, got, c.want[i])
			}
		}
	}
}

func TestCRCPartition(t *testing.T) {
	for _, c := range []struct {
		key  string
		want [4]int
	}{
		{"00000000000000000000000000000000", [4]int{0, 1, 5, 21}},
		{"00000000000000000000000000000001", [4]int{0, 0, 3, 3}},
		{"9a5b3c1d2e4f40708293a4b5c6d7e8f9", [4]int{0, 3, 1, 17}},
		{"d0288f15cdbb5b62856b6051ec4e763c", [4]int{0, 2, 0, 24}},
	} {
		key, err := hex.DecodeString(c.key)
		if err != nil {
			t.Fatal(err)
		}
		for i, n := range counts {
			if got := topic.CRCPartition(key, n); got != c.want[i] {
				t.Errorf("%s of %d: %d, want %d", c.key, n, got, c.want[i])
			}
		}
	}
}

// TestOperatorTopics compares with topics.tsv of the contract.
func TestOperatorTopics(t *testing.T) {
	b, err := os.ReadFile("testdata/topics.tsv")
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(strings.TrimSpace(string(b)), "\n")[1:]
	if len(rows) != len(ingest.AllTopics) {
		t.Fatalf("%d topics, want %d", len(ingest.AllTopics), len(rows))
	}
	for i, row := range rows {
		f := strings.Split(row, "\t")
		id := ingest.AllTopics[i]
		if id.Key() != f[0] || id.DefaultName() != f[1] {
			t.Errorf("%s, %s, want %s, %s", id.Key(), id.DefaultName(), f[0], f[1])
		}
		size, _ := strconv.Atoi(f[7]) // "broker default" is 0
		keep, _ := strconv.Atoi(f[8])
		s := topic.OperatorSpec(id, "name")
		if s.Name != "name" || s.Own || s.MaxMessageBytes != size || s.Retention != time.Duration(keep)*time.Millisecond || s.Cleanup != topic.Delete || s.Carries == "" {
			t.Errorf("%s: %+v", f[0], s)
		}
	}
}

func TestSpecs(t *testing.T) {
	names := topic.NamesIn("w1-")
	specs := append(names.Specs(topic.DefaultKeep()), names.ForwardSpecs(topic.DefaultKeep())...)
	declared := map[string]topic.Spec{}
	for _, s := range specs {
		if !strings.HasPrefix(s.Name, "w1-") || !s.Own || s.Carries == "" || s.MaxMessageBytes < topic.MaxRawEnvelope {
			t.Errorf("%+v", s)
		}
		if (s.Retention == 0) != (s.Cleanup == topic.Compact) {
			t.Errorf("%s: kept for %v with %s", s.Name, s.Retention, s.Cleanup)
		}
		declared[s.Name] = s
	}
	v := reflect.ValueOf(names)
	for i := range v.NumField() {
		name := v.Field(i).String()
		if _, ok := declared[name]; !ok {
			t.Errorf("%s is not declared", name)
		}
	}
	if declared[names.Blobs].Retention < declared[names.Raw].Retention+24*time.Hour {
		t.Error("blobs must outlive raw by a day")
	}
	long := topic.DefaultKeep()
	long.Waiting = 100 * 24 * time.Hour
	for _, s := range names.Specs(long) {
		if s.Name == names.Blobs && s.Retention < long.Waiting+long.Raw {
			t.Error("chunks of what has waited for its config would be gone", s.Retention)
		}
	}
	if declared[names.RateLimits].Retention != 300*time.Second+time.Hour {
		t.Error(declared[names.RateLimits].Retention)
	}
}

func TestKeepValidate(t *testing.T) {
	if err := topic.DefaultKeep().Validate(); err != nil {
		t.Error(err)
	}
	err := topic.Keep{MaxRateLimit: -1}.Validate()
	if err == nil || strings.Count(err.Error(), "\n") != 5 {
		t.Errorf("%v", err)
	}
}
