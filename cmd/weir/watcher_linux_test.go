package main

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// The thread that is found is one of this process, not the one that looks, and it sleeps; where the system does not tell, there is none.
func TestWatcherThread(t *testing.T) {
	tid := watcherThread()
	if _, err := os.ReadFile("/proc/self/task/" + strconv.Itoa(os.Getpid()) + "/syscall"); err != nil {
		if tid != "" {
			t.Errorf("thread %s, although nothing can be seen: %v", tid, err)
		}
		return
	}
	if tid == "" {
		t.Log("another thread slept at the same time")
		return
	}
	if tid == strconv.Itoa(syscall.Gettid()) {
		t.Error("it is the one that looks")
	}
	if again := watcherThread(); again != "" && again != tid {
		t.Errorf("thread %s, then %s", tid, again)
	}
	status, err := os.ReadFile("/proc/self/task/" + tid + "/status")
	if err != nil || !strings.Contains(string(status), "Tgid:\t"+strconv.Itoa(os.Getpid())+"\n") {
		t.Errorf("%s %v", status, err)
	}
}
