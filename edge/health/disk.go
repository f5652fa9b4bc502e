package health

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// Disk watches the free room of the disk that envelopes wait on. Reading it is cheap enough for every request.
type Disk struct {
	min  uint64
	free func() (uint64, error)
	last atomic.Uint64
	err  atomic.Pointer[error]
}

// NewDisk returns a watch that has looked once. Less than min bytes are too few; free tells how many there are.
func NewDisk(min uint64, free func() (uint64, error)) *Disk {
	d := &Disk{min: min, free: free}
	d.refresh()
	return d
}

// Run looks again every interval until ctx ends.
func (d *Disk) Run(ctx context.Context, interval time.Duration) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			d.refresh()
		}
	}
}

func (d *Disk) refresh() {
	n, err := d.free()
	d.last.Store(n)
	d.err.Store(&err)
}

// OK reports whether there is room. A disk that cannot be asked is taken as full.
func (d *Disk) OK() bool { return d.check() == nil }

// Probe is a readiness probe.
func (d *Disk) Probe() Probe {
	return Probe{Name: "disk", Check: func(context.Context) error { return d.check() }}
}

func (d *Disk) check() error {
	if err := *d.err.Load(); err != nil {
		return fmt.Errorf("free room of the data directory: %w", err)
	}
	if n := d.last.Load(); n < d.min {
		return fmt.Errorf("%d bytes are free in the data directory, at least %d are wanted", n, d.min)
	}
	return nil
}
