package session

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"weir/codecs/casefile"
	"weir/codecs/metric"
)

func read(t *testing.T, name string, v any) {
	t.Helper()
	casefile.JSON(t, "testdata/"+name, v)
}

func tagMap(tags []metric.Tag) map[string]string {
	m := map[string]string{}
	for _, t := range tags {
		m[t.Name] = t.Value
	}
	return m
}

// bucket is the form of the vectors.
type bucket struct {
	Name, Type string
	Value      any
	Timestamp  int64
	Tags       map[string]string
}

func form(b metric.Bucket) bucket {
	v := bucket{Name: b.Name, Type: string(b.Kind), Value: b.Value, Timestamp: b.Timestamp, Tags: tagMap(b.Tags)}
	if b.Kind == metric.Set {
		var list []any
		for _, m := range b.Members {
			list = append(list, float64(m))
		}
		v.Value = list
	}
	return v
}

func TestExtractVectors(t *testing.T) {
	var v struct {
		Cases []struct {
			Case     string
			ItemType string `json:"item_type"`
			Client   *string
			Version  uint16 `json:"sessionMetrics_version"`
			Payload  json.RawMessage
			Buckets  []bucket
		}
	}
	read(t, "sessions.json", &v)
	received := time.Date(2021, 2, 7, 14, 20, 0, 0, time.UTC)
	for _, c := range v.Cases {
		s, err := Parse(c.Payload, c.ItemType == "sessions")
		if err != nil {
			t.Errorf("%s: %v", c.Case, err)
			continue
		}
		if !s.Adjust(0, received, Window{Past: 432000 * time.Second, Future: time.Minute}) {
			t.Errorf("%s: dropped", c.Case)
			continue
		}
		f := Facts{Version: c.Version}
		if c.Client != nil {
			f.Client = *c.Client
		}
		var got []bucket
		for _, b := range s.Extract(nil, f) {
			got = append(got, form(b))
		}
		if len(got)+len(c.Buckets) > 0 && !reflect.DeepEqual(got, c.Buckets) {
			t.Errorf("%s\n got %+v\nwant %+v", c.Case, got, c.Buckets)
		}
	}
}

func TestDropVectors(t *testing.T) {
	var v struct {
		Cases []struct {
			Case      string
			ItemType  string `json:"item_type"`
			Payload   json.RawMessage
			Result    string
			Tags      map[string]string
			Remaining *int `json:"remaining_rows"`
		}
	}
	read(t, "session_drop.json", &v)
	received := time.Date(2021, 2, 7, 14, 20, 0, 0, time.UTC)
	for _, c := range v.Cases {
		s, err := Parse(c.Payload, c.ItemType == "sessions")
		kept := err == nil && s.Adjust(0, received, Window{Past: 432000 * time.Second, Future: time.Minute})
		if kept != (c.Result == "kept") {
			t.Errorf("%s: kept %v (%v), want %s", c.Case, kept, err, c.Result)
			continue
		}
		if c.Remaining != nil && len(s.Rows) != *c.Remaining {
			t.Errorf("%s: %d rows, want %d", c.Case, len(s.Rows), *c.Remaining)
		}
		if c.Tags != nil {
			if b := s.Extract(nil, Facts{}); len(b) == 0 || !reflect.DeepEqual(tagMap(b[0].Tags), c.Tags) {
				t.Errorf("%s: buckets %+v, want tags %v", c.Case, b, c.Tags)
			}
		}
	}
}

func TestHashVectors(t *testing.T) {
	var v struct {
		Cases []struct {
			Text string
			Hash uint32
		}
	}
	read(t, "set_hash.json", &v)
	for _, c := range v.Cases {
		if got := metric.Hash(c.Text); got != c.Hash {
			t.Errorf("Hash(%q) = %d, want %d", c.Text, got, c.Hash)
		}
	}
}

func TestDrift(t *testing.T) {
	received := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	in := `{"started":"2025-12-31T11:00:00Z","timestamp":"2025-12-31T11:30:00Z","init":true,"attrs":{"release":"r"}}`
	s, err := Parse([]byte(in), false)
	if err != nil {
		t.Fatal(err)
	}
	if !s.Adjust(24*time.Hour, received, Window{Past: 2 * time.Hour, Future: time.Minute}) {
		t.Fatal("dropped")
	}
	if b := s.Extract(nil, Facts{}); len(b) != 1 || b[0].Timestamp != received.Add(-time.Hour).Unix() {
		t.Errorf("buckets %+v", b)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"sid":"8333339f-5675-4f89-a9a0-1c935255ab58","did":"u","init":true,"started":"2021-02-07T14:15:00Z","status":"abnormal","attrs":{"release":"r","ip_address":"::1"}}`), false)
	f.Add([]byte(`{"aggregates":[{"started":"2021-02-07T14:15:00Z","did":"u","exited":2,"crashed":1}],"attrs":{"release":"r","environment":"e"}}`), true)
	received := time.Date(2021, 2, 7, 14, 20, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, b []byte, aggregate bool) {
		s, err := Parse(b, aggregate)
		if err != nil {
			return
		}
		if !s.Adjust(0, received, Window{Past: time.Hour, Future: time.Minute}) {
			return
		}
		a := metric.NewAggregator(metric.Config{}, received.Unix())
		for _, bucket := range s.Extract(nil, Facts{Client: "c"}) {
			a.Add(bucket)
		}
		for _, bucket := range a.Buckets() {
			if text := bucket.AppendMessage(nil, 1, 1, 90); !json.Valid(text) {
				t.Fatalf("invalid message %s", text)
			}
		}
	})
}
