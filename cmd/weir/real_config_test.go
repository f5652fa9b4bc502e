package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"weir/codecs/ingest"
	"weir/codecs/topic"
)

// realChanges is the variable with the number of changes of each source.
const realChanges = "WEIR_TEST_CHANGES" // default 2

// changing is a project whose config is changed again and again: each one allows another origin and filters another
// release, beside the one of the change before, whose last events may be judged late.
type changing struct {
	name    string
	key     string
	project int
	probe   time.Duration // how long events are sent after a change
	write   func(state []byte)
}

func (c *changing) state(generation int) []byte {
	return fmt.Appendf(nil, `{"projectId":%d,"organizationId":1,"slug":"changing","rev":"%d","publicKeys":[{"publicKey":%q,"numericId":1}],"config":{"allowedDomains":["g%d.example"],"filterSettings":{"releases":{"releases":["g%d","g%d"]}}}}`,
		c.project, generation, c.key, generation, generation-1, generation)
}

// How long a change of a config takes until each of two edges and two workers, all of them processes of their own, goes by it: from a file of the
// configuration directory and from the table at once, from Redis and from an upstream when the state that is known has expired, which is set
// to one second here.
func TestRealConfigDelay(t *testing.T) {
	r, ok := newReal(t, slowBroker)
	if !ok {
		return
	}
	s := newStub(t)
	r.relay, r.cache = map[string]any{"upstream": s.url()}, map[string]any{"batch_interval": 0, "project_expiry": 1, "project_grace_period": 60}
	r.configure(t)
	if code := run(t.Context(), []string{"weir", "credentials", "generate", "--config", r.dir}, nil, strings.NewReader(""), &bytes.Buffer{}, os.Stderr); code != exitOK {
		t.Fatal(code)
	}
	o, err := goredis.ParseURL(r.redis)
	if err != nil {
		t.Fatal(err)
	}
	cache := goredis.NewClient(o)
	defer cache.Close()
	sources := []*changing{
		{name: "file", key: strings.Repeat("f1", 16), project: 801, probe: time.Second},
		{name: "pushed", key: strings.Repeat("f2", 16), project: 802, probe: time.Second},
		{name: "Redis", key: strings.Repeat("f3", 16), project: 803, probe: 2 * time.Second},
		{name: "upstream", key: strings.Repeat("f4", 16), project: 804, probe: 2 * time.Second},
	}
	pushed := r.dir + "/pushed.json"
	sources[0].write = func(state []byte) { r.project(t, 801, state) }
	sources[1].write = func(state []byte) {
		if err := os.WriteFile(pushed, state, 0o600); err != nil {
			t.Error(err)
		}
		eventually(t, "it is pushed", func() bool { // a broker that is late refuses it
			var said bytes.Buffer
			code := run(t.Context(), []string{"weir", "projects", "push", "--config", r.dir, pushed}, nil, strings.NewReader(""), &said, &said)
			if code != exitOK {
				t.Log(said.String())
			}
			return code == exitOK
		})
	}
	sources[2].write = func(state []byte) {
		if err := cache.Set(t.Context(), "relayconfig:"+sources[2].key, state, time.Hour).Err(); err != nil {
			t.Error(err)
		}
	}
	sources[3].write = func(state []byte) {
		var m map[string]any
		if err := json.Unmarshal(state, &m); err != nil {
			t.Error(err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.states[sources[3].key] = m
	}
	defer cache.Del(t.Context(), "relayconfig:"+sources[2].key)

	var workers []*realServer
	for i := range 2 {
		workers = append(workers, r.start(t, fmt.Sprint("worker-", i), "", "process"))
	}
	edges := []*realServer{r.start(t, "edge-0", "", "edge"), r.start(t, "edge-1", "", "edge")}
	r.members(t, len(workers))
	out := readIngested(t, r.cluster, true, eventTopics(r.prefix)...)
	for _, c := range sources {
		c.write(c.state(0))
		for _, e := range edges {
			e.knows(t, c.key)
		}
		var atEdges, atWorkers []time.Duration
		var sent []map[string]time.Duration
		for g := 1; g <= realNumber(t, realChanges, 2); g++ {
			edge, events := c.change(t, g, edges)
			atEdges, sent = append(atEdges, edge...), append(sent, events)
		}
		events := r.prefix + ingest.Events.DefaultName()
		judged := func() {
			r.settled(t)
			eventually(t, "all that passed has been read", func() bool { return out.read(events) == r.ends(t, events) })
		}
		judged()
		for _, events := range sent {
			atWorkers = append(atWorkers, out.lastOf(events))
		}
		last := len(sent)
		eventually(t, c.name+": a worker goes by a change", func() bool { // where all was judged too soon, what comes later is not
			if !out.all(sent) {
				return true
			}
			if id := fmt.Sprintf("%08x%08x%016x", c.project, last, 1<<32+len(sent)); c.send(t, edges[0], id, last) {
				sent = append(sent, map[string]time.Duration{id: 0})
			}
			judged()
			return false
		})
		slices.Sort(atEdges)
		slices.Sort(atWorkers)
		t.Logf("%s: from the change to an edge %s; to the last of two workers %s", c.name, percentiles(atEdges), percentiles(atWorkers))
	}
	if n := r.ends(t, topic.NamesIn(r.prefix).DeadLetters); n != 0 {
		t.Errorf("%d dead letters", n)
	}
}

// change makes a change and returns how long it took at each edge, and events that workers pass only by the config before, with the times at
// which they were sent.
func (c *changing) change(t *testing.T, g int, edges []*realServer) (atEdges []time.Duration, sent map[string]time.Duration) {
	t.Helper()
	began := time.Now()
	c.write(c.state(g))
	var wg sync.WaitGroup
	atEdges = make([]time.Duration, len(edges))
	for i, e := range edges {
		wg.Go(func() {
			origin := [][2]string{{"Origin", fmt.Sprintf("https://g%d.example", g)}}
			eventually(t, c.name+": the edge goes by the new config", func() bool {
				for range 10 {
					at := time.Since(began)
					if post(t, http.MethodPost, c.target(e), origin, []byte(`{"message":"edge"}`)).status == 200 {
						atEdges[i] = at
						return true
					}
				}
				return false
			})
		})
	}
	sent = map[string]time.Duration{}
	for i := 0; time.Since(began) < c.probe; i++ {
		id := fmt.Sprintf("%08x%08x%016x", c.project, g, i)
		if at := time.Since(began); c.send(t, edges[0], id, g) {
			sent[id] = at
		}
	}
	wg.Wait()
	return atEdges, sent
}

func (c *changing) target(e *realServer) string {
	return fmt.Sprintf("%s/api/%d/store/?sentry_key=%s", e.base, c.project, c.key)
}

// send sends an event that workers pass only by a config before g. It is not accepted when the broker is late.
func (c *changing) send(t *testing.T, e *realServer, id string, g int) (accepted bool) {
	t.Helper()
	got := post(t, http.MethodPost, c.target(e), nil, fmt.Appendf(nil, `{"event_id":%q,"release":"g%d","message":"worker"}`, id, g))
	if got.status != 200 && got.status != 503 {
		t.Errorf("%d %s", got.status, got.body)
	}
	return got.status == 200
}

// all says that all of the events have arrived.
func (o *ingested) all(sent []map[string]time.Duration) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, events := range sent {
		for id := range events {
			if _, arrived := o.first[id]; !arrived {
				return false
			}
		}
	}
	return true
}

// lastOf returns the time of the last of the events that has arrived, 0 for none.
func (o *ingested) lastOf(events map[string]time.Duration) (last time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for id, at := range events {
		if _, arrived := o.first[id]; arrived {
			last = max(last, at)
		}
	}
	return last
}
