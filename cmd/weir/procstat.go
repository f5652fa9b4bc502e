package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process names a server process to watch.
type process struct {
	name string
	pid  int
}

func parseProcess(s string) (process, error) {
	name, pid, ok := strings.Cut(s, "=")
	n, err := strconv.Atoi(pid)
	if !ok || err != nil || n <= 0 {
		return process{}, errors.New("NAME=PID is expected")
	}
	return process{name, n}, nil
}

// procUse is what a process used: CPU seconds (user and system) and its highest resident memory.
type procUse struct {
	CPU    float64 `json:"cpu_s"`
	RSSMB  float64 `json:"rss_mb"`
	PeakMB float64 `json:"peak_mb"`
}

// usage reads /proc; a process that cannot be read is left out.
func usage(procs []process) map[string]procUse {
	out := map[string]procUse{}
	for _, p := range procs {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.pid))
		if err != nil {
			continue
		}
		f := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if len(f) < 13 {
			continue
		}
		user, _ := strconv.ParseFloat(f[11], 64)
		system, _ := strconv.ParseFloat(f[12], 64)
		u := procUse{CPU: (user + system) / 100} // USER_HZ is 100 on Linux
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(status)) {
			w := strings.Fields(line)
			if len(w) < 2 {
				continue
			}
			kb, _ := strconv.ParseFloat(w[1], 64)
			switch w[0] {
			case "VmHWM:":
				u.PeakMB = kb / 1024
			case "VmRSS:":
				u.RSSMB = kb / 1024
			}
		}
		out[p.name] = u
	}
	return out
}

func since(before, after map[string]procUse) map[string]procUse {
	for name, u := range after {
		u.CPU -= before[name].CPU
		after[name] = u
	}
	return after
}

// selfCPU returns the CPU seconds of this process so far.
func selfCPU() float64 {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return (time.Duration(r.Utime.Nano()) + time.Duration(r.Stime.Nano())).Seconds()
}
