package files

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/project"
	"weir/topologies/projects"
)

const (
	keyA = dsn.PublicKey("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
	keyB = dsn.PublicKey("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb")
)

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, cfg Config) (*Source, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s, &log
}

func parse(t *testing.T, s *Source, key dsn.PublicKey) *project.State {
	t.Helper()
	state, err := project.Parse(s.States()[key])
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func TestEveryKeyHasItsOwnState(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "42.json", `{"organizationId": 1, "publicKeys":[{"publicKey":"`+string(keyA)+`","numericId":7},{"publicKey":"`+string(keyB)+`"}], "config":{"piiConfig":null}}`)
	s, _ := open(t, Config{Dir: dir})
	if n := len(s.States()); n != 2 {
		t.Fatalf("%d states", n)
	}
	for key, id := range map[dsn.PublicKey]dsn.KeyID{keyA: 7, keyB: 0} {
		p := parse(t, s, key)
		if len(p.Keys) != 1 || p.Keys[0].Public != key || p.Keys[0].Numeric != id || p.Project != 42 || p.Org != 1 {
			t.Errorf("%s: %+v", key, p)
		}
	}
	got, err := s.Fetch(t.Context(), []projects.Request{{Key: keyA}, {Key: "cccccccccccccccccccccccccccccccc"}})
	if err != nil || len(got) != 1 || got[keyA].Kind != projects.Found {
		t.Errorf("fetch: %v %v", got, err)
	}
}

func TestProjectIDOfTheFileWins(t *testing.T) {
	states, err := Split("42", []byte(`{"projectId":5,"publicKeys":[{"publicKey":"`+string(keyA)+`"}]}`))
	if err != nil || !strings.Contains(string(states[keyA]), `"projectId":5`) {
		t.Errorf("%s %v", states[keyA], err)
	}
	if states, err = Split("name", []byte(`{"publicKeys":[{"publicKey":"`+string(keyA)+`"}]}`)); err != nil || strings.Contains(string(states[keyA]), "projectId") {
		t.Errorf("%s %v", states[keyA], err)
	}
	for _, bad := range []string{``, `[]`, `{}`, `{"publicKeys":[{"publicKey":"short"}]}`, `{"publicKeys":[{"publicKey":"` + string(keyA) + `"}],"slug":3}`} {
		if _, err := Split("1", []byte(bad)); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
}

func TestBadFileKeepsThePreviousState(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "1.json", `{"slug":"good","publicKeys":[{"publicKey":"`+string(keyA)+`"}]}`)
	s, log := open(t, Config{Dir: dir})
	write(t, dir, "1.json", `{"slug":"bad",`)
	s.Reload()
	s.Reload()
	if p := parse(t, s, keyA); p.Slug != "good" {
		t.Errorf("slug %q", p.Slug)
	}
	if n := strings.Count(log.String(), "previous states stay"); n != 1 {
		t.Errorf("said %d times:\n%s", n, log)
	}
	write(t, dir, "1.json", `{"slug":"better","publicKeys":[{"publicKey":"`+string(keyA)+`"}]}`)
	s.Reload()
	if p := parse(t, s, keyA); p.Slug != "better" {
		t.Errorf("slug %q", p.Slug)
	}
	if err := os.Remove(filepath.Join(dir, "1.json")); err != nil {
		t.Fatal(err)
	}
	if s.Reload(); len(s.States()) != 0 {
		t.Errorf("states of a file that is gone: %v", s.States())
	}
}

func TestBundledGivesWayToTheDirectory(t *testing.T) {
	dir := t.TempDir()
	bundled := map[string][]byte{"1": []byte(`{"slug":"bundled","publicKeys":[{"publicKey":"` + string(keyA) + `"}]}`)}
	s, _ := open(t, Config{Dir: filepath.Join(dir, "projects"), Bundled: bundled})
	if p := parse(t, s, keyA); p.Slug != "bundled" {
		t.Errorf("slug %q", p.Slug)
	}
	if err := os.Mkdir(filepath.Join(dir, "projects"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "projects/1.json", `{"slug":"own","publicKeys":[{"publicKey":"`+string(keyA)+`"}]}`)
	if s.Reload(); parse(t, s, keyA).Slug != "own" {
		t.Error("the file of the directory does not win")
	}
}

func TestChangesAreSeenWithinTwoSeconds(t *testing.T) {
	for name, poll := range map[string]time.Duration{"reported": time.Hour, "polled": 20 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "1.json", `{"slug":"one","publicKeys":[{"publicKey":"`+string(keyA)+`"}]}`)
			s, _ := open(t, Config{Dir: dir, Poll: poll})
			<-s.Changed()
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- s.Run(ctx) }()
			deadline := time.After(10 * time.Second)
			for tick := time.NewTicker(20 * time.Millisecond); ; {
				// written again and again: the watch begins some time after Run was called
				write(t, dir, "2.json", `{"publicKeys":[{"publicKey":"`+string(keyB)+`"}],"rev":"`+time.Now().String()+`"}`)
				select {
				case <-s.Changed():
				case <-tick.C:
					continue
				case <-deadline:
					t.Fatal("not seen")
				}
				break
			}
			cancel()
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		})
	}
}

// What the system does not report is found by looking, within the default pause; the rest of the way is driven by events.
func TestChangeWithoutReport(t *testing.T) {
	if defaultPoll+settling > 1500*time.Millisecond {
		t.Errorf("a change is seen after up to %v: it has to be everywhere after 2 s", defaultPoll+settling)
	}
	dir := filepath.Join(t.TempDir(), "later") // not there yet, so nothing is reported
	s, _ := open(t, Config{Dir: dir, Poll: time.Millisecond})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	for slug := range 3 {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		next := filepath.Join(t.TempDir(), "1.json")
		write(t, filepath.Dir(next), "1.json", fmt.Sprintf(`{"slug":"%0*d","publicKeys":[{"publicKey":"%s"}]}`, slug+1, slug, keyA))
		if err := os.Rename(next, filepath.Join(dir, "1.json")); err != nil { // whole at once
			t.Fatal(err)
		}
		<-s.Changed()
		if p := parse(t, s, keyA); p.Slug != fmt.Sprintf("%0*d", slug+1, slug) {
			t.Errorf("change %d: %s", slug, p.Slug)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
