package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"sync/atomic"
	"time"

	"weir/cmd/weir/config"
	"weir/processors/normalize"
)

// dataFileInterval is how often files of reference data are looked at.
const dataFileInterval = 10 * time.Second

// dataFile is a file of reference data as a value, read again when it changes. A new content that cannot be read leaves the old value.
type dataFile[T any] struct {
	key, path string // key of the configuration
	read      func([]byte) (T, error)
	log       *slog.Logger
	value     atomic.Pointer[T]
	seen      fileStamp
	failing   bool // that it cannot be read has been told
}

// fileStamp tells contents of a file apart; files are replaced (another inode) or written over.
type fileStamp struct {
	info     os.FileInfo
	modified time.Time
	size     int64
}

func (a fileStamp) equal(b fileStamp) bool {
	return a.info != nil && b.info != nil && os.SameFile(a.info, b.info) && a.modified.Equal(b.modified) && a.size == b.size
}

// openDataFile reads the file, which has to be there and readable.
func openDataFile[T any](key, path string, log *slog.Logger, read func([]byte) (T, error)) (*dataFile[T], error) {
	f := &dataFile[T]{key: key, path: path, read: read, log: log}
	if _, err := f.refresh(); err != nil {
		return nil, usageError{err}
	}
	return f, nil
}

// followDataFile is openDataFile for a file that may come later; until then the value is empty.
func followDataFile[T any](key, path string, log *slog.Logger, read func([]byte) (T, error), empty T) *dataFile[T] {
	f := &dataFile[T]{key: key, path: path, read: read, log: log}
	f.value.Store(&empty)
	if _, err := f.refresh(); err != nil {
		f.failing = true
		log.Error("a file of reference data cannot be read; nothing is looked up in it until it can", "error", err)
	}
	return f
}

// refresh reads the file if it has changed.
func (f *dataFile[T]) refresh() (changed bool, err error) {
	info, err := os.Stat(f.path)
	if err != nil {
		return false, fmt.Errorf("%s: %w", f.key, err)
	}
	now := fileStamp{info, info.ModTime(), info.Size()}
	if now.equal(f.seen) {
		return false, nil
	}
	b, err := os.ReadFile(f.path)
	if err != nil {
		return false, fmt.Errorf("%s: %w", f.key, err)
	}
	v, err := f.read(b)
	if err != nil {
		return false, fmt.Errorf("%s: %s: %w", f.key, f.path, err)
	}
	f.value.Store(&v)
	f.seen = now
	return true, nil
}

// run looks at the file until ctx ends.
func (f *dataFile[T]) run(ctx context.Context) error {
	tick := time.NewTicker(dataFileInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		switch changed, err := f.refresh(); {
		case err != nil && !f.failing:
			f.failing = true
			f.log.Warn("a file of reference data cannot be read again; what was read before stays", "error", err)
		case err == nil:
			f.failing = false
			if changed {
				f.log.Info("reference data read again", "file", f.path)
			}
		}
	}
}

// lookups are the files that normalization looks things up in; nil functions without a file.
type lookups struct {
	geo     func(netip.Addr) (normalize.Location, bool)
	devices func(model string) string
}

// referenceData opens these files, once for all chains of the process, and keeps them up to date.
func (s *stack) referenceData(into *normalize.Config) error {
	if s.lookups == nil {
		l, err := openLookups(s.cfg, s.services, s.log.With("part", "pipeline"))
		if err != nil {
			return err
		}
		s.lookups = l
	}
	into.Geo, into.DeviceNames = s.lookups.geo, s.lookups.devices
	return nil
}

func openLookups(cfg *config.Config, services *services, log *slog.Logger) (*lookups, error) {
	l := &lookups{}
	if path := first(deref(cfg.GeoIP.Path), deref(cfg.Processing.GeoIPPath)); path != "" {
		geo := followDataFile("geoip.path", path, log, normalize.NewLocator, func(netip.Addr) (l normalize.Location, ok bool) { return l, false })
		services.start("geo database", geo.run)
		l.geo = func(a netip.Addr) (normalize.Location, bool) { return (*geo.value.Load())(a) }
	}
	if path := cfg.Weir.AndroidDevices; path != "" {
		names, err := openDataFile("weir.android_devices", path, log, func(b []byte) (func(string) string, error) { return normalize.NewDeviceNames(string(b)), nil })
		if err != nil {
			return nil, err
		}
		services.start("device names", names.run)
		l.devices = func(model string) string { return (*names.value.Load())(model) }
	}
	return l, nil
}
