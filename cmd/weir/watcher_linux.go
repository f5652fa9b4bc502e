package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// watcherSlack is how much later than it asks for the runtime's watcher may be woken. A goroutine that does not yield keeps its processor for as
// much longer than the usual 10 ms.
const watcherSlack = 4 * time.Millisecond

// relaxWatcher lets the thread with which the Go runtime watches the others sleep longer. It sleeps 20 µs at a time while anything
// happens, several thousand times a second, to take processors away from threads in long system calls, of which this program has few.
// Linux lets a process with CAP_SYS_NICE say so; without it nothing changes.
func relaxWatcher() {
	if tid := watcherThread(); tid != "" {
		_ = os.WriteFile("/proc/"+tid+"/timerslack_ns", strconv.AppendInt(nil, int64(watcherSlack), 10), 0)
	}
}

// How watcherThread looks: it takes the thread that is found asleep in watcherFound looks, if no other one ever is.
const (
	watcherLooks = 400
	watcherFound = 20
)

// watcherThread returns the id of the watcher's thread, empty when it is not clear which one that is. It alone waits by sleeping: the others wait on
// a futex or for the network.
func watcherThread() string {
	asleep := strconv.Itoa(syscall.SYS_NANOSLEEP) + " "
	found := map[string]int{}
	for range watcherLooks {
		threads, err := filepath.Glob("/proc/self/task/[0-9]*")
		if err != nil {
			return ""
		}
		for _, t := range threads {
			call, err := os.ReadFile(filepath.Join(t, "syscall")) // gone, or not ours to see
			if err == nil && strings.HasPrefix(string(call), asleep) {
				found[filepath.Base(t)]++
			}
		}
		for tid, n := range found {
			if n >= watcherFound {
				if len(found) > 1 {
					return ""
				}
				return tid
			}
		}
		runtime.Gosched()
	}
	return ""
}
