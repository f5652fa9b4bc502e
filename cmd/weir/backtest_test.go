package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"weir/cmd/weir/corpus"

	"github.com/twmb/franz-go/pkg/kadm"
)

// clusterState is every topic with its end offsets, and every group with what it has committed.
func clusterState(t *testing.T, d *dev) string {
	t.Helper()
	adm, done, err := d.cluster.Admin()
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	ends, err := adm.ListEndOffsets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	ends.Each(func(o kadm.ListedOffset) {
		list = append(list, fmt.Sprintf("%s/%d@%d", o.Topic, o.Partition, o.Offset))
	})
	groups, err := adm.ListGroups(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range groups.Groups() {
		os, err := adm.FetchOffsets(t.Context(), g)
		if err != nil {
			t.Fatal(err)
		}
		os.Each(func(o kadm.OffsetResponse) {
			list = append(list, fmt.Sprintf("%s %s/%d@%d", g, o.Topic, o.Partition, o.At))
		})
	}
	slices.Sort(list)
	return strings.Join(list, "\n")
}

// backtestCLI runs `weir backtest` over the last hour.
func backtestCLI(t *testing.T, d *dev, file string, args ...string) (doc backtestDocument, text string) {
	t.Helper()
	var out, errs bytes.Buffer
	args = append([]string{"weir", "backtest", "--kafka-broker-url", strings.Join(d.cluster.Brokers, ","), "--from", "-1h", "--to", "now", "--project", file}, args...)
	if status := run(t.Context(), args, nil, strings.NewReader(""), &out, &errs); status != exitOK {
		t.Fatalf("%v: status %d, %s", args, status, &errs)
	}
	if slices.Contains(args, "--json") {
		if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
			t.Fatalf("%s: %v", &out, err)
		}
	}
	return doc, out.String()
}

// rows are the differences in short.
func (d *backtestDocument) rows() (list []string) {
	for _, x := range d.Dropped {
		list = append(list, strings.TrimSpace(fmt.Sprintf("dropped %s %s %d %s", x.Outcome, x.Reason, x.Quantity, x.Category)))
	}
	for _, x := range d.Kept {
		list = append(list, strings.TrimSpace(fmt.Sprintf("kept %s %s %d %s", x.Outcome, x.Reason, x.Quantity, x.Category)))
	}
	for i, rows := range [][]backtestFieldRow{d.NewlyScrubbed, d.NoLonger, d.Otherwise, d.Changed} {
		for _, f := range rows {
			list = append(list, strings.TrimSpace(fmt.Sprintf("%s %s %d %s", backtestWays[i], f.Path, f.Envelopes, strings.Join(f.Rules, ","))))
		}
	}
	slices.Sort(list)
	return list
}

const backtestNow = `{"projectId":42,"organizationId":1,"publicKeys":[{"publicKey":"a94ae32be2584e0bbd7a4cbb95971fee","numericId":1}],"config":{
	"datascrubbingSettings":{"scrubData":true,"scrubDefaults":true},"features":["organizations:ourlogs-ingestion"],
	"filterSettings":{"errorMessages":{"patterns":["*noise*"]}},
	"quotas":[{"id":"t","scope":"project","categories":["transaction"],"limit":0,"reasonCode":"no_transactions"}]}}`

// The proposal lets noise pass and filters chatter, lets three errors pass in a day, scrubs mail addresses in extra and no passwords, and keeps
// transactions.
const backtestThen = `{"projectId":42,"config":{
	"datascrubbingSettings":{"scrubData":true,"scrubDefaults":false},"features":["organizations:ourlogs-ingestion"],
	"piiConfig":{"applications":{"extra.** || $log.attributes.**":["@email"],"$attachments.'a.txt'":["@ip"]}},
	"filterSettings":{"errorMessages":{"patterns":["*chatter*"]}},
	"quotas":[{"id":"e","scope":"project","categories":["error"],"limit":5,"window":86400,"reasonCode":"five_errors"}]}}`

// TestBacktest compares two configs over what was sent, and changes nothing.
func TestBacktest(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "projects"), 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	now := write("projects/42.json", backtestNow)
	then := write("then.json", backtestThen)
	d := startTestDev(t, devSettings{projects: filepath.Dir(now)})
	d.known(t, corpus.Key)
	send := func(body string) {
		t.Helper()
		if got := post(t, http.MethodPost, fmt.Sprintf("%s/api/%d/envelope/?sentry_key=%s", d.base, corpus.Project, corpus.Key), nil, []byte(body)); got.status != http.StatusOK {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	id := func(n int) string { return fmt.Sprintf("%030xbb", n) }
	event := func(n int, event string) {
		send(fmt.Sprintf("{\"event_id\":%q}\n{\"type\":\"event\"}\n%s\n", id(n), event))
	}
	event(1, `{"message":"a","extra":{"password":"x","mail":"a@example.com"}}`)
	event(2, `{"message":"b","extra":{"password":"x"}}`)
	event(3, `{"message":"noise"}`)
	event(4, `{"message":"chatter"}`)
	large, _ := largeEnvelope(id(5), 950_000)
	send(string(large))
	send(fmt.Sprintf("{\"event_id\":%q}\n{\"type\":\"event\"}\n{\"message\":\"c\"}\n{\"type\":\"attachment\",\"filename\":\"a.txt\"}\nbefore 127.0.0.1 after\n", id(6)))
	send("{}\n{\"type\":\"log\",\"item_count\":1,\"content_type\":\"application/vnd.sentry.items.log+json\"}\n" +
		`{"items":[{"timestamp":1795993724.4,"trace_id":"5b8efff798038103d269b633813fc60c","level":"info","body":"b","attributes":{"mail":{"type":"string","value":"y@example.com"}}}]}` + "\n")
	event(7, `{"message":"d"}`)
	event(8, `{"message":"e"}`)
	d.settled(t)

	before := clusterState(t, d)
	doc, _ := backtestCLI(t, d, then, "--json")
	want := []string{
		"dropped filtered error-message 1 error", "dropped rate_limited five_errors 2 error", "kept filtered error-message 1 error",
		"newly scrubbed .extra.mail 1 @email", "newly scrubbed attachment (bytes) 1", "newly scrubbed log.attributes.mail.value 1 @email",
		"no longer scrubbed .extra.password 2 @password:filter",
	}
	if got := doc.rows(); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if x := doc.Dropped[0]; !slices.Equal(x.Examples, []string{id(7), id(8)}) || x.Envelopes != 2 {
		t.Errorf("the sixth and seventh error are too many: %+v", x)
	}
	errors := backtestOutcome{"accepted", "", "error", 7, 5}
	if !slices.Contains(doc.Outcomes, errors) || doc.Items.InForce.Accepted != 10 || doc.Items.Proposed.Accepted != 8 || doc.Same != 1 {
		t.Errorf("%+v", doc)
	}
	if !doc.Finished || doc.Records != 9 || doc.Compared != 9 || doc.Broken+doc.Skipped+doc.NoConfig != 0 {
		t.Errorf("%+v", doc)
	}

	_, text := backtestCLI(t, d, then)
	for _, want := range []string{"compared   9 envelopes of 1 key, received ", "rate_limited  five_errors    error                   0         2      +2\n", "newly dropped\n  rate_limited five_errors: 2 error in 2 envelopes\n     such as " + id(7) + ", " + id(8) + "\n",
		"no longer scrubbed\n  .extra.password  2 envelopes  by @password:filter  such as " + id(1), "done, nothing was changed"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if doc, _ := backtestCLI(t, d, now, "--json"); len(doc.rows()) != 0 || doc.Same != 9 {
		t.Errorf("the config in force differs from itself: %v", doc.rows())
	}
	for _, c := range []struct {
		args              []string
		compared, skipped int64
		finished, stopped bool
	}{
		{[]string{"--max", "3"}, 3, 0, true, true}, {[]string{"--max", "9"}, 9, 0, true, true}, {[]string{"--max", "10"}, 9, 0, true, false},
		{[]string{"--type", "log, attachment"}, 3, 6, true, false}, {[]string{"--project-id", "43"}, 0, 9, true, false}, {[]string{"--project-id", "42"}, 9, 0, true, false},
	} {
		doc, _ := backtestCLI(t, d, then, append(c.args, "--json")...)
		if doc.Compared != c.compared || doc.Skipped != c.skipped || doc.Finished != c.finished || doc.Enough != c.stopped {
			t.Errorf("%v: compared %d, skipped %d, finished %v, at max %v", c.args, doc.Compared, doc.Skipped, doc.Finished, doc.Enough)
		}
	}
	if after := clusterState(t, d); after != before {
		t.Errorf("something was changed:\n%s\n\n%s", before, after)
	}
}

// The config in force differs from itself in nothing, whatever SDKs send.
func TestBacktestOfNothing(t *testing.T) {
	d := startTestDev(t, devSettings{demo: true, quiet: true, prepare: func(d *dev) { d.bundled[fmt.Sprint(corpus.Project)] = quotaProject(t, "default") }})
	d.known(t, corpus.Key)
	for _, r := range corpus.All() {
		sendCaptured(t, d.base, r, corpus.Key, corpus.Project)
	}
	d.settled(t)
	file := filepath.Join(t.TempDir(), "same.json")
	if err := os.WriteFile(file, quotaProject(t, "default"), 0o644); err != nil {
		t.Fatal(err)
	}
	doc, _ := backtestCLI(t, d, file, "--json")
	if doc.Same != doc.Compared || doc.Compared < 100 || len(doc.rows()) != 0 || doc.Items.InForce.Discarded == 0 || doc.Items.InForce != doc.Items.Proposed {
		t.Errorf("%d of %d alike: %v", doc.Same, doc.Compared, doc.rows())
	}
}
