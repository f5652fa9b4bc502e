package main

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"weir/cmd/weir/corpus"
)

// expected is what Relay 26.9 did with a captured request under testdata/e2e/projects: the status it answered, and the topic of the event
// that the request holds, "-" when it holds none.
type expected struct {
	status int
	topic  string
}

func expectations(t testing.TB) map[string]expected {
	t.Helper()
	b, err := os.ReadFile("testdata/e2e/corpus.tsv")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]expected{}
	for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n")[1:] {
		f := strings.Split(line, "\t")
		status, err := strconv.Atoi(f[1])
		if err != nil {
			t.Fatal(err)
		}
		want[f[0]] = expected{status, f[2]}
	}
	return want
}

// arrivals are how many messages are to be expected.
type arrivals struct {
	topics map[string]int            // events by topic
	ids    map[string]map[string]int // topic -> event id -> messages, where the sender was told the id
}

// sendCorpus sends every captured request, compares the answers and returns what must arrive. prefix is that of the topics.
func sendCorpus(t *testing.T, base, prefix string) arrivals {
	t.Helper()
	want := expectations(t)
	a := arrivals{map[string]int{}, map[string]map[string]int{}}
	for _, r := range corpus.All() {
		e, ok := want[r.Name]
		if !ok {
			t.Errorf("%s: nothing is expected of it", r.Name)
		}
		got := sendCaptured(t, base, r, corpus.Key, corpus.Project)
		if got.status != e.status {
			t.Errorf("%s: status %d %s, want %d", r.Name, got.status, got.body, e.status)
		}
		if e.topic == "-" {
			continue
		}
		topic := prefix + e.topic
		a.topics[topic]++
		if id := got.id(); id != "" {
			if a.ids[topic] == nil {
				a.ids[topic] = map[string]int{}
			}
			a.ids[topic][id]++
		}
	}
	return a
}

// check waits for as many events as expected and compares them one by one: none may be missing, doubled or on another topic.
func (a arrivals) check(t *testing.T, out *ingested) {
	t.Helper()
	for topic, n := range a.topics {
		eventually(t, topic+" has its events", func() bool { return count(out.on(topic)) >= n })
		have := out.on(topic)
		if got := count(have); got != n {
			t.Errorf("%s has %d events, want %d", topic, got, n)
		}
		for id, times := range a.ids[topic] {
			if have[id] != times {
				t.Errorf("event %s is %d times on %s, want %d", id, have[id], topic, times)
			}
		}
	}
}

func count(events map[string]int) (n int) {
	for _, times := range events {
		n += times
	}
	return n
}

// Every captured request gets the answer that Relay gave, every accepted event arrives once on its topic, and nothing is left over.
func TestCorpus(t *testing.T) {
	for name, data := range map[string]string{"memory": "", "directory": t.TempDir()} {
		t.Run(name, func(t *testing.T) {
			d := startTestDev(t, devSettings{data: data, projects: "testdata/e2e/projects"})
			d.known(t, corpus.Key)
			out := readIngested(t, d.cluster, true, eventTopics("")...)
			a := sendCorpus(t, d.base, "")
			s := d.settled(t)
			if s.Envelopes.Received < 200 || s.Envelopes.Duplicates != 0 || s.Envelopes.Dead != 0 || s.Items.Dead != 0 {
				t.Errorf("%+v %+v", s.Envelopes, s.Items)
			}
			a.check(t, out)
			t.Logf("%d requests, events on %v; %+v %+v", len(corpus.All()), a.topics, s.Envelopes, s.Items)
		})
	}
}
