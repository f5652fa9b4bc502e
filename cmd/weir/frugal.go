package main

import (
	"context"
	"runtime"
	"runtime/metrics"
	"time"
)

// A process with little to do pays for parallelism that it does not need: each goroutine that becomes ready wakes a second thread, which
// finds nothing. At 500 events a second, that is an eighth of its CPU time. So it works on one processor while that is enough.
const (
	frugalLook  = 100 * time.Millisecond
	frugalCalm  = 0.5  // processors in use; below this for frugalLooks, one is enough
	frugalBusy  = 0.75 // above this one is not enough
	frugalLooks = 20
	frugalQueue = 10 // looks in a row that find work waiting: a machine that others use gives no more, however much there is to do
)

// frugal decides how many processors to use.
type frugal struct {
	one    bool
	calm   int
	queued int
}

// look takes how many processors were in use since the last look and whether goroutines wait for one, and reports whether the decision has
// changed.
func (f *frugal) look(used float64, waiting bool) (changed bool) {
	if f.queued++; !waiting {
		f.queued = 0
	}
	behind := f.queued >= frugalQueue
	switch {
	case f.one && (used > frugalBusy || behind):
		f.one, f.calm = false, 0
		return true
	case f.one:
	case used >= frugalCalm || behind:
		f.calm = 0
	default:
		if f.calm++; f.calm == frugalLooks {
			f.one = true
			return true
		}
	}
	return false
}

// beFrugal runs until ctx ends. settled says that the operator has chosen how many processors to use.
func (s *stack) beFrugal(ctx context.Context, settled bool) error {
	defer func() { <-ctx.Done() }()
	relaxWatcher()
	cpu, ok := cpuTime()
	if !ok || settled || runtime.GOMAXPROCS(0) == 1 {
		return nil
	}
	tick := time.NewTicker(frugalLook)
	defer tick.Stop()
	var f frugal
	runnable := []metrics.Sample{{Name: "/sched/goroutines/runnable:goroutines"}}
	for at := s.clock(); ; {
		select {
		case <-ctx.Done():
			if f.one {
				runtime.SetDefaultGOMAXPROCS()
			}
			return nil
		case <-tick.C:
		}
		now := s.clock()
		used, _ := cpuTime()
		metrics.Read(runnable)
		if f.look((used-cpu).Seconds()/max(now.Sub(at), frugalLook/2).Seconds(), runnable[0].Value.Uint64() > 0) {
			if f.one {
				runtime.GOMAXPROCS(1)
			} else {
				runtime.SetDefaultGOMAXPROCS()
			}
		}
		at, cpu = now, used
	}
}
