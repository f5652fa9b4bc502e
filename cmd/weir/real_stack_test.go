package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"weir/cmd/weir/corpus"
	"weir/codecs/ingest"
	"weir/codecs/topic"
	"weir/topologies/kafka/client"
	"weir/topologies/kafkatest"
	"weir/topologies/outcomes"
)

// realRedis is the variable with the URL of a real Redis, beside kafkatest.RealAddress.
const realRedis = "WEIR_TEST_REDIS"

// slowBroker lets an edge wait for a broker that is slow because the machine is: what a test says of the answers then holds there too.
const slowBroker = "WEIR_ACK_TIMEOUT=60"

// realSetup is a configuration directory for a real cluster: topics of its own, weir's under a namespace and the operator's with the same prefix,
// deleted at the end of the test.
type realSetup struct {
	cluster client.Config
	prefix  string
	dir     string
	redis   string
	relay   map[string]any // the section of that name
	cache   map[string]any // the same; nil: configs are asked for at once
	env     []string
}

// newReal returns ok false where there is no real Kafka or Redis: the test has nothing to do then.
func newReal(t *testing.T, env ...string) (r *realSetup, ok bool) {
	t.Helper()
	redis := os.Getenv(realRedis)
	cluster, prefix, ok := kafkatest.Real(t)
	if !ok || redis == "" {
		t.Logf("nothing to do: %s and %s are not set", kafkatest.RealAddress, realRedis)
		return nil, false
	}
	r = &realSetup{cluster: cluster, prefix: prefix, redis: redis, env: env}
	t.Cleanup(r.forget)
	r.configure(t)
	return r, true
}

// configure writes the directory, with the project of the bundled requests.
func (r *realSetup) configure(t *testing.T) {
	t.Helper()
	r.dir = t.TempDir()
	topics := map[string]string{}
	for _, which := range ingest.AllTopics {
		topics[which.Key()] = r.prefix + which.DefaultName()
	}
	if r.relay == nil {
		r.relay = map[string]any{}
	}
	if r.cache == nil {
		r.cache = map[string]any{"batch_interval": 0}
	}
	content, err := json.Marshal(map[string]any{ // JSON is YAML
		"relay": r.relay,
		"processing": map[string]any{"enabled": true, "redis": r.redis, "topics": topics,
			"kafka_config": []map[string]string{{"name": "bootstrap.servers", "value": strings.Join(r.cluster.Brokers, ",")}}},
		"cache":   r.cache,
		"logging": map[string]any{"level": "info"},
		"weir":    map[string]any{"namespace": r.prefix},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(r.dir, "config.yml"), content, 0o644); err != nil {
		t.Fatal(err)
	}
	state, err := os.ReadFile("testdata/e2e/projects/42.json")
	if err != nil {
		t.Fatal(err)
	}
	r.project(t, corpus.Project, state)
}

// project writes the state of a project into the directory.
func (r *realSetup) project(t *testing.T, id uint64, state []byte) {
	t.Helper()
	path := filepath.Join(r.dir, "projects", fmt.Sprintf("%d.json", id))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, state, 0o644); err != nil {
		t.Fatal(err)
	}
}

// forget deletes the consumer groups of the run.
func (r *realSetup) forget() {
	adm, done, err := r.cluster.Admin()
	if err != nil {
		return
	}
	defer done()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second) // the test's own context has ended; the cluster may be gone too
	defer cancel()
	groups, err := adm.ListGroups(ctx)
	if err != nil {
		return
	}
	var ours []string
	for _, g := range groups.Groups() {
		if strings.HasPrefix(g, r.prefix) {
			ours = append(ours, g)
		}
	}
	_, _ = adm.DeleteGroups(ctx, ours...)
}

// realServer is a weir process with a listener.
type realServer struct {
	*child
	base string
}

// start runs a command of weir with the configuration and waits until it is ready. instance is its WEIR_INSTANCE, empty for none.
func (r *realSetup) start(t *testing.T, name, instance string, args ...string) *realServer {
	t.Helper()
	port := kafkatest.FreePort(t)
	env := r.env
	if instance != "" {
		env = append([]string{"WEIR_INSTANCE=" + instance}, env...)
	}
	s := &realServer{startWeir(t, name, env, append(args, "--config", r.dir, "--port", port)...), "http://127.0.0.1:" + port}
	eventually(t, name+" is ready", func() bool {
		if !s.alive() {
			t.Fatalf("%s ended: %v\n%s", name, s.err, tail(s.output(), 4000))
		}
		return post(t, http.MethodGet, s.base+"/api/relay/healthcheck/ready/", nil, nil).status == 200
	})
	return s
}

// knows waits until an edge has the config of a project: then it refuses its key for another project.
func (s *realServer) knows(t *testing.T, key string) {
	t.Helper()
	eventually(t, "the edge knows "+key, func() bool {
		return post(t, http.MethodPost, s.base+"/api/999/store/?sentry_key="+key, nil, []byte(`{"message":"who?"}`)).status == 403
	})
}

// members waits until the pipeline group has n members.
func (r *realSetup) members(t *testing.T, n int) {
	t.Helper()
	eventually(t, fmt.Sprintf("the pipeline has %d members", n), func() bool {
		return kafkatest.Members(t, r.cluster, topic.GroupsIn(r.prefix).Pipeline) == n
	})
}

// ends sums up the end offsets of a topic: how many records were ever written.
func (r *realSetup) ends(t *testing.T, name string) (n int64) {
	t.Helper()
	adm, done, err := r.cluster.Admin()
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	offsets, err := adm.ListEndOffsets(t.Context(), name)
	if err != nil {
		return 0
	}
	offsets.Each(func(o kadm.ListedOffset) { n += max(0, o.Offset) })
	return n
}

// settled waits until `weir status` says that everything is accounted for.
func (r *realSetup) settled(t *testing.T) outcomes.Summary {
	t.Helper()
	var out, errs bytes.Buffer
	var s outcomes.Summary
	defer func() {
		if t.Failed() {
			t.Logf("weir status: %s %s", out.String(), errs.String())
		}
	}()
	eventually(t, "the conservation equation settles", func() bool {
		out.Reset()
		errs.Reset()
		s = outcomes.Summary{}
		run(t.Context(), []string{"weir", "status", "--config", r.dir, "--json"}, nil, strings.NewReader(""), &out, &errs)
		return json.Unmarshal(out.Bytes(), &s) == nil && s.Settled && s.LedgerLag == 0 && s.Envelopes.Waiting == 0 && s.Envelopes.Difference == 0
	})
	if s.Items.Difference != 0 || s.Envelopes.Lost != 0 {
		t.Errorf("not everything is accounted for: %+v %+v\n%s", s.Envelopes, s.Items, errs.String())
	}
	return s
}
