package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"

	"weir/cmd/weir/config"
	"weir/topologies/kafka/client"
)

// wired is everything that the configuration turns into, as far as it is a value.
func wired(t *testing.T, cfg *config.Config) string {
	s := &stack{cfg: cfg}
	s.names, s.groups = namesOf(cfg)
	sockets, connections := socketConfig(cfg)
	requests, err := intakeConfig(cfg)
	if err != nil {
		t.Fatal(err)
	}
	relays, err := staticRelays(cfg)
	if err != nil {
		t.Fatal(err)
	}
	cluster, _, err := kafkaCluster(cfg.Processing.KafkaConfig)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, v := range []any{writerConfig(cfg), memoryConfig(cfg, nil), probeConfig(cfg), routerConfig(cfg), sockets, connections, bodyBudget(cfg, 0), gateConfig(cfg), requests, relays, cluster.Brokers,
		healthAddr(cfg), policyConfig(cfg), batchingConfig(cfg), clientConfig(cfg), linkConfig(cfg), passConfig(cfg), relaysConfig(cfg), outcomesConfig(cfg), reportsConfig(cfg),
		chainConfig(cfg, nil, nil), s.declared(), s.keep(), s.names, s.groups} {
		render(&b, reflect.ValueOf(v))
	}
	return b.String()
}

// render writes the values in v, without what differs between equal configurations: functions and addresses.
func render(b *strings.Builder, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			render(b, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fmt.Fprint(b, v.Type().Field(i).Name, ":")
			render(b, v.Field(i))
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			render(b, v.Index(i))
		}
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		for _, k := range keys {
			fmt.Fprint(b, k, "=")
			render(b, v.MapIndex(k))
		}
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
	default:
		fmt.Fprint(b, v, ",")
	}
}

// shownBy names what shows the effect of the keys that take a running process to be seen.
var shownBy = map[string]string{
	"relay.advertised_upstream":               "scenario 143",
	"relay.mode":                              "scenarios with needs.mode; config TestRefusals",
	"relay.host":                              "every test that starts a process listens where it says (e2e_child_test.go)",
	"relay.port":                              "every test that starts a process listens where it says (e2e_child_test.go)",
	"http.encoding":                           "scenarios 12.9; edge/upstream TestSend",
	"http.forward":                            "scenarios of edge 1.4 in edge/testdata/scenarios/A-routing.json",
	"cache.project_request_full_config":       "projectSource: the request's fullConfig (edge/upstream TestAgainstWeir)",
	"cache.global_config_fetch_interval":      "scenario 142; topologies/projects group_test.go",
	"spool.envelopes.max_envelope_delay_secs": "scenario 153; topologies/pipeline flow_test.go",
	"limits.shutdown_timeout":                 "edge/server TestShutdownGivesUp; cmd/weir TestStoppedDev",
	"logging.level":                           "TestLogger",
	"logging.format":                          "TestLogger",
	"processing.enabled":                      "scenarios with needs.mode",
	"processing.geoip_path":                   "datafile_test.go",
	"geoip.path":                              "datafile_test.go",
	"processing.secondary_kafka_configs":      "otherClusters; config TestLoadFull",
	"processing.kafka_validate_topics":        "TestValidateTopics",
	"processing.redis":                        "processors/quota/redis; real_outage_test.go",
	"processing.projectconfig_cache_prefix":   "topologies/projects/redis source_test.go",
	"auth.ready":                              "scenario 150 auth.ready",
	"normalization.level":                     "processors/relay",
}

// other gives keys of free text and structure a value that is not the default.
var other = map[string]string{
	"relay.mode": "proxy", "relay.upstream": "http://up.example:8/", "relay.advertised_upstream": "http://adv.example/", "relay.host": "127.0.0.9", "relay.internal_host": "127.0.0.8", "http.host_header": "h.example",
	"http.encoding": "gzip", "logging.level": "warn", "logging.format": "json", "outcomes.emit_outcomes": "false", "outcomes.source": "edge-7", "auth.ready": "always", "normalization.level": "full",
	"processing.kafka_config": `[{name: bootstrap.servers, value: "other:9"}]`, "processing.secondary_kafka_configs": `{big: [{name: bootstrap.servers, value: "c:3"}]}`, "processing.topics": "{events: my-events}",
	"processing.redis": "redis://127.0.0.9:6379", "processing.projectconfig_cache_prefix": "other", "geoip.path": "/nowhere.mmdb", "processing.geoip_path": "/nowhere.mmdb",
	"auth.static_relays":             `{8f7dc1a5-3a3c-4c2b-9d7e-000000000001: {public_key: A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg, internal: true}}`,
	"cache.project_refresh_interval": "350", "spool.envelopes.partitioning": "project_key_pair", "health.max_memory_percent": "0.5", "spool.envelopes.max_backpressure_memory_percent": "0.5",
	"aggregator.flush_batching": "none",
}

func loadKeys(t *testing.T, keys map[string]string) *config.Config {
	t.Helper()
	base := map[string]string{"relay.upstream": "http://sentry.example/", "processing.enabled": "true", "processing.kafka_config": `[{name: bootstrap.servers, value: "a:1"}]`}
	for k, v := range keys {
		base[k] = v
	}
	if base["relay.mode"] == "proxy" {
		base["processing.enabled"] = "false"
	}
	sections := map[string][]string{}
	var yml strings.Builder
	for _, k := range slices.Sorted(func(yield func(string) bool) {
		for k := range base {
			if !yield(k) {
				return
			}
		}
	}) {
		dot := strings.LastIndexByte(k, '.')
		sections[k[:max(dot, 0)]] = append(sections[k[:max(dot, 0)]], k[dot+1:]+": "+base[k])
	}
	for section, lines := range sections {
		open, end := "", ""
		for part := range strings.SplitSeq(section, ".") {
			if part != "" && open != "" {
				open, end = open+"{", end+"}"
			}
			if part != "" {
				open += part + ": "
			}
		}
		if section == "" {
			fmt.Fprintln(&yml, strings.Join(lines, "\n"))
			continue
		}
		fmt.Fprintf(&yml, "%s{%s}%s\n", open, strings.Join(lines, ", "), end)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "config.yml"), []byte(yml.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(config.Source{Dir: dir, Environ: []string{"RELAY_ID=4a1a0a5e-0000-4000-8000-000000000001", "RELAY_PUBLIC_KEY=p", "RELAY_SECRET_KEY=s"}})
	if err != nil {
		t.Fatalf("%v\n%s", err, yml.String())
	}
	return cfg
}

// changed returns a value that is not the default; false for keys that need one of their own.
func changed(k config.Key) (string, bool) {
	if v, ok := other[k.Path]; ok {
		return v, true
	}
	v := reflect.ValueOf(k.Value)
	ty := v.Type()
	if ty.Kind() == reflect.Pointer {
		ty = ty.Elem()
	}
	switch ty.Kind() {
	case reflect.Bool:
		return fmt.Sprint(v.Kind() == reflect.Pointer || !v.Bool()), true
	case reflect.Int, reflect.Int64:
		return "7", true
	case reflect.Float64:
		return "0.25", true
	case reflect.String:
		return "other", true
	}
	return "{}", false
}

// Every key of the contract, set to something else than its default, changes what the parts of the process are told, or is named as
// ignored with a reason.
func TestEveryKeyHasItsEffect(t *testing.T) {
	plain := wired(t, loadKeys(t, nil))
	if plain != wired(t, loadKeys(t, nil)) {
		t.Fatal("equal configurations differ")
	}
	forwarding := wired(t, loadKeys(t, map[string]string{"processing.enabled": "false"}))
	used := selectors(t)
	shown := 0
	for _, k := range loadKeys(t, nil).Keys() {
		section, _, _ := strings.Cut(k.Path, ".")
		if section == "weir" {
			continue
		}
		_, elsewhere := shownBy[k.Path]
		switch {
		case k.Use == "ignored":
			if k.Because == "" || elsewhere {
				t.Errorf("%s is ignored: %q", k.Path, k.Because)
			}
			continue
		case k.Use != "honoured":
			t.Logf("%s is not there yet: %s", k.Path, k.Because)
			continue
		case !used[k.Field]:
			t.Errorf("%s: nobody reads %s", k.Path, k.Field)
		}
		value, ok := changed(k)
		if !ok {
			t.Errorf("%s: which value is not its default?", k.Path)
			continue
		}
		cfg := loadKeys(t, map[string]string{k.Path: value})
		managed := loadKeys(t, map[string]string{"processing.enabled": "false", k.Path: value})
		if i := slices.IndexFunc(cfg.Keys(), func(c config.Key) bool { return c.Path == k.Path }); cfg.Keys()[i].Origin == "default" {
			t.Errorf("%s: %s is the default", k.Path, value)
		}
		if wired(t, cfg) == plain && wired(t, managed) == forwarding && !elsewhere {
			t.Errorf("%s: %s changes nothing", k.Path, value)
		}
		shown++
	}
	t.Logf("%d keys have an effect", shown)
	for path := range shownBy {
		if !slices.ContainsFunc(loadKeys(t, nil).Keys(), func(k config.Key) bool { return k.Path == path }) {
			t.Errorf("there is no key %s", path)
		}
	}
}

// selectors returns the names that this package and the configuration itself select.
func selectors(t *testing.T) map[string]bool {
	out := map[string]bool{}
	for _, dir := range []string{".", "config"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok {
					out[s.Sel.Name] = true
				}
				return true
			})
		}
	}
	return out
}

// processing.kafka_validate_topics: what the cluster does not have stops the start, and nothing is made.
func TestValidateTopics(t *testing.T) {
	brokers, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "ingest-events", "outcomes"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(brokers.Close)
	cfg := loadKeys(t, map[string]string{"processing.kafka_validate_topics": "true"})
	s, err := newStack(cfg, slog.New(slog.DiscardHandler), client.Config{Brokers: brokers.ListenAddrs()})
	if err != nil {
		t.Fatal(err)
	}
	err = s.applyTopics(t.Context())
	var wrong usageError
	if !errors.As(err, &wrong) || !strings.Contains(err.Error(), "processing.kafka_validate_topics") || !strings.Contains(err.Error(), "ingest-attachments") || strings.Contains(err.Error(), "ingest-events,") {
		t.Errorf("with topics missing: %v", err)
	}
	cfg.Processing.KafkaValidateTopics = false
	if err := s.applyTopics(t.Context()); err != nil {
		t.Error(err)
	}
	cfg.Processing.KafkaValidateTopics = true
	if err := s.applyTopics(t.Context()); err != nil {
		t.Errorf("with all of them: %v", err)
	}
}

// logging.level and logging.format.
func TestLogger(t *testing.T) {
	var out strings.Builder
	w := &world{stderr: &out}
	log := w.logger("warn", "json")
	log.Info("left out")
	log.Warn("told", "key", "value")
	if text := out.String(); strings.Contains(text, "left out") || !strings.Contains(text, `"key":"value"`) {
		t.Error(text)
	}
}
