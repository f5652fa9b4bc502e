package main

import (
	"maps"
	"os"
	"testing"

	"weir/cmd/weir/corpus"
	"weir/codecs/topic"
)

// Two inputs at once: traffic of a known project goes from raw to the output while that of another one is parked, and later comes back over
// released. A worker is killed while both inputs flow.
func TestRealParkedProject(t *testing.T) {
	r, ok := newReal(t, slowBroker)
	if !ok {
		return
	}
	const rate = 150
	names := topic.NamesIn(r.prefix)
	edge := r.start(t, "edge", "", "edge")
	sources := r.start(t, "projects", "", "process", "--groups", "projects")
	workers := map[string]*realServer{}
	for _, name := range []string{"a", "b"} {
		workers[name] = r.start(t, "worker-"+name, name, "process", "--groups", "pipeline,parking,outcomes")
	}
	r.members(t, 2)
	edge.knows(t, corpus.Key)
	sources.stop(t) // from now on nobody answers what project a key belongs to

	out := readIngested(t, r.cluster, true, eventTopics(r.prefix)...)
	known := startTraffic(t, edge.base, corpus.Project, corpus.Key, rate)
	cold := startTraffic(t, edge.base, late.id, late.key, rate)
	known.more(t, 2*rate)
	cold.more(t, 2*rate)
	parked, _ := cold.answers()
	eventually(t, "the cold project's events are parked", func() bool { return r.ends(t, names.Parked) >= int64(len(parked)) })
	if n, _ := out.missing(parked); n != len(parked) {
		t.Errorf("%d events of an unknown project are at the output", len(parked)-n)
	}

	state, err := os.ReadFile("demo/projects/" + lateProjectName + ".json")
	if err != nil {
		t.Fatal(err)
	}
	r.project(t, late.id, state)
	r.start(t, "projects-again", "", "process", "--groups", "projects")
	eventually(t, "events are released", func() bool { return r.ends(t, names.Released) > 0 })
	workers["a"].kill()
	workers["a"] = r.start(t, "worker-a", "a", "process", "--groups", "pipeline,parking,outcomes")
	known.more(t, rate)
	cold.more(t, rate)
	known.stop()
	cold.stop()
	acked, codes := known.answers()
	coldAcked, coldCodes := cold.answers()
	maps.Copy(acked, coldAcked)
	eventually(t, "everything that was accepted is at the output", func() bool { n, _ := out.missing(acked); return n == 0 })
	s := r.settled(t)
	if len(codes) != 1 || len(coldCodes) != 1 {
		t.Errorf("answers %v, cold %v", codes, coldCodes)
	}
	released := r.ends(t, names.Released)
	if released < int64(len(parked)) {
		t.Errorf("%d records on released, %d were parked", released, len(parked))
	}
	_, slowest := out.missing(acked)
	t.Logf("%d accepted, %d of a cold project, %d on parked, %d on released, %d duplicates, longest way %v; %+v",
		len(acked), len(coldAcked), r.ends(t, names.Parked), released, out.duplicates(), slowest, s.Envelopes)
}
