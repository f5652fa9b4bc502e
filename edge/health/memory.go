package health

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// MemoryConfig are the memory keys of section `health`.
type MemoryConfig struct {
	MaxPercent float64       // health.max_memory_percent, 0..1; default 0.95
	MaxBytes   uint64        // health.max_memory_bytes
	HasBytes   bool          // MaxBytes is set; 0 then refuses everything
	Refresh    time.Duration // health.memory_stat_refresh_frequency_ms; default 100 ms
	Root       fs.FS         // the root file system, for /proc and /sys
	Now        func() time.Time
}

// Usage is memory in bytes: of the container where it has a limit, else of the host. Total 0 means that it is not known.
type Usage struct{ Used, Total uint64 }

// Share is the part in use, 0 to 1; 0 if the total is not known.
func (u Usage) Share() float64 {
	if u.Total == 0 {
		return 0
	}
	return float64(u.Used) / float64(u.Total)
}

// Memory knows how much memory there is. It looks when it is asked and its numbers are old, so a process with nothing to do does nothing
// here, and asking is cheap enough for every request.
type Memory struct {
	cfg  MemoryConfig
	last atomic.Pointer[seen]

	mu     sync.Mutex                 // whoever looks
	source func(fs.FS) (Usage, error) // where the numbers came from last; nil: not known
	looks  int
}

// seen is what there was at a time.
type seen struct {
	Usage
	at time.Time
}

// NewMemory returns a Memory that has looked once.
func NewMemory(cfg MemoryConfig) *Memory {
	if cfg.MaxPercent == 0 {
		cfg.MaxPercent = 0.95
	}
	if cfg.Refresh == 0 {
		cfg.Refresh = 100 * time.Millisecond
	}
	m := &Memory{cfg: cfg}
	m.refresh(cfg.Now())
	return m
}

// rechoose is after how many looks the places of the numbers are compared anew: to read all of them each time costs several times as much.
const rechoose = 50

// refresh looks again; mu is held, or nobody else has m.
func (m *Memory) refresh(now time.Time) {
	var u Usage
	err := errors.New("not known")
	if m.source != nil && m.looks%rechoose != 0 {
		u, err = m.source(m.cfg.Root)
	}
	if err != nil {
		u, m.source = readUsage(m.cfg.Root)
	}
	m.looks++
	m.last.Store(&seen{u, now})
}

// Usage returns what there is now, or was within the last interval.
func (m *Memory) Usage() Usage {
	now := m.cfg.Now()
	if now.Sub(m.last.Load().at) >= m.cfg.Refresh && m.mu.TryLock() { // others need not wait for whoever looks
		m.refresh(now)
		m.mu.Unlock()
	}
	return m.last.Load().Usage
}

// OK reports whether usage is below both limits (edge 10.1.1).
func (m *Memory) OK() bool { return m.check() == nil }

// Probe is the readiness probe of edge 13.
func (m *Memory) Probe() Probe {
	return Probe{Name: "system memory", Check: func(context.Context) error { return m.check() }}
}

func (m *Memory) check() error {
	u := m.Usage()
	if m.cfg.HasBytes && u.Used >= m.cfg.MaxBytes {
		//lint:ignore ST1005 the text is contract (edge 13)
		return fmt.Errorf("Not enough memory, %d >= %d bytes", u.Used, m.cfg.MaxBytes)
	}
	if u.Total > 0 && float64(u.Used) >= m.cfg.MaxPercent*float64(u.Total) {
		//lint:ignore ST1005 the text is contract (edge 13)
		return fmt.Errorf("Not enough memory, %d of %d bytes >= %.2f%%", u.Used, u.Total, 100*m.cfg.MaxPercent)
	}
	return nil
}

// readUsage prefers the container's limit over the host's memory. It also returns what reads the same numbers again.
func readUsage(root fs.FS) (Usage, func(fs.FS) (Usage, error)) {
	host, err := hostUsage(root)
	for _, container := range []func(fs.FS) (Usage, error){cgroup2, cgroup1} {
		if u, cerr := container(root); cerr == nil && u.Total > 0 && (err != nil || u.Total < host.Total) {
			return u, container
		}
	}
	return host, hostUsage
}

// hostUsage reads /proc/meminfo: everything that is not available is used.
func hostUsage(root fs.FS) (Usage, error) {
	text, err := fs.ReadFile(root, "proc/meminfo")
	if err != nil {
		return Usage{}, err
	}
	total, ok1 := field(text, "MemTotal:")
	available, ok2 := field(text, "MemAvailable:")
	if !ok1 || !ok2 || available > total {
		return Usage{}, errors.New("meminfo without MemTotal and MemAvailable")
	}
	return Usage{Used: (total - available) << 10, Total: total << 10}, nil
}

// cgroup2 and cgroup1 do not count page cache that the kernel can drop.
func cgroup2(root fs.FS) (Usage, error) {
	return cgroup(root, "sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory.current", "sys/fs/cgroup/memory.stat", "inactive_file")
}

func cgroup1(root fs.FS) (Usage, error) {
	const dir = "sys/fs/cgroup/memory/memory."
	return cgroup(root, dir+"limit_in_bytes", dir+"usage_in_bytes", dir+"stat", "total_inactive_file")
}

func cgroup(root fs.FS, limit, usage, stat, cache string) (Usage, error) {
	total, err := number(root, limit)
	if err != nil {
		return Usage{}, err
	}
	used, err := number(root, usage)
	if err != nil {
		return Usage{}, err
	}
	if text, err := fs.ReadFile(root, stat); err == nil {
		if n, ok := field(text, cache); ok {
			used -= min(n, used)
		}
	}
	return Usage{Used: used, Total: total}, nil
}

func number(root fs.FS, name string) (uint64, error) {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(string(bytes.TrimSpace(text)), 10, 64) // "max" is no number: no limit
}

// field returns the number behind a name at the start of a line.
func field(text []byte, name string) (uint64, bool) {
	for line := range bytes.Lines(text) {
		parts := bytes.Fields(line)
		if len(parts) >= 2 && string(parts[0]) == name {
			n, err := strconv.ParseUint(string(parts[1]), 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}
