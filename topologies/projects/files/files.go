package files

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"weir/codecs/dsn"
	"weir/topologies/projects"

	"github.com/fsnotify/fsnotify"
)

// Config describes a directory of project states.
type Config struct {
	// Dir holds `*.json`; it may appear later. Empty: only Bundled.
	Dir string
	// Bundled are files (name without extension -> content) that are there when no file of the directory has the same name.
	Bundled map[string][]byte
	// Poll is how often the directory is looked at although the system reported no change (network and container
	// mounts report none); default defaultPoll.
	Poll time.Duration
	Log  *slog.Logger
}

// A change of a file is in States and told by Changed after settling where the system reports it, else after defaultPoll and settling at most:
// both together, with the way through the table, are well below the 2 s in which a change has to be everywhere.
const (
	defaultPoll = time.Second
	settling    = 50 * time.Millisecond // editors write in steps
)

// Source implements projects.Pusher.
type Source struct {
	cfg     Config
	changed chan struct{}
	seed    maphash.Seed

	mu    sync.Mutex
	files map[string]*file // by name without extension
	all   map[dsn.PublicKey][]byte
}

// file is what is known of one file.
type file struct {
	seen   stamp
	sum    uint64                   // of the content that was read last
	states map[dsn.PublicKey][]byte // of the last good content
	fault  string                   // said already
}

type stamp struct {
	modified time.Time
	size     int64
}

// New reads the directory once. Faults of files are logged, not returned.
func New(cfg Config) (*Source, error) {
	if cfg.Log == nil {
		return nil, errors.New("project files: no logger")
	}
	if cfg.Poll == 0 {
		cfg.Poll = defaultPoll
	}
	s := &Source{cfg: cfg, changed: make(chan struct{}, 1), seed: maphash.MakeSeed(), files: map[string]*file{}}
	s.Reload()
	return s, nil
}

// Name implements projects.Source.
func (s *Source) Name() string { return "files" }

// Changed implements projects.Pusher.
func (s *Source) Changed() <-chan struct{} { return s.changed }

// States implements projects.Pusher. When two files name one key, the first by file name has it.
func (s *Source) States() map[dsn.PublicKey][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all
}

// merge makes the states of all files one map; mu is held.
func (s *Source) merge() {
	all, from := map[dsn.PublicKey][]byte{}, map[dsn.PublicKey]string{}
	for _, name := range slices.Sorted(maps.Keys(s.files)) {
		for key, state := range s.files[name].states {
			if other, ok := from[key]; ok {
				s.cfg.Log.Warn("two project files name the same key; the first one holds", "key", key, "file", other, "ignored", name)
				continue
			}
			all[key], from[key] = state, name
		}
	}
	s.all = all // never changed again: readers keep it
}

// Fetch implements projects.Source: keys that no file names are left to the next source.
func (s *Source) Fetch(_ context.Context, reqs []projects.Request) (map[dsn.PublicKey]projects.Answer, error) {
	all, got := s.States(), map[dsn.PublicKey]projects.Answer{}
	for _, r := range reqs {
		if state, ok := all[r.Key]; ok {
			got[r.Key] = projects.Answer{Kind: projects.Found, State: state}
		}
	}
	return got, nil
}

// Run implements projects.Pusher.
func (s *Source) Run(ctx context.Context) error {
	if s.cfg.Dir == "" {
		<-ctx.Done()
		return nil
	}
	var events chan fsnotify.Event
	var errs chan error
	if w, err := fsnotify.NewWatcher(); err != nil {
		s.cfg.Log.Warn("project files are polled: the system reports no changes", "error", err)
	} else {
		defer func() { _ = w.Close() }()
		if err := w.Add(s.cfg.Dir); err == nil { // else it appears later and polling finds it
			events, errs = w.Events, w.Errors
		}
	}
	tick := time.NewTicker(s.cfg.Poll)
	defer tick.Stop()
	var settle <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-events:
			if settle == nil {
				settle = time.After(settling)
			}
		case err := <-errs:
			s.cfg.Log.Warn("watch project files", "dir", s.cfg.Dir, "error", err)
		case <-settle:
			settle = nil
			s.Reload()
		case <-tick.C:
			s.Reload()
		}
	}
}

// Reload looks at every file now.
func (s *Source) Reload() {
	s.mu.Lock()
	defer s.mu.Unlock()
	entries, err := os.ReadDir(s.cfg.Dir)
	if s.cfg.Dir == "" || errors.Is(err, fs.ErrNotExist) {
		entries, err = nil, nil
	}
	if err != nil {
		s.cfg.Log.Error("project files: the directory cannot be read; the previous states stay", "dir", s.cfg.Dir, "error", err)
		return
	}
	found, changed := map[string]bool{}, false
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok || strings.HasPrefix(name, ".") {
			continue
		}
		found[name] = true
		changed = s.read(name) || changed
	}
	for name, content := range s.cfg.Bundled {
		if !found[name] {
			found[name] = true
			changed = s.take(name, stamp{}, content) || changed
		}
	}
	for name := range s.files {
		if !found[name] {
			delete(s.files, name)
			changed = true
			s.cfg.Log.Info("project file is gone", "file", name)
		}
	}
	if changed {
		s.merge()
		select {
		case s.changed <- struct{}{}:
		default:
		}
	}
}

// read looks at one file and reports whether its states changed; mu is held.
func (s *Source) read(name string) bool {
	path := filepath.Join(s.cfg.Dir, name+".json")
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		return false
	}
	var content []byte
	if err == nil {
		seen := stamp{info.ModTime(), info.Size()}
		if f := s.files[name]; f != nil && f.seen == seen {
			return false
		}
		if content, err = os.ReadFile(path); err == nil {
			return s.take(name, seen, content)
		}
	}
	s.fault(name, err)
	return false
}

// take keeps what a content says; mu is held.
func (s *Source) take(name string, seen stamp, content []byte) bool {
	f, sum := s.files[name], maphash.Bytes(s.seed, content)
	if f == nil {
		f = &file{}
		s.files[name] = f
	} else if f.sum == sum {
		f.seen = seen
		return false
	}
	f.seen, f.sum = seen, sum
	states, err := Split(name, content)
	if err != nil {
		s.fault(name, err)
		return false
	}
	if f.states != nil {
		s.cfg.Log.Info("project file read again", "file", name, "keys", len(states))
	}
	f.states, f.fault = states, ""
	return true
}

// fault says once what is wrong with a file; mu is held.
func (s *Source) fault(name string, err error) {
	f := s.files[name]
	if f == nil {
		f = &file{}
		s.files[name] = f
	}
	if f.fault == err.Error() {
		return
	}
	f.fault = err.Error()
	text := "project file cannot be used"
	if f.states != nil {
		text += "; its previous states stay"
	}
	s.cfg.Log.Error(text, "file", name+".json", "dir", s.cfg.Dir, "error", fmt.Errorf("read project file: %w", err))
}
