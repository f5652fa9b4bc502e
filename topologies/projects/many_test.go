package projects_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/project"
	"weir/topologies/kafkatest"
	"weir/topologies/projects"
)

// many is an upstream that knows every key and counts requests.
type many struct {
	mu       sync.Mutex
	requests int
	keys     map[dsn.PublicKey]int
	down     error
}

func (*many) Name() string { return "upstream" }

func (m *many) Fetch(_ context.Context, reqs []projects.Request) (map[dsn.PublicKey]projects.Answer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down != nil {
		return nil, m.down
	}
	m.requests++
	got := map[dsn.PublicKey]projects.Answer{}
	for _, r := range reqs {
		m.keys[r.Key]++
		got[r.Key] = projects.Answer{Kind: projects.Found, State: fmt.Appendf(nil, `{"projectId":%d,"organizationId":1,"rev":"1","publicKeys":[{"publicKey":%q,"numericId":7}],"config":{"allowedDomains":["*"],`+
			`"datascrubbingSettings":{"scrubData":true,"scrubDefaults":true},"quotas":[{"id":"q","categories":["error"],"limit":1000,"window":60}]}}`, len(got)+1, r.Key)}
	}
	return got, nil
}

func (m *many) Global(context.Context) ([]byte, bool, error) { return []byte(`{}`), true, nil }

// Ten thousand keys that three processes ask for at the same time: each is fetched once, in few requests.
func TestManyKeys(t *testing.T) {
	cluster, up := kafkatest.Cluster(t, 8, names.ProjectRequests, names.ProjectsTable), &many{keys: map[dsn.PublicKey]int{}}
	var views []*projects.View
	const interval = 500 * time.Millisecond
	for range 3 {
		views = append(views, startWith(t, cluster, projects.Config{Clock: time.Now, Sources: []projects.Source{up}, Batching: projects.Batching{Interval: interval}}, nil))
	}
	kafkatest.Eventually(t, "three members", func() bool { return kafkatest.Members(t, cluster, "t-projects") == 3 })
	const keys, batch = 10_000, 500
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	begin := time.Now()
	var wg sync.WaitGroup
	for _, v := range views {
		wg.Go(func() {
			for i := range keys {
				v.Request(dsn.PublicKey(fmt.Sprintf("%032d", i)))
			}
		})
	}
	wg.Wait()
	asked := time.Since(begin)
	for i := range keys {
		status(t, views[0], dsn.PublicKey(fmt.Sprintf("%032d", i)), project.Enabled)
	}
	took := time.Since(begin)
	runtime.GC()
	runtime.ReadMemStats(&after)
	up.mu.Lock()
	defer up.mu.Unlock()
	// Each process has its own batches, and of those of one interval one may not be full.
	if most := keys/batch + len(views)*(int(took/interval)+1); len(up.keys) != keys || up.requests > most {
		t.Errorf("%d keys in %d requests, want at most %d", len(up.keys), up.requests, most)
	}
	again := 0
	for _, n := range up.keys {
		again += n - 1
	}
	if again > 0 {
		t.Errorf("%d keys were fetched again", again)
	}
	t.Logf("%d keys asked for by 3 processes in %v: %d upstream requests, %d keys fetched more than once, all known after %v, %d kB a key in each view",
		keys, asked.Round(time.Millisecond), up.requests, again, took.Round(time.Millisecond), int(after.HeapAlloc-before.HeapAlloc)/keys/len(views)/1024)
}

// After a restart the last known states serve while nobody can be asked, however old they are; what an operator has pushed holds.
func TestRestartInAnOutage(t *testing.T) {
	cluster, c, up := kafkatest.Cluster(t, 2, names.ProjectRequests, names.ProjectsTable), &clock{}, &many{keys: map[dsn.PublicKey]int{}}
	t.Run("before", func(t *testing.T) {
		v := startWith(t, cluster, projects.Config{Clock: c.now, Sources: []projects.Source{up}}, nil)
		v.Request(known)
		status(t, v, known, project.Enabled)
		if err := v.Push(t.Context(), string(filed), []byte(`{"projectId":9,"publicKeys":[{"publicKey":"`+string(filed)+`"}]}`)); err != nil {
			t.Fatal(err)
		}
		if err := v.Push(t.Context(), string(filed), []byte(`{"projectId":"9"}`)); err == nil {
			t.Error("a state that cannot be read is pushed")
		}
		if err := v.PutUpstream(t.Context(), projects.Upstream{State: "registered", Updated: c.now()}); err != nil {
			t.Fatal(err)
		}
		if err := v.PutRelay(t.Context(), envelope.EventID{1}, &projects.Relay{PublicKey: "key", Internal: true, Confirmed: c.now()}); err != nil {
			t.Fatal(err)
		}
		kafkatest.Eventually(t, "the row of the upstream", func() bool { u, ok := v.Upstream(); return ok && u.State == "registered" && !u.Updated.IsZero() })
	})
	up.mu.Lock()
	up.down = context.DeadlineExceeded
	up.mu.Unlock()
	c.forward(time.Hour)
	v := startWith(t, cluster, projects.Config{Clock: c.now, Sources: []projects.Source{up}}, nil)
	if s := status(t, v, filed, project.Enabled); s.Project != 9 {
		t.Errorf("%+v", s)
	}
	if r, ok := v.Relay(envelope.EventID{1}); !ok || r.PublicKey != "key" || !r.Internal || r.Confirmed.IsZero() {
		t.Errorf("relay %+v %v", r, ok)
	}
	if _, ok := v.Relay(envelope.EventID{2}); ok {
		t.Error("a relay that nobody has told about is known")
	}
	if err := v.PutRelay(t.Context(), envelope.EventID{1}, nil); err != nil {
		t.Fatal(err)
	}
	kafkatest.Eventually(t, "the row is gone", func() bool { _, ok := v.Relay(envelope.EventID{1}); return !ok })
	if _, s := v.Lookup(known); s != project.Pending {
		t.Errorf("an evicted state is %v before anybody was asked", s)
	}
	v.Request(known)
	status(t, v, known, project.Enabled)
	if _, s := v.Lookup(unknown); s != project.Pending {
		t.Errorf("what was never known is %v", s)
	}
	if err := v.Push(t.Context(), string(filed), nil); err != nil {
		t.Fatal(err)
	}
	status(t, v, filed, project.Pending)
}

// BenchmarkLookup is what an edge and a worker do for every request.
func BenchmarkLookup(b *testing.B) {
	cluster, up := kafkatest.Cluster(b, 2, names.ProjectRequests, names.ProjectsTable), &many{keys: map[dsn.PublicKey]int{}}
	v := startWith(b, cluster, projects.Config{Clock: time.Now, Sources: []projects.Source{up}}, nil)
	keys := make([]dsn.PublicKey, 10_000)
	for i := range keys {
		keys[i] = dsn.PublicKey(fmt.Sprintf("%032d", i))
		v.Request(keys[i])
	}
	for _, k := range keys {
		kafkatest.Eventually(b, "known", func() bool {
			_, s := v.Lookup(k)
			if s == project.Pending {
				v.Request(k)
			}
			return s == project.Enabled
		})
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, s := v.Lookup(keys[i%len(keys)]); s != project.Enabled {
			b.Fatal(s)
		}
		i++
	}
}
