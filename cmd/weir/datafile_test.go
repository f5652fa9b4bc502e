package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"weir/cmd/weir/config"
	"weir/processors/normalize"
)

func TestDataFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	read := func(b []byte) (string, error) {
		if string(b) == "broken" {
			return "", errors.New("broken")
		}
		return string(b), nil
	}
	open := func() (*dataFile[string], error) {
		return openDataFile("some.path", path, slog.New(slog.DiscardHandler), read)
	}
	var usage usageError
	if _, err := open(); !errors.As(err, &usage) {
		t.Fatalf("a missing file: %v", err)
	}
	write := func(s string) {
		t.Helper()
		next := path + ".next" // replaced at once, as updaters of such data do
		if err := os.WriteFile(next, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, path); err != nil {
			t.Fatal(err)
		}
	}
	write("one")
	f, err := open()
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		write, want string
		changed, ok bool
	}{
		{"", "one", false, true}, {"two", "two", true, true}, {"broken", "two", false, false}, {"", "two", false, false}, {"three", "three", true, true},
	} {
		if step.write != "" {
			write(step.write)
		}
		changed, err := f.refresh()
		if got := *f.value.Load(); got != step.want || changed != step.changed || (err == nil) != step.ok {
			t.Errorf("after %q: %q, changed %t, %v", step.write, got, changed, err)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := f.refresh(); err == nil || *f.value.Load() != "three" {
		t.Errorf("removed: %v, %q", err, *f.value.Load())
	}
}

// A file that may come later is empty until it does.
func TestFollowDataFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	f := followDataFile("some.path", path, slog.New(slog.DiscardHandler), func(b []byte) (string, error) { return string(b), nil }, "nothing")
	if got := *f.value.Load(); got != "nothing" {
		t.Error(got)
	}
	if err := os.WriteFile(path, []byte("one"), 0o600); err != nil {
		t.Fatal(err)
	}
	if changed, err := f.refresh(); !changed || err != nil || *f.value.Load() != "one" {
		t.Errorf("%v %v %q", changed, err, *f.value.Load())
	}
}

// That it is missing is told once.
func TestFollowDataFileLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		f := followDataFile("some.path", filepath.Join(t.TempDir(), "data"), slog.New(slog.NewTextHandler(&log, nil)), func([]byte) (string, error) { return "", nil }, "")
		ctx, cancel := context.WithTimeout(t.Context(), 3*dataFileInterval)
		defer cancel()
		if err := f.run(ctx); err != nil || bytes.Count(log.Bytes(), []byte("\n")) != 1 {
			t.Errorf("%v, %s", err, &log)
		}
	})
}

// All chains of a process look things up in the same files, which are read once.
func TestLookupsAreShared(t *testing.T) {
	path := filepath.Join(t.TempDir(), "devices.csv")
	if err := os.WriteFile(path, []byte("Retail Branding,Marketing Name,Device,Model\nGoogle,Pixel,oriole,P1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(config.Source{Flags: map[string]string{"weir.android_devices": path}})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	s := &stack{cfg: cfg, log: log, services: newServices(log)}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	for range 2 {
		var into normalize.Config
		if err := s.referenceData(&into); err != nil {
			t.Fatal(err)
		}
		if into.DeviceNames("P1") == "" || into.Geo != nil {
			t.Error("not looked up")
		}
	}
	if n := len(s.services.parts); n != 1 {
		t.Errorf("%d parts follow one file", n)
	}
}
