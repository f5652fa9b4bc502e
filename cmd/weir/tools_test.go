package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/cmd/weir/config"
	"weir/cmd/weir/corpus"
)

// toolsDev is a `weir dev` that the tools look at.
type toolsDev struct {
	*dev
	t *testing.T
}

func startToolsDev(t *testing.T) toolsDev {
	t.Helper()
	cfg, err := config.Load(config.Source{Flags: map[string]string{"relay.port": "0", "weir.partitions": "2"}})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Processing.Enabled = true
	dir := t.TempDir()
	state := fmt.Sprintf(`{"organizationId":1,"slug":"shop","publicKeys":[{"publicKey":%q,"numericId":7}],"config":{"filterSettings":{"localhost":{"isEnabled":true}}}}`, corpus.Key)
	if err := os.WriteFile(filepath.Join(dir, "42.json"), []byte(state), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := startDev(t.Context(), cfg, slog.New(slog.DiscardHandler), dir, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.stop(); err != nil {
			t.Error(err)
		}
	})
	return toolsDev{d, t}
}

// send stores events and waits until the counters have all of them.
func (d toolsDev) send(events ...string) {
	d.t.Helper()
	for _, e := range events {
		resp, err := http.Post(fmt.Sprintf("%s/api/%d/store/?sentry_key=%s", d.base, corpus.Project, corpus.Key), "application/json", strings.NewReader(e))
		if err != nil {
			d.t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			d.t.Fatalf("%s: status %d", e, resp.StatusCode)
		}
	}
	d.await(func() bool {
		var s statusReport
		out, _ := d.weir("status", "--json")
		return json.Unmarshal([]byte(out), &s) == nil && s.Holds
	})
}

func (d toolsDev) await(ready func() bool) {
	d.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	end := time.After(patience)
	for !ready() {
		select {
		case <-tick.C:
		case <-end:
			d.t.Fatalf("waited for %v", patience)
		}
	}
}

// weir runs a command against the broker of the server; a failure ends in the status.
func (d toolsDev) weir(args ...string) (stdout string, status int) {
	ctx, cancel := context.WithTimeout(d.t.Context(), patience)
	defer cancel()
	var out, errs bytes.Buffer
	args = append(append([]string{"weir"}, args...), "--kafka-broker-url", strings.Join(d.cluster.Brokers, ","))
	environ := []string{"WEIR_PARTITIONS=2"}
	status = run(ctx, args, environ, strings.NewReader(""), &out, &errs)
	return out.String() + errs.String(), status
}

func (d toolsDev) has(want []string, args ...string) {
	d.t.Helper()
	out, status := d.weir(args...)
	if status != exitOK {
		d.t.Errorf("%s: status %d", strings.Join(args, " "), status)
	}
	for _, w := range want {
		if !strings.Contains(out, w) {
			d.t.Errorf("%s: no %q in\n%s", strings.Join(args, " "), w, out)
		}
	}
}

// TestTools looks with tap, status and replay at the same two events, one accepted and one filtered.
func TestTools(t *testing.T) {
	d := startToolsDev(t)
	d.send(
		`{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc","message":"hello","level":"info","release":"web@1.2.0"}`,
		`{"event_id":"7ec79c33ec9942ab8353589fcb2e04dc","message":"local","request":{"url":"http://localhost/"}}`,
	)

	t.Run("tap", func(t *testing.T) {
		d := toolsDev{d.dev, t}
		d.has([]string{"  42 ", "default", "9ec79c33ec9942ab8353589fcb2e04dc", "ingest-events  info hello"}, "tap", "--from-start", "--limit", "1", "--type", "default")
		d.has([]string{`"topic":"ingest-events"`, `"formatted":"hello"`}, "tap", "--from-start", "--limit", "1", "--json")
		d.has([]string{"7ec79c33ec9942ab8353589fcb2e04dc", "event"}, "tap", "--topic", "raw", "--from-start", "--limit", "2")
		d.has([]string{`"topic":"weir-raw"`, `\"type\":\"event\"`}, "tap", "--topic", "raw", "--from-start", "--limit", "1", "--json", "--project", corpus.Key)
		d.has([]string{"filtered localhost ×1", "error"}, "tap", "--outcome", "filtered", "--from-start", "--limit", "1")
	})
	t.Run("status", func(t *testing.T) {
		d := toolsDev{d.dev, t}
		d.has([]string{"✔ everything that was received is accounted for", "2 received = 2 finished", "filtered  localhost  error", corpus.Key, "weir-pipeline", "none in force"}, "status")
	})
	t.Run("replay", func(t *testing.T) { testReplay(toolsDev{d.dev, t}) })
}

func testReplay(d toolsDev) {
	d.has([]string{"would replay  2 envelopes with 2 items: 1 accepted, 1 discarded, 0 dead", "would write   ingest-events 1", "a dry run writes nothing"}, "replay", "--from", "-1h", "--to", "now", "--dry-run")
	d.has([]string{"would replay  1 envelopes", "1 not selected"}, "replay", "--from", "-1h", "--to", "now", "--dry-run", "--where", "event.release=web@1.2.* && event.level!=error")
	d.has([]string{"would replay  1 envelopes", "1 not selected"}, "replay", "--from", "-1h", "--to", "now", "--dry-run", "--where", `{"op":"eq","name":"event.request.url","value":"http://localhost/"}`)
	d.has([]string{"would replay  0 envelopes"}, "replay", "--from", "-1h", "--to", "now", "--dry-run", "--project", "41")
	d.has([]string{"replayed      2 envelopes", "✔ done"}, "replay", "--from", "-1h", "--to", "now", "--run", "first")
	d.has([]string{"2 of them in an earlier start of this run", "replayed      0 envelopes", "give another --run"}, "replay", "--from", "-1h", "--to", "now", "--run", "first")
	d.has([]string{`"finished":true`, `"replayed":2`, `"messages":{"ingest-events":1}`, `"run":"second"`}, "replay", "--from", "-1h", "--to", "now", "--run", "second", "--json")
	d.has([]string{"read          0 of 0 records"}, "replay", "--from", "-1h", "--to", "now", "--topic", "dead-letters")
	d.has([]string{"2 received = 2 finished"}, "status") // replays are no live traffic

	out, _ := d.weir("tap", "--from-start", "--limit", "3", "--json")
	if n := strings.Count(out, "hello"); n != 3 {
		d.t.Errorf("%d messages of one event after two replays:\n%s", n, out)
	}
}

// TestNoWeirThere holds that tools say what is missing on a cluster that weir has never used.
func TestNoWeirThere(t *testing.T) {
	d := startToolsDev(t)
	for _, command := range [][]string{{"status"}, {"tap", "--topic", "raw"}, {"replay", "--from", "-1h", "--to", "now"}} {
		var out, errs bytes.Buffer
		args := append(append([]string{"weir"}, command...), "--kafka-broker-url", strings.Join(d.cluster.Brokers, ","))
		status := run(t.Context(), args, []string{"WEIR_NAMESPACE=other-"}, strings.NewReader(""), &out, &errs)
		if status != exitFail || !strings.Contains(errs.String(), `has no topic other-raw; has weir run there, with namespace "other-"?`) {
			t.Errorf("%v: status %d, %s%s", command, status, &out, &errs)
		}
	}
}
