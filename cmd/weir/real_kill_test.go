package main

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"weir/cmd/weir/corpus"
)

// Variables that make the tests with kills longer than CI wants them.
const (
	realKills = "WEIR_TEST_KILLS" // how often a process is killed; default 3
	realRate  = "WEIR_TEST_RATE"  // events a second; default 300
)

func realNumber(t *testing.T, name string, fallback int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return fallback
	}
	n, err := strconv.Atoi(text)
	if err != nil || n <= 0 {
		t.Fatalf("%s=%s", name, text)
	}
	return n
}

// SIGKILL of one of two workers under load, again and again: nothing that was answered 200 is missing, and nothing is there twice, because
// whoever takes over finds what was written and not committed.
func TestRealKilledWorker(t *testing.T) {
	if n := killWorkers(t, "at-least-once", realNumber(t, realKills, 3)); n != 0 {
		t.Errorf("%d duplicates", n)
	}
}

// The same exactly once: a reader of what is committed finds nothing twice either.
func TestRealKilledWorkerExactlyOnce(t *testing.T) {
	if n := killWorkers(t, "exactly-once", min(3, realNumber(t, realKills, 3))); n != 0 {
		t.Errorf("%d duplicates", n)
	}
}

// killWorkers returns how many messages a reader of committed records found in excess.
func killWorkers(t *testing.T, delivery string, kills int) (duplicates int) {
	r, ok := newReal(t, slowBroker, "WEIR_DELIVERY="+delivery)
	if !ok {
		return 0
	}
	rate := realNumber(t, realRate, 300)
	edge := r.start(t, "edge", "", "edge")
	worker := func(i int) *realServer { return r.start(t, fmt.Sprint("worker-", i), fmt.Sprint(i), "process") }
	workers := []*realServer{worker(0), worker(1)}
	r.members(t, 2)
	edge.knows(t, corpus.Key)
	out := readIngested(t, r.cluster, true, eventTopics(r.prefix)...)
	tr := startTraffic(t, edge.base, corpus.Project, corpus.Key, rate)
	tr.more(t, rate)
	eventually(t, "the first events arrive", func() bool { return out.distinct() > 0 })
	out.watchStalls(true)
	for i := range kills {
		victim, takeover := i%2, i%3 == 2
		begin := time.Now()
		workers[victim].kill()
		if takeover {
			tr.more(t, rate) // on all partitions
		}
		before, _ := tr.answers()
		if takeover { // nobody starts it again until the other one has all partitions
			eventually(t, "the survivor processes everything", func() bool { n, _ := out.missing(before); return n == 0 })
		}
		workers[victim] = worker(victim)
		eventually(t, "everything from before the kill has arrived", func() bool { n, _ := out.missing(before); return n == 0 })
		took := time.Since(begin)
		r.members(t, 2)
		tr.more(t, 2*rate)
		t.Logf("kill %d of worker %d, takeover by the survivor %v: everything from before has arrived after %v", i+1, victim, takeover, took.Round(time.Millisecond))
	}
	out.watchStalls(false)
	tr.stop()
	acked, codes := tr.answers()
	missing := 0
	eventually(t, "everything that was accepted is at the output", func() bool { missing, _ = out.missing(acked); return missing == 0 })
	s := r.settled(t)
	_, slowest := out.missing(acked)
	duplicates = out.duplicates()
	t.Logf("%s, %d kills at %d events/s: %d accepted, %d missing, %d duplicates, answers %v; longest time without any output %v, longest way of an event %v; %+v",
		delivery, kills, rate, len(acked), missing, duplicates, codes, out.stall().Round(time.Millisecond), slowest.Round(time.Millisecond), s.Envelopes)
	if int64(duplicates) != s.Envelopes.Duplicates || s.Envelopes.Difference != 0 || s.Items.Difference != 0 {
		t.Errorf("%d events are there twice, %d named; %+v %+v", duplicates, s.Envelopes.Duplicates, s.Envelopes, s.Items)
	}
	if len(codes) != 1 {
		t.Errorf("the edge felt the kills of workers: answers %v", codes)
	}
	if s.Items.Dead != 0 || s.Envelopes.Dead != 0 {
		t.Errorf("dead letters: %+v %+v", s.Envelopes, s.Items)
	}
	return duplicates
}
