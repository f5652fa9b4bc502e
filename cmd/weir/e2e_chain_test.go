package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"weir/codecs/outcome"
	"weir/topologies/kafka/client"
	"weir/topologies/kafkatest"

	"github.com/twmb/franz-go/pkg/kgo"
)

const chainKey = "a94ae32be2584e0bbd7a4cbb95971fee"

// relayDir writes a configuration directory with credentials and returns their id and public key.
func relayDir(t *testing.T, cfg map[string]any) (dir, id, public string) {
	t.Helper()
	dir = t.TempDir()
	b, err := json.Marshal(cfg) // JSON is YAML
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config.yml"), b, 0o644); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	if code := run(t.Context(), []string{"weir", "credentials", "generate", "--stdout"}, nil, strings.NewReader(""), &said, &said); code != exitOK {
		t.Fatal(said.String())
	}
	var c struct {
		ID  string `json:"id"`
		Key string `json:"public_key"`
	}
	if err := json.Unmarshal(said.Bytes(), &c); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "credentials.json"), said.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, c.ID, c.Key
}

// node is a weir process that may be killed and started again in its place.
type node struct {
	*child
	name, dir, base string
	env             []string
}

func startRelay(t *testing.T, name, dir string, env ...string) *node {
	r := &node{name: name, dir: dir, base: "http://127.0.0.1:" + kafkatest.FreePort(t), env: env}
	r.start(t)
	r.ready(t)
	return r
}

func (r *node) start(t *testing.T) {
	t.Helper()
	r.child = startWeir(t, r.name, r.env, "run", "--config", r.dir, "--port", r.base[strings.LastIndexByte(r.base, ':')+1:])
}

func (r *node) ready(t *testing.T) {
	t.Helper()
	eventually(t, r.name+" is ready", func() bool {
		if !r.alive() {
			t.Fatalf("%s ended: %v\n%s", r.name, r.err, tail(r.output(), 4000))
		}
		return post(t, http.MethodGet, r.base+"/api/relay/healthcheck/ready/", nil, nil).status == 200
	})
}

// statusOf runs `weir status --json` on a configuration.
func statusOf(t *testing.T, dir string) (r statusReport) {
	t.Helper()
	var out, errs bytes.Buffer
	run(t.Context(), []string{"weir", "status", "--json", "--config", dir}, nil, strings.NewReader(""), &out, &errs)
	_ = json.Unmarshal(out.Bytes(), &r) // empty while nothing runs
	return r
}

// slowUpstream is a `http` section of a relay that does not take a slow machine for an upstream that says nothing: it would send again, and what
// a test says of numbers would not hold.
func slowUpstream(more map[string]any) map[string]any {
	more["timeout"], more["connection_timeout"] = 60, 60
	return more
}

// chained is SDK -> weir (managed) -> weir (processing) -> Kafka, with a stub above.
type chained struct {
	stub           *stub
	cluster        client.Config
	managed, procs *node
	data           string
}

func startChained(t *testing.T, config string) *chained {
	c := &chained{stub: newStub(t), cluster: kafkatest.Cluster(t, 2), data: t.TempDir()}
	c.stub.project(chainKey, 42, config)
	managedDir, id, public := relayDir(t, map[string]any{})
	procDir, _, _ := relayDir(t, map[string]any{
		"relay":      map[string]any{"upstream": c.stub.url()},
		"processing": map[string]any{"enabled": true, "kafka_config": []map[string]string{{"name": "bootstrap.servers", "value": c.cluster.Brokers[0]}}},
		"auth":       map[string]any{"static_relays": map[string]any{id: map[string]any{"public_key": public, "internal": true}}},
		"cache":      map[string]any{"batch_interval": 0, "project_expiry": 1, "project_grace_period": 600},
		"http":       map[string]any{"max_retry_interval": 1},
		"aggregator": map[string]any{"bucket_interval": 1},
		"weir":       map[string]any{"partitions": 2, "instance": "one"},
	})
	c.procs = startRelay(t, "processing", procDir)
	b, err := json.Marshal(map[string]any{
		"relay":    map[string]any{"upstream": c.procs.base},
		"cache":    map[string]any{"batch_interval": 0, "project_expiry": 1, "project_grace_period": 600},
		"http":     map[string]any{"max_retry_interval": 1, "retry_delay": 1, "outage_grace_period": 1},
		"outcomes": map[string]any{"emit_outcomes": true, "source": "below"},
		"weir":     map[string]any{"data_dir": c.data},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(managedDir, "config.yml"), b, 0o644); err != nil {
		t.Fatal(err)
	}
	c.managed = startRelay(t, "managed", managedDir)
	return c
}

// send posts an event with a message to the managed relay.
func (c *chained) send(t *testing.T, message string) answer {
	return post(t, http.MethodPost, c.managed.base+"/api/42/store/?sentry_key="+chainKey, nil, fmt.Appendf(nil, `{"message":%q}`, message))
}

// Configs, limits, outcomes and events travel through two relays.
func TestChain(t *testing.T) {
	c := startChained(t, `{"allowedDomains":["*"],"filterSettings":{"errorMessages":{"patterns":["*boring*"]}},"datascrubbingSettings":{"scrubData":true,"scrubDefaults":true}}`)
	for _, m := range []string{"hello", "so boring", "4242424242424242"} {
		if got := c.send(t, m); got.status != 200 {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	var events []string
	kafkatest.Consume(t, c.cluster, "ingest-events", func(r *kgo.Record) bool {
		events = append(events, string(messageField(r.Value, "payload")))
		return len(events) == 2
	})
	all := strings.Join(events, "\n")
	for _, want := range []string{`"formatted":"hello"`, `[creditcard]`, `"ingest_path"`} {
		if !strings.Contains(all, want) {
			t.Errorf("no %s in %s", want, all)
		}
	}
	// The filter worked below; its outcome says where.
	kafkatest.Consume(t, c.cluster, "outcomes", func(r *kgo.Record) bool {
		tally, source, err := outcome.ParseMessage(r.Value)
		if err != nil || tally.ID != outcome.Filtered || tally.Reason != "error-message" || source != "below" || tally.Scope.Project != 42 || tally.Quantity != 1 {
			t.Errorf("%s %v", r.Value, err)
		}
		return true
	})
	// A quota that the root adds reaches the edge of the relay below, through both: 429 with the reason.
	c.stub.project(chainKey, 42, `{"quotas":[{"id":"q","categories":["error"],"scope":"organization","limit":1,"window":3600,"reasonCode":"enough"}]}`)
	var limited answer
	eventually(t, "the limit reaches the first edge", func() bool {
		limited = c.send(t, "more")
		return limited.status == 429
	})
	if h := limited.header.Get("X-Sentry-Rate-Limits"); !regexp.MustCompile(`^\d+:error:organization:enough$`).MatchString(h) {
		t.Errorf("%q", h)
	}
	eventually(t, "the balance of the relay below holds", func() bool {
		r := statusOf(t, c.managed.dir)
		return r.Holds && r.Upstream != nil && r.Upstream.State == "registered"
	})
}

// Each part is killed or taken away in turn, under load: nothing that was accepted is lost.
func TestChainKilled(t *testing.T) {
	c := startChained(t, `{"allowedDomains":["*"]}`)
	out := readIngested(t, c.cluster, true, eventTopics("")...)
	rate, n := 100, 150
	if testing.Short() {
		n = 50
	}
	tr := startTraffic(t, c.managed.base, 42, chainKey, rate)
	tr.more(t, n)
	c.stub.down()
	tr.more(t, n)
	c.procs.kill()
	tr.more(t, n) // they wait below
	c.managed.kill()
	c.managed.start(t)
	tr.more(t, n) // its configs are of before
	c.stub.up()
	c.procs.start(t)
	tr.more(t, n)
	c.managed.kill()
	c.managed.start(t)
	tr.more(t, n)
	tr.stop()
	acked, codes := tr.answers()
	begin := time.Now()
	eventually(t, "everything that was accepted is at the output", func() bool { missing, _ := out.missing(acked); return missing == 0 })
	t.Logf("%d accepted (answers %v), 0 missing, %d duplicates, drained %v after the last", len(acked), codes, out.duplicates(), time.Since(begin).Round(time.Millisecond))
}

// Told to stop, weir sends nothing more, says so, and keeps what it has accepted.
func TestRefusedRelay(t *testing.T) {
	s, data := newStub(t), t.TempDir()
	s.project(chainKey, 42, `{}`)
	dir, _, _ := relayDir(t, map[string]any{"relay": map[string]any{"upstream": s.url()}, "auth": map[string]any{"ready": "always"}, "cache": map[string]any{"batch_interval": 0},
		"weir": map[string]any{"data_dir": data}})
	s.mu.Lock()
	s.register = http.StatusForbidden
	s.mu.Unlock()
	r := startRelay(t, "refused", dir)
	eventually(t, "weir status says so", func() bool { got := statusOf(t, dir); return got.Upstream != nil && got.Upstream.State == "refused" })
	if got := post(t, http.MethodPost, r.base+"/api/42/store/?sentry_key="+chainKey, nil, []byte(`{"message":"hi"}`)); got.status != 200 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	eventually(t, "it is parked", func() bool { got := statusOf(t, dir); return got.Envelopes.Parked == 1 })
	r.stop(t)
	if asked, n := s.count(); asked != 0 || n != 0 {
		t.Errorf("%d requests and %d envelopes although told to stop", asked, n)
	}
	s.mu.Lock()
	s.register = 0
	s.mu.Unlock()
	r.start(t)
	eventually(t, "it arrives after a start", func() bool { _, n := s.count(); return n == 1 })
}

// A proxy knows no project: everything goes on as it came, limits of the upstream hold at its edge, an outage is survived.
func TestProxy(t *testing.T) {
	s, data := newStub(t), t.TempDir()
	dir, _, _ := relayDir(t, map[string]any{"relay": map[string]any{"upstream": s.url(), "mode": "proxy"}, "weir": map[string]any{"data_dir": data}, "http": map[string]any{"max_retry_interval": 1, "retry_delay": 0.2}})
	s.mu.Lock()
	s.anyone = true // a proxy signs nothing
	s.mu.Unlock()
	s.down()
	r := startRelay(t, "proxy", dir)
	for i := range 5 {
		if got := post(t, http.MethodPost, r.base+"/api/42/envelope/?sentry_key="+chainKey, nil, fmt.Appendf(nil, "{\"other\":%d}\n{\"type\":\"zebra\",\"stripes\":%d}\nab\n", i, i)); got.status != 200 {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	r.kill()
	r.start(t)
	s.up()
	eventually(t, "all arrive", func() bool { _, n := s.count(); return n >= 5 })
	s.mu.Lock()
	defer s.mu.Unlock()
	next := 0
	for _, e := range s.envelopes { // one may come twice, but none too late
		if text := string(e.AppendTo(nil)); strings.Contains(text, fmt.Sprintf(`"stripes":%d`, next)) && strings.Contains(text, fmt.Sprintf(`"other":%d`, next)) {
			next++
		}
	}
	if next != 5 || s.envelopes[0].Items[0].Type != "zebra" {
		t.Errorf("%d in order", next)
	}
}

// The queue of a relay without a disk is bounded: what does not fit is refused, what was accepted arrives, also when the process is told to end.
func TestForwardBounded(t *testing.T) {
	s := newStub(t)
	s.anyone = true
	dir, _, _ := relayDir(t, map[string]any{"relay": map[string]any{"upstream": s.url(), "mode": "proxy"}, "http": slowUpstream(map[string]any{"max_retry_interval": 1, "retry_delay": 0.2}),
		"weir": map[string]any{"embedded": map[string]any{"max_bytes": "24MiB"}}})
	s.down()
	r := startRelay(t, "proxy", dir)
	noise := make([]byte, 400_000) // the bound is about bytes as they are written, compressed
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise)
	body := fmt.Appendf(nil, "{}\n{\"type\":\"zebra\",\"length\":400000}\n%s\n", noise)
	accepted := 0
	var last answer
	eventually(t, "the queue is full", func() bool {
		for range 20 {
			if last = post(t, http.MethodPost, r.base+"/api/42/envelope/?sentry_key="+chainKey, nil, body); last.status != 200 {
				return last.status == 503
			}
			accepted++
		}
		return false
	})
	if !strings.Contains(last.body, "failed to queue envelope") || last.header.Get("Retry-After") == "" {
		t.Errorf("%v %s", last.header, last.body)
	}
	s.up()
	eventually(t, "there is room again", func() bool {
		last = post(t, http.MethodPost, r.base+"/api/42/envelope/?sentry_key="+chainKey, nil, []byte("{}\n{\"type\":\"zebra\"}\nlast\n"))
		return last.status == 200
	})
	r.stop(t) // it drains before it ends
	if _, n := s.count(); n != accepted+1 {
		t.Errorf("%d accepted, %d arrived", accepted+1, n)
	}
}

// The upstream of one project is gone: the envelopes of others arrive, a restart in between loses nothing, and when it is back its own arrive too.
func TestProjectUpstreamAway(t *testing.T) {
	s, own := newStub(t), newStub(t)
	own.anyone = true // signed, but no relay has registered there
	own.down()
	const other = "b94ae32be2584e0bbd7a4cbb95971fee"
	s.project(chainKey, 42, `{}`)
	s.project(other, 43, `{}`)
	s.mu.Lock()
	s.states[other]["upstream"] = own.url() + "/"
	s.mu.Unlock()
	dir, _, _ := relayDir(t, map[string]any{"relay": map[string]any{"upstream": s.url()}, "cache": map[string]any{"batch_interval": 0}, "http": slowUpstream(map[string]any{"max_retry_interval": 1, "retry_delay": 0.1}),
		"outcomes": map[string]any{"emit_outcomes": false}, "weir": map[string]any{"data_dir": t.TempDir(), "partitions": 1}})
	r := startRelay(t, "managed", dir)
	const n = 20
	for i := range n {
		for project, key := range map[int]string{42: chainKey, 43: other} {
			if got := post(t, http.MethodPost, fmt.Sprintf("%s/api/%d/store/?sentry_key=%s", r.base, project, key), nil, fmt.Appendf(nil, `{"message":"%d"}`, i)); got.status != 200 {
				t.Fatalf("%d %s", got.status, got.body)
			}
		}
	}
	eventually(t, "the others arrive", func() bool { _, got := s.count(); return got == n })
	r.stop(t)
	own.up()
	r.start(t)
	r.ready(t)
	eventually(t, "its own arrive", func() bool { _, got := own.count(); return got == n })
	eventually(t, "all is accounted for", func() bool {
		got := statusOf(t, dir)
		return got.Holds && got.Items.Accepted == 2*n && got.Items.Dead == 0
	})
	if _, got := s.count(); got != n {
		t.Errorf("%d of the others arrived", got)
	}
	if strings.Contains(r.output(), "cannot be reached") {
		t.Errorf("an outage was seen:\n%s", tail(r.output(), 2000))
	}
}
