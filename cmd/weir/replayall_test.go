package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/cmd/weir/corpus"
	"weir/codecs/casefile"
	"weir/codecs/ingest"
	"weir/processors"
	"weir/processors/chain"
	"weir/topologies/kafka/client"
	"weir/topologies/replay"

	"github.com/twmb/franz-go/pkg/kgo"
)

// smallQuotas let some of the captured traffic through and reject the rest: most of it the pipeline, after edges have passed it on.
const smallQuotas = `[
	{"id":"error","scope":"key","categories":["error"],"limit":60,"window":86400,"reasonCode":"few_errors"},
	{"id":"bytes","scope":"project","categories":["attachment"],"limit":300000,"window":86400,"reasonCode":"few_bytes"},
	{"id":"tx","scope":"project","categories":["transaction_indexed"],"limit":12,"window":86400,"reasonCode":"few_transactions"},
	{"id":"span","scope":"project","categories":["span_indexed"],"limit":90,"window":86400,"reasonCode":"few_spans"},
	{"id":"profile","scope":"project","categories":["profile_indexed"],"limit":1,"window":86400,"reasonCode":"few_profiles"},
	{"id":"chunk","categories":["profile_chunk","profile_chunk_ui"],"limit":0,"reasonCode":"no_chunks"},
	{"id":"session","scope":"project","categories":["session"],"limit":9,"window":86400,"reasonCode":"few_sessions"},
	{"id":"bucket","scope":"project","categories":["metric_bucket"],"namespace":"sessions","limit":30,"window":86400,"reasonCode":"few_buckets"},
	{"id":"monitor","scope":"project","categories":["monitor"],"limit":8,"window":86400,"reasonCode":"few_checks","groupBy":{"maxCardinality":3,"dimensions":["checkInSlug"]}},
	{"id":"replay","scope":"organization","categories":["replay"],"limit":4,"window":86400,"reasonCode":"few_replays"},
	{"id":"log","scope":"project","categories":["log_byte"],"limit":2000,"window":86400,"reasonCode":"few_logs"},
	{"id":"metric","scope":"project","categories":["trace_metric"],"limit":9,"window":86400,"reasonCode":"few_metrics"},
	{"id":"feedback","scope":"project","categories":["feedback"],"limit":2,"window":86400,"reasonCode":"little_feedback"},
	{"id":"security","scope":"project","categories":["security"],"limit":3,"window":86400,"reasonCode":"few_reports"}]`

// quotaProject is the state of the project of the captured requests, with quotas.
func quotaProject(t *testing.T, golden string) []byte {
	t.Helper()
	var state map[string]any
	casefile.JSON(t, "testdata/golden/"+golden+".json", &state)
	state["config"].(map[string]any)["quotas"] = json.RawMessage(smallQuotas)
	state["publicKeys"] = []any{map[string]any{"publicKey": corpus.Key, "numericId": 7}}
	state["projectId"], state["slug"] = corpus.Project, "corpus"
	b, err := json.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// outputTopics are the topics whose messages a replay writes again: all but those of outcomes.
func outputTopics(prefix string) (names []string) {
	for _, t := range ingest.AllTopics {
		if t != ingest.Outcomes && t != ingest.OutcomesBilling {
			names = append(names, prefix+t.DefaultName())
		}
	}
	return names
}

// written is every committed message of the topics by the run of replay that wrote it, empty for live traffic: topic, key, headers other than
// that of the run, and value.
func written(t *testing.T, cluster client.Config, topics []string) map[string][]string {
	t.Helper()
	adm, done, err := cluster.Admin()
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	ends, err := adm.ListCommittedOffsets(t.Context(), topics...)
	if err != nil {
		t.Fatal(err)
	}
	left, from := map[string]map[int32]int64{}, map[string]map[int32]kgo.Offset{}
	for topic, parts := range ends {
		for p, o := range parts {
			if o.Err == nil && o.Offset > 0 {
				if left[topic] == nil {
					left[topic], from[topic] = map[int32]int64{}, map[int32]kgo.Offset{}
				}
				left[topic][p], from[topic][p] = o.Offset, kgo.NewOffset().AtStart()
			}
		}
	}
	cl, err := cluster.New(kgo.ConsumePartitions(from), kgo.KeepControlRecords(), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	all := map[string][]string{}
	for len(left) > 0 {
		fetches := cl.PollFetches(ctx)
		if ctx.Err() != nil {
			t.Fatalf("%v are not read to their ends", left)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if r.Offset+1 >= left[r.Topic][r.Partition] {
				if delete(left[r.Topic], r.Partition); len(left[r.Topic]) == 0 {
					delete(left, r.Topic)
				}
			}
			if r.Attrs.IsControl() {
				return
			}
			run, text := "", fmt.Sprintf("%s %x", r.Topic, r.Key)
			for _, h := range r.Headers {
				if h.Key == replay.HeaderReplay {
					run = string(h.Value)
					continue
				}
				text += fmt.Sprintf(" %s=%s", h.Key, h.Value)
			}
			all[run] = append(all[run], fmt.Sprintf("%s %q", text, r.Value))
		})
	}
	for _, list := range all {
		slices.Sort(list)
	}
	return all
}

// sameWritten compares two sorted lists of messages.
func sameWritten(t *testing.T, what string, want, got []string) {
	t.Helper()
	missing, extra := without(want, got), without(got, want)
	if len(missing)+len(extra) == 0 {
		return
	}
	t.Errorf("%s: %d messages, %d written again", what, len(want), len(got))
	for i := range min(3, max(len(missing), len(extra))) {
		t.Errorf("  first %.700s\n  then  %.700s", at(missing, i), at(extra, i))
	}
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return "-"
}

// without is what sorted a has more of than sorted b.
func without(a, b []string) (rest []string) {
	for i, j := 0, 0; i < len(a); {
		switch c := -1; {
		case j < len(b):
			if c = cmp.Compare(a[i], b[j]); c == 0 {
				i, j = i+1, j+1
				continue
			} else if c > 0 {
				j++
				continue
			}
			fallthrough
		default:
			rest = append(rest, a[i])
			i++
		}
	}
	return rest
}

// replayCLI runs `weir replay` and returns what it says.
func replayCLI(t *testing.T, environ []string, args ...string) (d replayDocument) {
	t.Helper()
	var out, errs bytes.Buffer
	args = append([]string{"weir", "replay", "--from", "-1h", "--to", "now", "--json"}, args...)
	if status := run(t.Context(), args, environ, strings.NewReader(""), &out, &errs); status != exitOK {
		t.Fatalf("%v: status %d, %s", args, status, &errs)
	}
	if err := json.Unmarshal(out.Bytes(), &d); err != nil {
		t.Fatalf("%s: %v", &out, err)
	}
	return d
}

// limitedReasons are the reasons of rate limits that a replay repeated.
func limitedReasons(d replayDocument) (list []string) {
	for _, o := range d.Outcomes {
		if o.Outcome == "rate_limited" && !slices.Contains(list, o.Reason) {
			list = append(list, o.Reason)
		}
	}
	slices.Sort(list)
	return list
}

// sendEverything sends all captured requests, and what the capture lacks: an envelope in chunks, a trace of another project and, with parked,
// two envelopes that wait for their project.
func sendEverything(t *testing.T, base string, parked bool) {
	t.Helper()
	envelope := func(key string, project uint64, body []byte) {
		t.Helper()
		if got := post(t, http.MethodPost, fmt.Sprintf("%s/api/%d/envelope/?sentry_key=%s", base, project, key), nil, body); got.status != http.StatusOK {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	if parked {
		body, _ := largeEnvelope(fmt.Sprintf("%032x", 1), 1_300_000)
		envelope(late.key, late.id, body)
		envelope(late.key, late.id, []byte("{}\n{\"type\":\"event\"}\n{\"message\":\"parked\"}\n"))
	}
	body, _ := largeEnvelope(fmt.Sprintf("%032x", 2), 1_000_000)
	envelope(corpus.Key, corpus.Project, body)
	envelope(corpus.Key, corpus.Project, []byte("{}\n{\"type\":\"event\"}\n{\"message\":\"explode\"}\n{\"type\":\"session\"}\n{}\n"))
	now := time.Now().UTC().Format(time.RFC3339)
	envelope(corpus.Key, corpus.Project, fmt.Appendf(nil, `{"trace":{"trace_id":"4c79f60c11214eb38604f4ae0781bfb2","public_key":%q,"transaction":"/orders/123/x"}}
{"type":"transaction"}
{"transaction":"t","start_timestamp":%[2]q,"timestamp":%[2]q,"contexts":{"trace":{"trace_id":"4c79f60c11214eb38604f4ae0781bfb2","span_id":"fa90fdead5f74052"}}}
`, strict.key, now)) // a trace that began in another project
	for _, r := range corpus.All() {
		sendCaptured(t, base, r, corpus.Key, corpus.Project)
	}
}

// Replaying everything writes the same messages again, byte by byte: all captured requests under quotas that reject some, envelopes in chunks,
// some that were parked, and a unit that died in the first run.
func TestReplayOfEverything(t *testing.T) {
	for name, c := range map[string]struct {
		golden string
		flags  map[string]string
		dies   bool // a unit dies in the first run
	}{
		"sentry":       {"default", nil, true},
		"json":         {"strict", map[string]string{"weir.output.format": "json"}, false}, // documents tell the steps
		"exactly-once": {"default", map[string]string{"weir.delivery": "exactly-once"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			explode := func(_ context.Context, u *processors.Unit) processors.Verdict {
				if u.Main != nil && bytes.Contains(u.Main.Payload, []byte("explode")) {
					panic("a bug in a step")
				}
				return processors.Verdict{}
			}
			d := startTestDev(t, devSettings{demo: true, flags: c.flags, quiet: true, prepare: func(d *dev) {
				d.bundled[fmt.Sprint(corpus.Project)] = quotaProject(t, c.golden)
				if c.dies {
					d.extra = []chain.NamedStep{{Name: "faulty", Step: explode}}
				}
			}})
			d.known(t, corpus.Key)
			sendEverything(t, d.base, true)
			eventually(t, "something is parked", func() bool {
				return slices.ContainsFunc(d.record.rowsSince(0), func(r recorded) bool { return r.Fate == "parked" })
			})
			d.late.open.Store(true)
			d.settled(t)

			var environ []string
			for key, value := range c.flags {
				environ = append(environ, "WEIR_"+strings.ToUpper(strings.ReplaceAll(strings.TrimPrefix(key, "weir."), ".", "_"))+"="+value)
			}
			brokers := strings.Join(d.cluster.Brokers, ",")
			again := replayCLI(t, environ, "--quotas", "recorded", "--run", "again", "--kafka-broker-url", brokers)
			dead := replayCLI(t, environ, "--topic", "dead-letters", "--run", "dead", "--kafka-broker-url", brokers)
			want := int64(0)
			if c.dies {
				want = 1
			}
			if !again.Finished || again.Broken+again.NoConfig+again.Skipped != 0 || again.Items.Dead != 0 || dead.Replayed != want || int64(dead.Items.Accepted) != want {
				t.Errorf("%+v\n%+v", again, dead)
			}
			reasons := limitedReasons(again)
			if len(reasons) < 7 {
				t.Errorf("only %v were rate limited", reasons)
			}
			all := written(t, d.cluster, outputTopics(""))
			first := append(slices.Clone(all[""]), all["dead"]...) // the unit that died came through in the replay of dead letters
			slices.Sort(first)
			sameWritten(t, "recorded", first, all["again"])
			t.Logf("%d messages of %d records, %v limited; %v", len(first), again.Records, reasons, again.Messages)
		})
	}
}
