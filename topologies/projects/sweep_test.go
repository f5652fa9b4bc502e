package projects_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/project"
	"weir/topologies/kafkatest"
	"weir/topologies/projects"
	"weir/topologies/projects/files"

	"github.com/twmb/franz-go/pkg/kgo"
)

// rows returns the keys of all rows.
func rows(v *projects.View) map[string]bool {
	m := map[string]bool{}
	v.Each(func(key string, _ projects.Entry, _ projects.Use) bool { m[key] = true; return true })
	return m
}

// Rows that are evicted for a while leave the table and the view; those that never expire stay.
func TestEvictedRowsAreRemoved(t *testing.T) {
	cluster, c, dir := kafkatest.Cluster(t, 2, names.ProjectRequests, names.ProjectsTable), &clock{}, t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "7.json"), []byte(`{"publicKeys": [{"publicKey": "`+string(filed)+`"}]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	src, err := files.New(files.Config{Dir: dir, Log: kafkatest.Log(t)})
	if err != nil {
		t.Fatal(err)
	}
	up := &upstream{asked: map[dsn.PublicKey]int{}}
	v := startWith(t, cluster, projects.Config{Clock: c.now, Sources: []projects.Source{src, up}, Sweep: 5 * time.Millisecond}, nil)
	v.Request(known)
	v.Request(unknown)
	status(t, v, known, project.Enabled)
	status(t, v, unknown, project.Disabled)
	status(t, v, filed, project.Enabled)
	kafkatest.Eventually(t, "global config", func() bool { _, ok := v.Global(); return ok })
	c.forward(7*time.Minute + 30*time.Second) // evicted, but not for long
	kafkatest.Always(t, "all rows are there", 50*time.Millisecond, func() bool { return len(rows(v)) == 4 })
	c.forward(time.Minute)
	kafkatest.Eventually(t, "evicted rows are gone", func() bool { r := rows(v); return !r[string(known)] && !r[string(unknown)] })
	kafkatest.Consume(t, cluster, names.ProjectsTable, func(r *kgo.Record) bool { return string(r.Key) == string(unknown) && r.Value == nil })
	status(t, v, filed, project.Enabled)
	if _, ok := v.Global(); !ok {
		t.Error("the global config is gone")
	}
	// Asked for again: as if never seen.
	if _, s := v.Lookup(known); s != project.Pending {
		t.Errorf("removed: %v", s)
	}
	v.Request(known)
	status(t, v, known, project.Enabled)
	v.Request(unknown)
	status(t, v, unknown, project.Disabled)
}

// A client that names one key after the other does not fill the table: the oldest unknown keys go, projects stay.
func TestUnknownKeysAreBounded(t *testing.T) {
	cluster, c := kafkatest.Cluster(t, 2, names.ProjectRequests, names.ProjectsTable), &clock{}
	up := &upstream{asked: map[dsn.PublicKey]int{}}
	v := startWith(t, cluster, projects.Config{Clock: c.now, Sources: []projects.Source{up}, Sweep: 5 * time.Millisecond, MaxUnknown: 3}, nil)
	v.Request(known)
	status(t, v, known, project.Enabled)
	kafkatest.Eventually(t, "global config", func() bool { _, ok := v.Global(); return ok })
	key := func(i int) dsn.PublicKey { return dsn.PublicKey(fmt.Sprintf("%032x", i+1)) }
	for i := range 9 {
		c.forward(time.Second)
		v.Request(key(i))
		status(t, v, key(i), project.Disabled)
	}
	kafkatest.Eventually(t, "three unknown keys are left", func() bool { return len(rows(v)) == 3+2 })
	for i := range 9 {
		if r := rows(v); r[string(key(i))] != (i >= 6) {
			t.Errorf("unknown key %d: %v", i, r[string(key(i))])
		}
	}
	status(t, v, known, project.Enabled)
}

// changing is a source whose state for every key can be exchanged.
type changing struct {
	upstream
	state string
}

func (s *changing) Fetch(_ context.Context, reqs []projects.Request) (map[dsn.PublicKey]projects.Answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	got := map[dsn.PublicKey]projects.Answer{}
	for _, r := range reqs {
		s.asked[r.Key]++
		got[r.Key] = projects.Answer{Kind: projects.Found, State: []byte(s.state)}
	}
	return got, nil
}

func (s *changing) become(state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = state
}

// A state that the check refuses is like one that does not parse: Pending, or the old one stays in use.
func TestRefusedStates(t *testing.T) {
	cluster, c := kafkatest.Cluster(t, 2, names.ProjectRequests, names.ProjectsTable), &clock{}
	src := &changing{upstream: upstream{asked: map[dsn.PublicKey]int{}}, state: `{"slug": "good"}`}
	v := startWith(t, cluster, projects.Config{Clock: c.now, Sources: []projects.Source{src}}, func(s *project.State) error {
		if s.Slug == "bad" {
			return errors.New("no such config")
		}
		return nil
	})
	v.Request(known)
	status(t, v, known, project.Enabled)
	src.become(`{"slug": "bad"}`)
	v.Request(unknown)
	kafkatest.Eventually(t, "asked again after the first answer", func() bool { return src.count(unknown) >= 2 })
	if _, s := v.Lookup(unknown); s != project.Pending {
		t.Errorf("a state that cannot be read: %v", s)
	}
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
	if s := status(t, v, known, project.Enabled); s.Slug != "good" {
		t.Errorf("state %q", s.Slug)
	}
	src.become(`{"slug": "new"}`)
	kafkatest.Eventually(t, "the next good state", func() bool { s, _ := v.Lookup(known); return s != nil && s.Slug == "new" })
}
