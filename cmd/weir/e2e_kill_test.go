package main

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"weir/cmd/weir/corpus"
	"weir/topologies/kafka/client"
	"weir/topologies/kafkatest"
	"weir/topologies/outcomes"
)

var devAddress = regexp.MustCompile(`edge +(http://[0-9.]+:[0-9]+),`)

// SIGKILL of `weir dev --data` under load, again and again: whatever was answered 200 is at the output after the restart, once: what was written
// and not committed is found.
func TestKilledDev(t *testing.T) {
	if n := endDev(t, func(c *child) { c.kill() }); n != 0 {
		t.Errorf("%d duplicates", n)
	}
}

// SIGTERM in the same place: the process ends with 0 and has finished what it began, so that nothing comes twice either.
func TestStoppedDev(t *testing.T) {
	if n := endDev(t, func(c *child) { c.stop(t) }); n != 0 {
		t.Errorf("%d duplicates", n)
	}
}

// endDev ends and restarts a process under load and returns how many messages are at the output in excess.
func endDev(t *testing.T, end func(*child)) (duplicates int) {
	dir, acked := t.TempDir(), map[string]time.Time{}
	rounds, batch := 3, 400
	if testing.Short() {
		rounds, batch = 1, 100
	}
	startOne := func() (*child, string) {
		c := startWeir(t, "dev", nil, "dev", "--data", dir, "--projects", "testdata/e2e/projects", "--port", "0")
		return c, c.said(t, devAddress)
	}
	for range rounds {
		c, base := startOne()
		tr := startTraffic(t, base, corpus.Project, corpus.Key, 400)
		tr.more(t, batch)
		end(c) // in the middle of everything
		tr.stop()
		ids, codes := tr.answers()
		maps.Copy(acked, ids)
		t.Logf("ended after %d accepted events, answers %v", len(ids), codes)
	}
	begin := time.Now()
	_, base := startOne()
	var s outcomes.Summary
	eventually(t, "the conservation equation settles", func() bool {
		got := post(t, http.MethodGet, base+"/dev/status", nil, nil)
		s = outcomes.Summary{}
		return json.Unmarshal([]byte(got.body), &s) == nil && s.Settled && s.LedgerLag == 0 && s.Envelopes.Received > 0 && s.Envelopes.Difference == 0
	})
	if s.Items.Difference != 0 || s.Envelopes.Lost != 0 || s.Envelopes.Dead != 0 {
		t.Errorf("%+v %+v", s.Envelopes, s.Items)
	}
	var info devInfo
	if err := json.Unmarshal([]byte(post(t, http.MethodGet, base+"/dev/info", nil, nil).body), &info); err != nil {
		t.Fatal(err)
	}
	out := readIngested(t, client.Config{Brokers: info.Brokers}, true, eventTopics("")...)
	eventually(t, "everything that was accepted is at the output", func() bool { n, _ := out.missing(acked); return n == 0 })
	t.Logf("%d times: %d accepted, 0 missing, %d duplicates at the output, drained %v after the last start; %+v",
		rounds, len(acked), out.duplicates(), time.Since(begin).Round(time.Millisecond), s.Envelopes)
	if n := int64(out.duplicates()); n != s.Envelopes.Duplicates {
		t.Errorf("%d events are there twice, %d named", n, s.Envelopes.Duplicates)
	}
	return out.duplicates()
}

// A second process with the WEIR_INSTANCE of a live one is wrong use: it ends with 2 and says why, and the first one goes on.
func TestNamesake(t *testing.T) {
	cluster := kafkatest.Cluster(t, 1)
	start := func(name string) *child {
		return startWeir(t, name, []string{"WEIR_INSTANCE=worker"}, "process", "--processing", "--kafka-broker-url", cluster.Brokers[0], "--port", kafkatest.FreePort(t))
	}
	first := start("first")
	first.said(t, regexp.MustCompile("(weir runs)"))
	second := start("second")
	if !second.ended(patience) {
		t.Fatal("the second one lives")
	}
	if code := second.cmd.ProcessState.ExitCode(); code != exitUsage || !strings.Contains(second.output(), "WEIR_INSTANCE") {
		t.Errorf("exit %d: %s", code, second.output())
	}
	if !first.alive() {
		t.Errorf("the first one ended: %v\n%s", first.err, first.output())
	}
	first.stop(t)
}
