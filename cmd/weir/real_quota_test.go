package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// realEvents is the variable with the number of events that meet a quota.
const realEvents = "WEIR_TEST_EVENTS" // default 20,000

// Three workers, two edges, one Redis, and 20,000 events of a key that may send 1,000: exactly 1,000 are accepted, since an error is one event and
// no check lets one more pass; everything else is counted as rate limited, wherever it was refused. Then another key, with workers that are
// killed while its quota is used up: what was counted and not yet written when its worker died is counted again, so as many fewer are accepted;
// never more, and the equation holds.
func TestRealExactQuota(t *testing.T) {
	r, ok := newReal(t, slowBroker)
	if !ok {
		return
	}
	const limit, window = 1000, 7 * 24 * 3600
	org := uint64(time.Now().Unix())
	slot := func(w uint64) uint64 { return (uint64(time.Now().Unix()) - org%w) / w }
	quota := func(name string) string { return r.prefix + name }
	calm, wild := newLimitSender(501, strings.Repeat("c1", 16)), newLimitSender(502, strings.Repeat("c2", 16))
	r.project(t, calm.project, limitedState(org, calm.key, quota("calm"), limit, window))
	r.project(t, wild.project, limitedState(org, wild.key, quota("wild"), limit, window))
	r.start(t, "control", "control", "process", "--groups", "projects,parking,outcomes")
	edges := []*realServer{r.start(t, "edge-0", "", "edge"), r.start(t, "edge-1", "", "edge")}
	bases := []string{edges[0].base, edges[1].base}
	for _, e := range edges {
		e.knows(t, calm.key)
		e.knows(t, wild.key)
	}
	out := readIngested(t, r.cluster, true, eventTopics(r.prefix)...)
	events := realNumber(t, realEvents, 20_000)
	begin := time.Now()
	calm.flood(events, bases...)
	if acked, codes := calm.answers(); len(acked) != events {
		t.Fatalf("answers %v before anything was processed", codes)
	}
	t.Logf("%d events accepted by two edges in %v", events, time.Since(begin).Round(time.Millisecond))

	counter := func(name string) string {
		return redisGet(t, r.redis, fmt.Sprintf("quota:%s{%d}7:%d", quota(name), org, slot(window)))
	}
	workers := make([]*realServer, 3)
	worker := func(i int) {
		workers[i] = r.start(t, fmt.Sprint("worker-", i), fmt.Sprint(i), "process", "--groups", "pipeline")
	}
	for i := range workers {
		worker(i)
	}
	eventually(t, "the quota is used up", func() bool { return counter("calm") == fmt.Sprint(limit) })
	begin = time.Now()
	for _, base := range bases {
		calm.refused(t, base)
		t.Logf("an edge refuses new events %v after the quota was used up", time.Since(begin).Round(time.Millisecond))
	}
	wantHeaders(t, calm.last)
	s := r.settled(t)
	acked, codes := calm.answers()
	d := s.Envelopes.Duplicates
	if n := s.Items.Accepted; n > limit || int64(n) < limit-d || n != uint64(out.distinct()) || counter("calm") != fmt.Sprint(limit) {
		t.Errorf("%d accepted, %d at the output, counter %s, %d duplicates, want %d", n, out.distinct(), counter("calm"), d, limit)
	}
	refused := uint64(len(acked)+codes[429]) - s.Items.Accepted
	eventually(t, "every event that was not accepted is counted", func() bool { return r.rateLimited(t, "error") == refused })
	t.Logf("%d accepted of %d, %d rate limited, answers %v, %d duplicates; %+v", s.Items.Accepted, len(acked)+codes[429], refused, codes, d, s.Items)

	kills := realNumber(t, realKills, 3)
	before := s.Items.Accepted
	for i := range kills {
		wild.flood(limit/2/kills, bases...)
		workers[i%3].kill()
		wild.flood(limit/4/kills, bases...)
		worker(i % 3)
	}
	r.members(t, 3)
	for {
		wild.flood(limit/4, bases...)
		if _, codes := wild.answers(); codes[429] > 0 {
			break
		}
	}
	wantHeaders(t, wild.last)
	s = r.settled(t)
	acked, codes = wild.answers()
	n, repeated := s.Items.Accepted-before, s.Envelopes.Duplicates-d
	if n > limit || s.Items.Accepted != uint64(out.distinct()) || counter("wild") != fmt.Sprint(limit) {
		t.Errorf("%d accepted, %d at the output, counter %s, want at most %d", n, out.distinct(), counter("wild"), limit)
	}
	if repeated != int64(out.duplicates()) {
		t.Errorf("%d events are there twice, %d named", out.duplicates(), repeated)
	}
	eventually(t, "everything is counted", func() bool { return r.rateLimited(t, "error") == refused+uint64(len(acked)+codes[429])-n })
	t.Logf("%d kills: %d accepted of %d, answers %v; %d envelopes processed twice, %d messages twice; %+v %+v", kills, n, len(acked)+codes[429], codes, repeated,
		out.duplicates(), s.Envelopes, s.Items)
}

// How long it takes until every edge knows a limit that a worker found.
func TestRealLimitDelay(t *testing.T) {
	r, ok := newReal(t, slowBroker)
	if !ok {
		return
	}
	const keys = 60
	org := uint64(time.Now().Unix())
	var list []string
	for i := range keys {
		key := fmt.Sprintf("%032x", 0xd0_0000+i)
		list = append(list, key)
		r.project(t, uint64(601+i), limitedState(org-uint64(i), key, r.prefix+"one", 1, 7*24*3600))
	}
	r.start(t, "worker", "", "process")
	edges := []*realServer{r.start(t, "edge-0", "", "edge"), r.start(t, "edge-1", "", "edge")}
	for _, e := range edges {
		for _, key := range list {
			e.knows(t, key)
		}
	}
	r.members(t, 1)
	took := limitDelays(t, 601, list, edges[0].base, edges[1].base)
	t.Logf("from the answer to the event that is one too many to 429 at both edges: %s", percentiles(took))
	r.settled(t)
}

// The same within one process.
func TestLimitDelay(t *testing.T) {
	const keys = 40
	var list []string
	d := startTestDev(t, devSettings{prepare: func(d *dev) {
		for i := range keys {
			key := fmt.Sprintf("%032x", 0xd0_0000+i)
			list = append(list, key)
			d.bundled[fmt.Sprint(601+i)] = limitedState(uint64(time.Now().Unix())-uint64(i), key, "one", 1, 7*24*3600)
		}
	}})
	for _, key := range list {
		d.known(t, key)
	}
	took := limitDelays(t, 601, list, d.base)
	t.Logf("from the answer to the event that is one too many to 429: %s", percentiles(took))
	d.settled(t)
}
