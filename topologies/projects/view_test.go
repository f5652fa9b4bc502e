package projects

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"weir/codecs/project"
	"weir/topologies/kafka/client"
)

// decoded is a view that runs without Kafka, and its log.
func decoded(t *testing.T, check func(*project.State) error) (*View, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	v, err := NewView(ViewConfig{Cluster: client.Config{Brokers: []string{"127.0.0.1:1"}}, Table: "t", Requests: "r", Policy: DefaultPolicy(),
		Check: check, Clock: time.Now, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return v, &log
}

// take gives the view a row with a state, as its topic does.
func take(t *testing.T, v *View, state string, updated time.Time) bool {
	t.Helper()
	value, err := Entry{Status: project.Enabled, State: []byte(state), Updated: updated}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	k, ok := v.decode([]byte(key(1)), value)
	if ok {
		v.rows.Set(string(key(1)), k)
	}
	return ok
}

func TestWarningsOncePerState(t *testing.T) {
	v, log := decoded(t, nil)
	t0 := time.UnixMilli(1_790_000_000_000)
	state := `{"rev":"1","config":{"quotas":[{"id":"b","categories":["span","span_indexed"],"limit":1}],"piiConfig":{"rules":{"r":{"type":"pattern","pattern":"("}},"applications":{"$string":["r"]}}}}`
	for i := range 3 {
		take(t, v, state, t0.Add(time.Duration(i)*time.Minute))
	}
	if n := strings.Count(log.String(), "items count twice"); n != 1 {
		t.Errorf("said %d times\n%s", n, log)
	}
	if n := strings.Count(log.String(), `rule \"r\"`); n != 1 {
		t.Errorf("a rule that does nothing: said %d times\n%s", n, log)
	}
	take(t, v, strings.Replace(state, `"1"`, `"2"`, 1), t0.Add(time.Hour))
	if n := strings.Count(log.String(), "items count twice"); n != 2 {
		t.Errorf("said %d times for two revisions", n)
	}
}

func TestCheckedStates(t *testing.T) {
	v, log := decoded(t, func(s *project.State) error {
		if s.Slug == "bad" {
			return errors.New("no such thing")
		}
		return nil
	})
	if take(t, v, `{"slug":"bad"}`, time.Now()) {
		t.Error("taken over")
	}
	if _, s := v.Lookup(key(1)); s != project.Pending {
		t.Errorf("status %v", s)
	}
	take(t, v, `{"slug":"good"}`, time.Now())
	take(t, v, `{"slug":"bad"}`, time.Now())
	if s, _ := v.Lookup(key(1)); s == nil || s.Slug != "good" || strings.Count(log.String(), "no such thing") != 2 {
		t.Errorf("state %+v\n%s", s, log)
	}
}
