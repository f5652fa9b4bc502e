package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/codecs/ingest"
)

func load(t *testing.T, yml string, env ...string) (*Config, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "config.yml"), []byte(yml), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(Source{Dir: dir, Environ: env})
}

// Every key of the contract exists, under its name, with its default.
func TestKeysOfTheContract(t *testing.T) {
	b, err := os.ReadFile("testdata/keys.tsv")
	if err != nil {
		t.Fatal(err)
	}
	// With an upstream: alone, weir has defaults of its own.
	cfg, err := Load(Source{Flags: map[string]string{"relay.upstream": "https://sentry.io/", "credentials.id": "i", "credentials.public_key": "p", "credentials.secret_key": "s"}})
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]Key{}
	for _, k := range cfg.Keys() {
		have[k.Path] = k
	}
	for line := range strings.Lines(string(b)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if f[0] == "section" {
			continue
		}
		if f[0] == "cogs" || f[0] == "upload" || f[0] == "secondary_aggregators" {
			if _, ok := have[f[0]]; !ok {
				t.Errorf("section %s is unknown", f[0])
			}
			continue
		}
		key := f[0] + "." + f[1]
		k, ok := have[key]
		if !ok {
			t.Errorf("key %s is unknown", key)
			continue
		}
		if k.Use != "honoured" && k.Because == "" {
			t.Errorf("key %s is %s without a reason", key, k.Use)
		}
		want := f[2]
		if i := strings.IndexByte(want, ' '); i > 0 {
			want = want[:i]
		}
		got := Text(k.Value)
		if size, err := ParseByteSize(want); err == nil && fmt.Sprintf("%T", k.Value) == "config.ByteSize" {
			want = size.String()
		}
		switch want {
		case "-", "see", "[]", "{}", "CPU":
			continue
		}
		if got != want {
			t.Errorf("default of %s is %q, want %q", key, got, want)
		}
	}
}

func TestLoadFull(t *testing.T) {
	cfg, err := load(t, `
relay: {mode: managed, upstream: "http://127.0.0.1:9999/", port: 3901, host: 0.0.0.0}
processing:
  enabled: true
  kafka_config: [{name: bootstrap.servers, value: "a:1, b:2"}, {name: message.max.bytes, value: 2000000}]
  secondary_kafka_configs: {big: [{name: bootstrap.servers, value: c:3}]}
  topics: {ingest-events: my-events, profiles: {name: prof, config: big}, attachments: [a1, a2]}
  redis: redis://127.0.0.1:6379
  max_rate_limit: null
limits: {max_event_size: 2MB, shutdown_timeout: 1.5}
cache: {batch_interval: 0}
outcomes: {emit_outcomes: true}
auth: {static_relays: {4a1a0a5e-0000-4000-8000-000000000001: {public_key: abc}}}
weir:
  namespace: x-
  partitions: ${PARTS}
`, "PARTS=3", "RELAY_SECRET_KEY=s", "RELAY_PUBLIC_KEY=p", "RELAY_ID=i", "RELAY_PORT=4000")
	if err != nil {
		t.Fatal(err)
	}
	p := cfg.Processing
	if got := fmt.Sprintln(p.Brokers(), p.KafkaConfig[1].Value, p.Topics.Of(ingest.Events).Names, p.Topics.Of(ingest.Profiles).Config, p.Topics.Of(ingest.Attachments).Names, p.Redis.Quotas.Servers, p.MaxRateLimit == nil); got != "[a:1 b:2] 2000000 [my-events] big [a1 a2] [redis://127.0.0.1:6379] true\n" {
		t.Error(got)
	}
	if cfg.Limits.MaxEventSize != 2_000_000 || cfg.Limits.ShutdownTimeout.Duration() != 1500*time.Millisecond || cfg.Cache.BatchInterval != 0 {
		t.Errorf("limits %+v", cfg.Limits)
	}
	if cfg.Relay.Port != 4000 || cfg.Origins["relay.port"] != "RELAY_PORT" || cfg.Weir.Partitions != 3 || cfg.Alone || cfg.Credentials.ID != "i" {
		t.Errorf("port %d, partitions %d, alone %v, origins %v", cfg.Relay.Port, cfg.Weir.Partitions, cfg.Alone, cfg.Origins)
	}
	if len(cfg.Warnings) > 0 {
		t.Error(cfg.Warnings)
	}
}

// A value is a variable as a whole or not at all, and a file of comments is an empty one.
func TestVariables(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, []byte("c\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for written, want := range map[string]string{"${A}": "b", "x${A}": "x${A}", "${A}x": "${A}x", "$${A}": "$${A}", "${A": "${A", "$A": "$A", "${file:" + file + "}": "c"} {
		cfg, err := load(t, "metrics: {prefix: '"+written+"'}", "A=b")
		if err != nil || cfg.Metrics.Prefix != want {
			t.Errorf("%s: %+v %v", written, cfg, err)
		}
	}
	for _, nothing := range []string{"", "\n", "# nothing\n", "---\n", "null\n"} {
		if _, err := load(t, nothing); err != nil {
			t.Errorf("%q: %v", nothing, err)
		}
	}
}

// Keys that nobody reads may be written twice and stand for variables that do not exist; in a mapping of names the last one counts, as in Relay.
func TestTwiceUnread(t *testing.T) {
	cfg, err := load(t, "some: {a: 1, a: \"${NOPE}\"}\nsome: 2\nrelay: {some: 1, some: 2}\nmetrics: {default_tags: {a: x, a: y}}\n"+
		"auth: {static_relays: {a: {public_key: x}, a: {public_key: y}}}\n")
	if err != nil || len(cfg.Auth.StaticRelays) != 1 || cfg.Auth.StaticRelays["a"].PublicKey != "y" {
		t.Errorf("%+v, %v", cfg, err)
	}
}

// What stops the start, and the name that the message must carry.
func TestRefusals(t *testing.T) {
	for _, c := range []struct{ yml, env, want string }{
		{"relay: {port: abc}", "", "relay.port"},
		{"relay: {port: \"3000\"}", "", "relay.port"},
		{"limits: {max_event_size: 1XB}", "", "limits.max_event_size"},
		{"relay: {upstream: \"${NOPE}\"}", "", "${NOPE}"},
		{"relay: {host: \"${file:nope.txt}\"}", "", "${file:nope.txt}"},
		{"processing: {topics: {ingest-evnts: x}}", "", "processing.topics.ingest-evnts: no such topic"},
		{"processing: {topics: {events: {name: x, config: c}}}", "", "processing.topics.events"},
		{"relay: {mode: static}", "", "static was removed"},
		{"relay: {upstream: http://up/}", "", "needs credentials"},
		{"processing: {enabled: true}", "", "processing.kafka_config"},
		{"processing: {enabled: true}\nrelay: {mode: proxy}", "", "processing.enabled"},
		{"", "RELAY_PROCESSING_ENABLED=yes", "RELAY_PROCESSING_ENABLED"},
		{"", "WEIR_NAMESPCE=x", "did you mean WEIR_NAMESPACE"},
		{"", "RELAY_ID=x", "needed together"},
		{"weir: {delivery: twice}", "", "weir.delivery"},
		{"weir: {redis_down: maybe}", "", "weir.redis_down"},
		{"processing: {redis: {server: redis://a, cluster_nodes: [redis://b]}}", "", "processing.redis: either"},
		{"processing: {redis: {sentinel_nodes: [a:1]}}", "", "processing.redis: a Redis URL"},
		{"weir: {namespace: a b/c}", "", "weir.namespace"},
		{"relay: [1]", "", "relay: a section"},
		{"relay: {port: 1, host: 127.0.0.1, port: 2}", "", "relay.port: written twice (config.yml:1 and 1)"},
		{"cache: {}\nrelay: {port: 1}\ncache: {}", "", "cache: written twice (config.yml:1 and 3)"},
		{"auth:\n  static_relays:\n    a: {internal: true, internal: true}", "", "auth.static_relays.a.internal: written twice"},
		{"relay: {port: 1}\n---\nrelay: {port: 2}", "", "one YAML document"},
		{"normalization: {level: some}", "", "normalization.level"},
		{"relay: {host: \"\"}", "", "relay.host"},
		{"relay: {internal_host: here}", "", "relay.internal_host"},
		{"relay: {internal_port: 70000}", "", "relay.internal_port"},
		{"", "RELAY_HOST=here", "RELAY_HOST"},
		{"relay: {advertised_upstream: up}", "", "relay.advertised_upstream"},
		{"relay: {instance: third}", "", "relay.instance"},
		{"relay: {override_project_ids: 1}", "", "relay.override_project_ids"},
		{"relay: {port: 1_000}", "", "relay.port"},
		{"cache: {batch_size: 010}", "", "cache.batch_size"},
		{"a: b: c", "", "config.yml"},
	} {
		_, err := load(t, c.yml, c.env)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: error %v, want one with %q", c.yml, c.env, err, c.want)
		}
	}
}

// Sizes, numbers and texts as the reference reads them.
func TestForms(t *testing.T) {
	for text, want := range map[string]ByteSize{"1KB": 1024, "1.5KB": 1536, "' 7 KB '": 7168, "1kB": 1000, "1kb": 1000, "1Kb": 1000, "1MB": 1_000_000, "1mb": 1_000_000, "1KiB": 1024, "1kib": 1024, "1mib": 1 << 20,
		"10B": 10, "'100'": 100, "1PiB": 1 << 50, "1EB": 1e18, "0x10": 16, "0o17": 15, "0b11": 3, "+5": 5} {
		cfg, err := load(t, "limits: {max_event_size: "+text+"}", "")
		if err != nil || cfg.Limits.MaxEventSize != want {
			t.Errorf("%s: %v, want %d", text, err, want)
		}
	}
	for _, text := range []string{"1k", "1K", "1M", "1G", "'1 M'", "-5KB", "10EiB"} {
		if _, err := load(t, "limits: {max_event_size: "+text+"}", ""); err == nil {
			t.Errorf("%s is taken for a size", text)
		}
	}
	for text, want := range map[string]string{"0": "0", "true": "true", "1.50": "1.50", "a b": "a b"} {
		cfg, err := load(t, "http: {host_header: "+text+"}", "")
		if err != nil || cfg.HTTP.HostHeader == nil || *cfg.HTTP.HostHeader != want {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestRedisForms(t *testing.T) {
	for yml, want := range map[string]string{
		"redis://a": "[redis://a] false [] [redis://a] false []",
		"{server: redis://a, max_connections: 3}":                                                    "[redis://a] false [] [redis://a] false []",
		"{cluster_nodes: [redis://a, redis://b]}":                                                    "[redis://a redis://b] true [] [redis://a redis://b] true []",
		"{quotas: {server: redis://mine/1, sentinel_nodes: [a:1, b:2]}, project_configs: redis://c}": "[redis://c] false [] [redis://mine/1] false [a:1 b:2]",
	} {
		cfg, err := load(t, "processing: {enabled: true, kafka_config: [{name: bootstrap.servers, value: a:1}], redis: "+yml+"}\nweir: {redis_down: wait}")
		if err != nil {
			t.Errorf("%s: %v", yml, err)
			continue
		}
		p, q := cfg.Processing.Redis.Projects, cfg.Processing.Redis.Quotas
		if got := fmt.Sprint(p.Servers, p.Cluster, p.Sentinels, q.Servers, q.Cluster, q.Sentinels); got != want {
			t.Errorf("%s: %s, want %s", yml, got, want)
		}
	}
}

func TestUnknownKeyWarns(t *testing.T) {
	cfg, err := load(t, "limits: {max_event_sise: 1}\nspool: {envelopes: {path: /x}}")
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.Warnings) != 1 || !strings.Contains(cfg.Warnings[0], "did you mean max_event_size?") {
		t.Error(cfg.Warnings)
	}
	p := cfg.Processing
	if !cfg.Alone || !p.Enabled || p.Brokers()[0] != "127.0.0.1:9092" || p.Redis.Quotas.Servers[0] != "redis://127.0.0.1:6379" {
		t.Errorf("nothing written about an upstream, so weir stands alone and processes: %+v", p)
	}
	if cfg, err = load(t, "processing: {enabled: false}"); err != nil || cfg.Processing.Enabled {
		t.Errorf("what is written counts: %v", err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("relay: {port: 1}")
	f.Add("processing: {topics: [1], redis: {cluster_nodes: [a]}}\nlimits: &a {x: *a}")
	f.Fuzz(func(t *testing.T, yml string) {
		if cfg, err := load(t, yml); err == nil && cfg == nil {
			t.Error("neither a configuration nor an error")
		}
	})
}
