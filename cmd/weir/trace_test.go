package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"weir/cmd/weir/corpus"
	"weir/processors"
	"weir/processors/chain"
	"weir/topologies/kafkatest"

	"github.com/twmb/franz-go/pkg/kgo"
)

// traceCLI runs `weir trace`.
func traceCLI(t *testing.T, d *dev, args ...string) (doc traceDocument, text string, status int) {
	t.Helper()
	var out, errs bytes.Buffer
	args = append([]string{"weir", "trace", "--kafka-broker-url", strings.Join(d.cluster.Brokers, ",")}, args...)
	status = run(t.Context(), args, nil, strings.NewReader(""), &out, &errs)
	if slices.Contains(args, "--json") {
		if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
			t.Fatalf("%v: %v\n%s%s", args, err, &out, &errs)
		}
	}
	return doc, out.String() + errs.String(), status
}

// traced is the story of the only envelope with an id.
func traced(t *testing.T, d *dev, id string) *traceEnvelope {
	t.Helper()
	doc, text, status := traceCLI(t, d, "--json", id)
	if status != exitOK || len(doc.Envelopes) != 1 {
		t.Fatalf("%s: status %d, %d envelopes\n%s", id, status, len(doc.Envelopes), text)
	}
	return &doc.Envelopes[0]
}

// told is a story in short: state, items with their ends, topics with messages that were found, outcomes that were found, dead letters.
func (e *traceEnvelope) told() string {
	parts := []string{e.State}
	for _, a := range e.Items {
		parts = append(parts, strings.TrimSpace(a.Type+" "+a.Verdict.Outcome+" "+a.Verdict.Reason))
	}
	for _, m := range e.Messages {
		for _, p := range m.Places {
			parts = append(parts, fmt.Sprintf("%s%s%s", m.Topic, when(!p.Same, " other"), when(p.Replay != "", " by "+p.Replay)))
		}
	}
	for _, o := range e.Outcomes {
		parts = append(parts, fmt.Sprintf("%s %s %s %d in %d", o.Outcome, o.Reason, o.Category, o.Quantity, len(o.Places)))
	}
	for _, l := range e.DeadLetters {
		parts = append(parts, "dead "+l.Step+" "+l.Reason)
	}
	if e.Differs {
		parts = append(parts, "differs")
	}
	return strings.Join(parts, "; ")
}

// TestTrace sends what can happen to an envelope, and asks for each.
func TestTrace(t *testing.T) {
	explode := func(_ context.Context, u *processors.Unit) processors.Verdict {
		if u.Main != nil && bytes.Contains(u.Main.Payload, []byte("explode")) {
			panic("a bug in a step")
		}
		return processors.Verdict{}
	}
	d := startTestDev(t, devSettings{demo: true, quiet: true, prepare: func(d *dev) { d.extra = []chain.NamedStep{{Name: "faulty", Step: explode}} }})
	send := func(p demoProject, body string) {
		t.Helper()
		if got := post(t, http.MethodPost, fmt.Sprintf("%s/api/%d/envelope/?sentry_key=%s", d.base, p.id, p.key), [][2]string{{"X-Forwarded-For", "203.0.113.7"}}, []byte(body)); got.status != http.StatusOK {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	event := func(id, event string) string {
		return fmt.Sprintf("{\"event_id\":%q}\n{\"type\":\"event\"}\n%s\n", id, event)
	}
	id := func(n int) string { return fmt.Sprintf("%030xee", n) }
	shop := demoProject{corpus.Project, corpus.Key, "shop"}
	large, _ := largeEnvelope(id(3), 1_000_000)
	late1, _ := largeEnvelope(id(4), 1_000_000)
	d.known(t, corpus.Key)
	d.known(t, strict.key)
	send(shop, event(id(1), `{"message":"a","extra":{"password":"hunter2"}}`))
	send(strict, event(id(2), `{"message":"b","request":{"url":"http://localhost/x"},"user":{"ip_address":"127.0.0.1"}}`))
	send(shop, string(large))
	send(late, string(late1))
	send(shop, event(id(5), `{"message":"explode"}`))
	send(shop, fmt.Sprintf("{\"event_id\":%q}\n{\"type\":\"user_report\"}\n{\"event_id\":%q,\"name\":\"n\",\"email\":\"e@example.com\",\"comments\":\"c\"}\n", id(6), id(6)))
	send(shop, event(id(6), `{"message":"later"}`))
	send(shop, fmt.Sprintf("{}\n{\"type\":\"check_in\"}\n{\"check_in_id\":%q,\"monitor_slug\":\"m\",\"status\":\"ok\"}\n", id(7)))
	send(shop, "{}\n{\"type\":\"event\"}\n{\"message\":\"no id\"}\n")
	send(shop, fmt.Sprintf("{\"event_id\":%q}\n{\"type\":\"client_report\"}\n{\"discarded_events\":[{\"reason\":\"sample_rate\",\"category\":\"error\",\"quantity\":3}]}\n", id(8)))
	eventually(t, "the large envelope is parked", func() bool {
		return slices.ContainsFunc(d.record.rowsSince(0), func(r recorded) bool { return r.Fate == "parked" })
	})
	eventually(t, "the ledger knows what is parked", func() bool {
		doc, _, _ := traceCLI(t, d, "--json", id(4))
		return len(doc.Envelopes) == 1 && doc.Envelopes[0].State == stateParked && len(doc.Envelopes[0].Waits) > 0
	})
	_, text, _ := traceCLI(t, d, id(4))
	for _, want := range []string{"put aside: the config of its project was not known", "it waits for the config of its project, until ", "the chain was not run again: the config of its project is not known", " bytes in 2 chunks, 2 items: event, attachment"} {
		if !strings.Contains(text, want) {
			t.Errorf("parked: no %q in\n%s", want, text)
		}
	}
	d.late.open.Store(true)
	cl := kafkatest.Client(t, d.cluster)
	kafkatest.Produce(t, cl, &kgo.Record{Topic: d.names.Raw, Key: []byte(id(77)), Value: []byte("{}\n"), Headers: []kgo.RecordHeader{{Key: "version", Value: []byte("nonsense")}}})
	d.settled(t)

	for name, want := range map[string]string{
		id(1):                                  "done; event accepted; ingest-events",
		strings.ToUpper(id(1)):                 "done; event accepted; ingest-events",
		"00000000-0000-0000-0000-0000000001ee": "done; event accepted; ingest-events",
		id(2):                                  "done; event filtered localhost; filtered localhost error 1 in 1",
		id(3):                                  "done; event accepted; attachment accepted; ingest-attachments; ingest-attachments",
		id(4):                                  "done; event accepted; attachment accepted; ingest-attachments; ingest-attachments",
		id(5):                                  "done; event accepted; dead faulty step_panic; differs",
		id(7):                                  "done; check_in accepted; ingest-monitors",
		id(77):                                 "done",
		id(8):                                  "done; client_report accepted; client_discard sample_rate error 3 in 1",
	} {
		if got := traced(t, d, name).told(); got != want {
			t.Errorf("%s\n got %s\nwant %s", name, got, want)
		}
	}
	if _, text, _ := traceCLI(t, d, id(77)); !strings.Contains(text, "3 bytes; what came with it cannot be read") || strings.Contains(text, "0001-01-01") {
		t.Error(text)
	}
	e := traced(t, d, id(1))
	scrubbed := slices.ContainsFunc(e.Trail, func(s stepView) bool {
		return s.Step == "scrub" && slices.ContainsFunc(s.Changes, func(c change) bool { return c.Path == ".extra.password" && string(c.After) == `"[Filtered]"` })
	})
	if !scrubbed || e.Sender.RemoteAddr != "127.0.0.1" || !strings.HasPrefix(e.Sender.ForwardedFor, "203.0.113.7") || e.Raw.Topic != "weir-raw" || len(e.Ledger) != 1 || e.Ledger[0].Items.Accepted != 1 || e.Config.Source != "files" {
		t.Errorf("%+v %+v", e, e.Sender)
	}
	if got := traced(t, d, e.Receipt); got.Found != "receipt id" || got.EventID != id(1) {
		t.Errorf("by receipt: %+v", got)
	}
	if e := traced(t, d, id(4)); len(e.Waits) < 2 || e.Waits[len(e.Waits)-1].Topic != "weir-released" || e.Ledger[len(e.Ledger)-1].Source.Topic != "weir-released" {
		t.Errorf("parked and released: %+v %+v", e.Waits, e.Ledger)
	}

	// The id that weir gave to an event is found, and told.
	given := ""
	for _, r := range d.record.rowsSince(0) {
		if r.Type == "event" && strings.Contains(string(r.message), "no id") {
			given = r.EventID
		}
	}
	if got := traced(t, d, given); got.told() != "done; event accepted; ingest-events" {
		t.Errorf("%s: %s", given, got.told())
	}

	// Two envelopes have one id: the first ends the search, all are found with --all and by the route for test suites.
	if got := traced(t, d, id(6)); got.told() != "done; user_report accepted; ingest-attachments" {
		t.Errorf("the first of two: %s", got.told())
	}
	all, _, _ := traceCLI(t, d, "--json", "--all", id(6))
	var route traceDocument
	if err := json.Unmarshal([]byte(post(t, http.MethodGet, d.base+"/dev/trace/"+id(6), nil, nil).body), &route); err != nil {
		t.Fatal(err)
	}
	for _, doc := range []traceDocument{all, route} {
		if len(doc.Envelopes) != 2 || doc.Envelopes[1].told() != "done; event accepted; ingest-events" {
			t.Errorf("%d envelopes: %+v", len(doc.Envelopes), doc.Envelopes)
		}
	}

	// Two events have one id, on one topic: their messages are told apart.
	send(shop, event(id(9), `{"message":"one"}`))
	send(shop, event(id(9), `{"message":"two"}`))
	d.settled(t)
	if got := traced(t, d, id(9)).told(); got != "done; event accepted; ingest-events; ingest-events other" {
		t.Errorf("two events with one id: %s", got)
	}
	if _, text, _ := traceCLI(t, d, id(9)); !strings.Contains(text, "and 1 more with its key, of other envelopes with this id") {
		t.Errorf("two events with one id:\n%s", text)
	}

	// What a replay wrote is told as such.
	replayCLI(t, nil, "--run", "again", "--type", "check_in", "--kafka-broker-url", strings.Join(d.cluster.Brokers, ","))
	if got := traced(t, d, id(7)).told(); got != "done; check_in accepted; ingest-monitors; ingest-monitors by again" {
		t.Errorf("after a replay: %s", got)
	}

	_, text, status := traceCLI(t, d, id(99))
	if status != exitFail || !strings.Contains(text, "not found: ") || !strings.Contains(text, "records of weir-raw (8 partitions) from ") || !strings.Contains(text, "try --from -7d") {
		t.Errorf("not found: status %d\n%s", status, text)
	}
	if got := post(t, http.MethodGet, d.base+"/dev/trace/"+id(99), nil, nil); got.status != http.StatusNotFound {
		t.Errorf("not found by the route: %d %s", got.status, got.body)
	}

	// When raw records are deleted, dead letters still have theirs.
	adm, done, err := d.cluster.Admin()
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	ends, err := adm.ListEndOffsets(t.Context(), d.names.Raw)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := adm.DeleteRecords(t.Context(), ends.Offsets()); err != nil {
		t.Fatal(err)
	}
	if got := traced(t, d, id(5)); !got.Gone || got.told() != "done; event accepted; dead faulty step_panic; differs" || got.Raw.Topic != d.names.Raw {
		t.Errorf("deleted: %s %+v", got.told(), got)
	}
	if _, text, status := traceCLI(t, d, id(1)); status != exitFail || !strings.Contains(text, "0 records of weir-raw") {
		t.Errorf("deleted: status %d\n%s", status, text)
	}
}

// The story is written for people: who sent it, what became of it, and where it is.
func TestTraceText(t *testing.T) {
	noFiles := []byte(`"config": {"quotas": [{"id": "q", "scope": "project", "categories": ["attachment"], "limit": 0, "reasonCode": ""}],`)
	d := startTestDev(t, devSettings{demo: true, prepare: func(d *dev) {
		name := fmt.Sprint(corpus.Project)
		d.bundled[name] = bytes.Replace(d.bundled[name], []byte(`"config": {`), noFiles, 1)
	}})
	d.known(t, corpus.Key)
	id := strings.Repeat("ab", 16)
	body := fmt.Sprintf("{\"event_id\":%q}\n{\"type\":\"event\"}\n{\"message\":\"a\",\"extra\":{\"password\":\"hunter2\"}}\n{\"type\":\"attachment\",\"filename\":\"a\"}\nfile\n", id)
	if got := post(t, http.MethodPost, fmt.Sprintf("%s/api/%d/envelope/?sentry_key=%s&sentry_client=sentry.go/1.2.3", d.base, corpus.Project, corpus.Key), nil, []byte(body)); got.status != http.StatusTooManyRequests { // for the file; the event is taken
		t.Fatalf("%d %s", got.status, got.body)
	}
	d.settled(t)
	_, text, status := traceCLI(t, d, id)
	for _, want := range []string{id + "  found as event id of the envelope\n", "weir-raw/", ", written ", "             project 42, key " + corpus.Key + "\n", "SDK sentry.go/1.2.3",
		"1 item: event\n", ": 1 item, 1 accepted\n", "run again with the project config known now: 42 enabled, from files at ", `~ .extra.password  "hunter2" → "[Filtered]"`, "accepted → ingest-events",
		"\nmessages\n  ingest-events event  key abababab-abab-abaa-abab-abababababab  ", "     ingest-events/",
		"edge       dropped 4 attachment: rate_limited\n", "\noutcomes\n  rate_limited  4 attachment\n     outcomes-billing/"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q", want)
		}
	}
	if status != exitOK || t.Failed() {
		t.Errorf("status %d\n%s", status, text)
	}
}
