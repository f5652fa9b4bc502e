package main

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"testing"
	"time"

	"weir/cmd/weir/corpus"
	"weir/topologies/kafka/client"
	"weir/topologies/outcomes"
)

var devAddress = regexp.MustCompile(`edge +(http://[0-9.]+:[0-9]+),`)

// SIGKILL of `weir dev --data` under load, again and again: whatever was answered 200 is at the output after the restart.
func TestKilledDev(t *testing.T) {
	dir, acked := t.TempDir(), map[string]time.Time{}
	kills, batch := 3, 400
	if testing.Short() {
		kills, batch = 1, 100
	}
	startOne := func() (*child, string) {
		c := startWeir(t, "dev", nil, "dev", "--data", dir, "--projects", "testdata/e2e/projects", "--port", "0")
		return c, c.said(t, devAddress)
	}
	for range kills {
		c, base := startOne()
		tr := startTraffic(t, base, corpus.Project, corpus.Key, 400)
		tr.more(t, batch)
		c.kill() // in the middle of everything
		tr.stop()
		ids, codes := tr.answers()
		maps.Copy(acked, ids)
		t.Logf("killed after %d accepted events, answers %v", len(ids), codes)
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
	t.Logf("%d kills: %d accepted, 0 missing, %d duplicates at the output, drained %v after the last start; %+v",
		kills, len(acked), out.duplicates(), time.Since(begin).Round(time.Millisecond), s.Envelopes)
}
