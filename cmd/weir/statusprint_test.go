package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"weir/topologies/kafka/lag"
	"weir/topologies/outcomes"
	"weir/topologies/projects"
)

func TestNumber(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "-1,234", -999: "-999"} {
		if got := number(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

// TestColumns holds that colours do not move columns.
func TestColumns(t *testing.T) {
	var plain, coloured bytes.Buffer
	for p, w := range map[paint]*bytes.Buffer{false: &plain, true: &coloured} {
		tab := table{head: []string{"A", "N", "Z"}, right: 1 << 1}
		tab.add(p.green("ok"), p.red("12"), "end")
		tab.add("longer", "3", p.dim("…"))
		tab.print(w, p)
	}
	if want := "A        N  Z\nok      12  end\nlonger   3  …\n\n"; plain.String() != want {
		t.Errorf("%q, want %q", &plain, want)
	}
	for i, line := range strings.Split(coloured.String(), "\n") {
		if got, want := visible(line), len([]rune(strings.Split(plain.String(), "\n")[i])); got < want {
			t.Errorf("line %d: %d characters, want %d", i, got, want)
		}
	}
}

func TestStatusTells(t *testing.T) {
	for _, c := range []struct {
		name   string
		report statusReport
		want   []string
	}{
		{"missing", statusReport{Summary: outcomes.Summary{Settled: true, Envelopes: outcomes.Envelopes{Received: 5000, Finished: 4990, Difference: 10}}},
			[]string{"✘ 10 envelopes and 0 items are unaccounted for", "5,000 received = 4,990 finished + 0 parked + 0 in flight + 10 unexplained"}},
		{"moving", statusReport{Summary: outcomes.Summary{Envelopes: outcomes.Envelopes{Received: 7, InFlight: 7}}}, []string{"… records are on their way"}},
		{"lost", statusReport{Holds: true, Summary: outcomes.Summary{Settled: true, Envelopes: outcomes.Envelopes{Lost: 3}}}, []string{"3 lost to retention"}},
		{"limits", statusReport{At: time.Unix(100, 0), Limits: []statusLimit{{Scope: "project", ID: "42", Categories: []string{"error", "default"}, Reason: "used_up", Expires: time.Unix(160, 0)}}},
			[]string{"project     42  error,default  used_up  1m0s"}},
		{"refused", statusReport{At: time.Unix(100, 0), Forwards: true, Upstream: &statusUpstream{Upstream: projects.Upstream{URL: "https://s/", State: "refused", Error: "go away", Updated: time.Unix(99, 0)}}},
			[]string{"UPSTREAM  https://s/  refused: the upstream told this relay to stop", "go away", "0 parked or waiting for the upstream"}},
		{"registered", statusReport{At: time.Unix(100, 0), Upstream: &statusUpstream{Upstream: projects.Upstream{State: "registered", Since: time.Unix(40, 0)}}}, []string{"registered for 1m0s"}},
		{"away", statusReport{At: time.Unix(100, 0), Upstream: &statusUpstream{Upstream: projects.Upstream{State: "registered", Away: time.Unix(90, 0)}}}, []string{"away for 10s"}},
		{"silent", statusReport{At: time.Unix(100, 0), Upstream: &statusUpstream{Upstream: projects.Upstream{State: "proxy", Updated: time.Unix(10, 0)}, Silent: true}}, []string{"unknown: no process has said anything for 1m30s; it was proxy then"}},
		{"lag", statusReport{Lag: []lag.Partition{{Group: "g", Topic: "t", Lag: 2}, {Group: "g", Topic: "t", Partition: 1, Lag: 1, Lost: 4}}}, []string{"g      t        3  2 1  4 deleted before they were read"}},
		{"notes", statusReport{Rates: &statusRates{Received: 10.4, Finished: 9}, Summary: outcomes.Summary{Unchecked: 2}}, []string{"2 quota checks skipped while the store was down; 10/s received, 9/s finished"}},
	} {
		var b bytes.Buffer
		if err := c.report.print(&b, false, false); err != nil {
			t.Fatal(err)
		}
		for _, w := range c.want {
			if !strings.Contains(b.String(), w) {
				t.Errorf("%s: no %q in\n%s", c.name, w, &b)
			}
		}
	}
}
