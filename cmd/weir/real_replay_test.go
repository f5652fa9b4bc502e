package main

import (
	"os"
	"testing"

	"weir/cmd/weir/corpus"
)

// `weir replay` over everything that `weir run` did on a real Kafka and Redis, with quotas that rejected some of it, writes the same messages again.
func TestRealReplay(t *testing.T) {
	r, ok := newReal(t, slowBroker)
	if !ok {
		return
	}
	r.project(t, corpus.Project, quotaProject(t, "default"))
	other, err := os.ReadFile("demo/projects/43.json")
	if err != nil {
		t.Fatal(err)
	}
	r.project(t, strict.id, other)
	s := r.start(t, "run", "", "run")
	s.knows(t, corpus.Key)
	s.knows(t, strict.key)
	sendEverything(t, s.base, false)
	r.settled(t)
	again := replayCLI(t, r.env, "--quotas", "recorded", "--run", "again", "--config", r.dir)
	reasons := limitedReasons(again)
	if !again.Finished || again.Broken+again.NoConfig+again.Skipped != 0 || again.Items.Dead != 0 || len(reasons) < 7 {
		t.Errorf("%+v", again)
	}
	all := written(t, r.cluster, outputTopics(r.prefix))
	sameWritten(t, "recorded", all[""], all["again"])
	s.stop(t)
	t.Logf("%d messages of %d records, %v limited", len(all[""]), again.Records, reasons)
}
