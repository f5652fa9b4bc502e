package projects_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/project"
	"weir/codecs/topic"
	"weir/topologies/kafka/client"
	"weir/topologies/kafka/producer"
	"weir/topologies/kafkatest"
	"weir/topologies/projects"
	"weir/topologies/projects/files"
)

const (
	known   = dsn.PublicKey("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
	unknown = dsn.PublicKey("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb")
	closed  = dsn.PublicKey("dddddddddddddddddddddddddddddddd") // of a project that is disabled
	filed   = dsn.PublicKey("cccccccccccccccccccccccccccccccc")
)

var names = topic.NamesIn("t-")

// upstream is a source with one project, counting requests per key.
type upstream struct {
	mu    sync.Mutex
	asked map[dsn.PublicKey]int
	down  error
}

func (u *upstream) Name() string { return "upstream" }

func (u *upstream) Fetch(_ context.Context, reqs []projects.Request) (map[dsn.PublicKey]projects.Answer, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	got := map[dsn.PublicKey]projects.Answer{}
	for _, r := range reqs {
		u.asked[r.Key]++
		switch {
		case r.Key == closed:
			got[r.Key] = projects.Answer{Kind: projects.Found, State: []byte(`{"disabled": true, "organizationId": 3, "projectId": 5, "rev": "9", "slug": "x", "publicKeys": [{"publicKey": "` + string(closed) + `", "numericId": 9}]}`)}
		case u.down != nil || r.Key != known:
		case r.HasRev && r.Rev == "1":
			got[r.Key] = projects.Answer{Kind: projects.Unchanged}
		default:
			got[r.Key] = projects.Answer{Kind: projects.Found, State: []byte(`{"projectId": 42, "rev": "1", "publicKeys": [{"publicKey": "` + string(known) + `"}]}`)}
		}
	}
	return got, u.down
}

func (u *upstream) Global(context.Context) ([]byte, bool, error) {
	return []byte(`{"measurements": {"maxCustomMeasurements": 7}}`), true, nil
}

func (u *upstream) count(key dsn.PublicKey) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.asked[key]
}

// clock is real time plus what a test added.
type clock struct {
	mu  sync.Mutex
	add time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.add)
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add += d
}

func start(t *testing.T, cluster client.Config, now func() time.Time, sources ...projects.Source) *projects.View {
	t.Helper()
	return startWith(t, cluster, projects.Config{Clock: now, Sources: sources}, nil)
}

// startWith runs a view and a group; cfg has the clock, the sources and what a test wants to be different, check is the view's.
func startWith(t testing.TB, cluster client.Config, cfg projects.Config, check func(*project.State) error) *projects.View {
	t.Helper()
	out, err := producer.New(cluster, producer.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = out.Close(context.Background()) })
	view, err := projects.NewView(projects.ViewConfig{Cluster: cluster, Table: names.ProjectsTable, Requests: names.ProjectRequests,
		Policy: projects.DefaultPolicy(), Out: out, Check: check, Clock: cfg.Clock, Log: kafkatest.Log(t)})
	if err != nil {
		t.Fatal(err)
	}
	kafkatest.Start(t, view.Run)
	cfg.Cluster, cfg.Names, cfg.Group, cfg.View, cfg.Log = cluster, names, "t-projects", view, kafkatest.Log(t)
	group, err := projects.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	kafkatest.Start(t, group.Run)
	return view
}

func status(t *testing.T, v *projects.View, key dsn.PublicKey, want project.Status) *project.State {
	t.Helper()
	var state *project.State
	kafkatest.Eventually(t, string(key)+" is "+want.String(), func() bool {
		s, got := v.Lookup(key)
		state = s
		return got == want
	})
	return state
}

func TestKeysBecomeKnown(t *testing.T) {
	cluster, c := kafkatest.Cluster(t, 2, names.ProjectRequests, names.ProjectsTable), &clock{}
	up := &upstream{asked: map[dsn.PublicKey]int{}}
	v := start(t, cluster, c.now, up)
	if _, s := v.Lookup(known); s != project.Pending {
		t.Fatalf("unasked: %v", s)
	}
	for range 100 {
		v.Request(known)
		v.Request(unknown)
	}
	v.Request(closed)
	state := status(t, v, known, project.Enabled)
	status(t, v, unknown, project.Disabled)
	if s := status(t, v, closed, project.Disabled); s != nil || v.Scope(closed) != (dsn.Scoping{Org: 3, Project: 5, Key: closed, KeyID: 9}) {
		t.Errorf("a disabled project: state %v, scope %+v", s, v.Scope(closed))
	}
	if sc := v.Scope(known); sc.Project != 42 || v.Scope(unknown) != (dsn.Scoping{Key: unknown}) {
		t.Errorf("scope %+v", sc)
	}
	if state.Project != 42 || up.count(known) != 1 || up.count(unknown) != 1 {
		t.Errorf("project %d, asked %d and %d times", state.Project, up.count(known), up.count(unknown))
	}
	var global *project.Global
	kafkatest.Eventually(t, "global config", func() bool { g, ok := v.Global(); global = g; return ok })
	if global.Measurements == nil || global.Measurements.MaxCustom != 7 {
		t.Errorf("global config %+v", global)
	}
	kafkatest.Eventually(t, "requests are committed", func() bool {
		return kafkatest.Committed(t, cluster, "t-projects", names.ProjectRequests) == 3
	})

	// Stale: still used, asked for again; unchanged: the parsed state is the same one.
	c.forward(301 * time.Second)
	if s, st := v.Lookup(known); st != project.Enabled || s != state {
		t.Fatalf("stale: %v", st)
	}
	kafkatest.Eventually(t, "asked again", func() bool { return up.count(known) == 2 })
	c.forward(200 * time.Second)
	if s := status(t, v, known, project.Enabled); s != state {
		t.Error("parsed again although unchanged")
	}
	// Nobody accessed the other one: evicted.
	if _, st := v.Lookup(unknown); st != project.Pending {
		t.Errorf("evicted: %v", st)
	}
}

// A failing source never takes a usable state away, even long after its time (edge 10.2).
func TestOutageKeepsStatesInUse(t *testing.T) {
	cluster, c := kafkatest.Cluster(t, 2, names.ProjectRequests, names.ProjectsTable), &clock{}
	up := &upstream{asked: map[dsn.PublicKey]int{}}
	v := start(t, cluster, c.now, up)
	v.Request(known)
	status(t, v, known, project.Enabled)
	up.mu.Lock()
	up.down = context.DeadlineExceeded
	up.mu.Unlock()
	c.forward(310 * time.Second)
	v.Lookup(known)
	kafkatest.Eventually(t, "the row says that a fetch is running", func() (held bool) {
		v.Each(func(key string, e projects.Entry, _ projects.Use) bool {
			held = held || key == string(known) && !e.Asked.IsZero()
			return true
		})
		return held
	})
	c.forward(time.Hour)
	status(t, v, known, project.Enabled)
	up.mu.Lock()
	up.down = nil
	up.mu.Unlock()
	kafkatest.Eventually(t, "fresh again", func() (fresh bool) {
		v.Each(func(key string, _ projects.Entry, use projects.Use) bool {
			fresh = fresh || key == string(known) && use == projects.Fresh
			return true
		})
		return fresh
	})
}

func TestAloneEveryUnknownKeyIsDisabled(t *testing.T) {
	cluster := kafkatest.Cluster(t, 2, names.ProjectRequests, names.ProjectsTable)
	v := start(t, cluster, time.Now)
	v.Request(unknown)
	status(t, v, unknown, project.Disabled)
	kafkatest.Eventually(t, "global config", func() bool { _, ok := v.Global(); return ok })
}

func TestFilesArePushedAndReloaded(t *testing.T) {
	cluster, dir := kafkatest.Cluster(t, 2, names.ProjectRequests, names.ProjectsTable), t.TempDir()
	put := func(content string) {
		if err := os.WriteFile(filepath.Join(dir, "7.json"), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put(`{"slug": "one", "publicKeys": [{"publicKey": "` + string(filed) + `"}]}`)
	src, err := files.New(files.Config{Dir: dir, Log: kafkatest.Log(t)})
	if err != nil {
		t.Fatal(err)
	}
	up := &upstream{asked: map[dsn.PublicKey]int{}}
	v := start(t, cluster, time.Now, src, up)
	if s := status(t, v, filed, project.Enabled); s.Slug != "one" || s.Project != 7 {
		t.Fatalf("state %+v", s)
	}
	changed := time.Now()
	put(`{"slug": "two", "publicKeys": [{"publicKey": "` + string(filed) + `"}]}`)
	kafkatest.Eventually(t, "the change is visible", func() bool { s, _ := v.Lookup(filed); return s != nil && s.Slug == "two" })
	t.Logf("visible after %v", time.Since(changed))
	put(`{"slug": `)
	put2 := filepath.Join(dir, "8.json")
	if err := os.WriteFile(put2, []byte(`{"publicKeys": [{"publicKey": "`+string(known)+`"}]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if s := status(t, v, known, project.Enabled); s.Project != 8 || up.count(known) != 0 {
		t.Errorf("files are asked first: %+v, upstream asked %d times", s, up.count(known))
	}
	if s, _ := v.Lookup(filed); s == nil || s.Slug != "two" {
		t.Errorf("a bad file took the state away: %+v", s)
	}
	// Gone from the directory: the next source answers.
	if err := os.Remove(put2); err != nil {
		t.Fatal(err)
	}
	kafkatest.Eventually(t, "upstream is asked", func() bool { s, _ := v.Lookup(known); return s != nil && s.Project == 42 })
}
