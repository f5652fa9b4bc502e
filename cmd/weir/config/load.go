package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"weir/edge/upstream"
)

// Source is what Load reads from.
type Source struct {
	Dir      string            // configuration directory; a missing config.yml is an error only when it is given
	Environ  []string          // KEY=VALUE, as os.Environ
	Flags    map[string]string // key path -> value, from the command line: wins over everything
	InDocker bool              // the default host is 0.0.0.0 inside a container
}

// Load returns the effective configuration. The error names the key and where it was written; all faults are reported together.
func Load(src Source) (*Config, error) {
	cfg := &Config{Dir: src.Dir, Origins: map[string]string{}}
	setDefaults(cfg)
	if src.InDocker {
		cfg.Relay.Host = "0.0.0.0"
	}
	env := environment(src.Environ)
	l := &loader{cfg: cfg, env: env, dir: src.Dir}
	if src.Dir != "" {
		if err := l.file(filepath.Join(src.Dir, "config.yml")); err != nil {
			return nil, err
		}
	}
	l.environ(src.Environ)
	for path, value := range src.Flags {
		if strings.HasPrefix(path, "credentials.") {
			continue // see credentials
		}
		l.set(path, value, "command line")
	}
	l.credentials(src)
	l.proxies()
	l.check()
	if err := errors.Join(l.errs...); err != nil {
		return nil, err
	}
	return cfg, nil
}

// namespace is what Kafka takes in topic names, with room for weir's own part.
var namespace = regexp.MustCompile(`^[A-Za-z0-9._-]{0,100}$`)

type loader struct {
	cfg  *Config
	env  map[string]string
	dir  string
	errs []error
}

func (l *loader) fail(format string, args ...any) {
	l.errs = append(l.errs, fmt.Errorf(format, args...))
}
func (l *loader) warn(format string, args ...any) {
	l.cfg.Warnings = append(l.cfg.Warnings, fmt.Sprintf(format, args...))
}

func (l *loader) proxies() {
	var err error
	l.cfg.Proxies, err = upstream.ReadProxies(func(name string) (string, bool) { v, ok := l.env[name]; return v, ok })
	if err != nil {
		l.warn("%v", err)
	}
}

func (l *loader) file(path string) error {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if st, dirErr := os.Stat(l.dir); dirErr != nil || !st.IsDir() {
			return fmt.Errorf("read configuration: %s: no such directory; `weir config init --config %s` writes a starter", l.dir, l.dir)
		}
		return nil // a directory with projects/ alone is a configuration too
	}
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	var doc, more yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(b))
	if err := decoder.Decode(&doc); errors.Is(err, io.EOF) {
		return nil // nothing, or comments
	} else if err != nil {
		return fmt.Errorf("read configuration: %s: %w", path, err)
	}
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		return fmt.Errorf("read configuration: %s: one YAML document is expected, another one follows", path)
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) == 0 || doc.Content[0].Tag == "!!null" {
		return nil
	}
	l.decodeRoot(doc.Content[0], filepath.Base(path))
	return nil
}

// check validates what types cannot say and derives Alone.
func (l *loader) check() {
	c := l.cfg
	oneOf := func(key, value string, allowed ...string) {
		if !slices.Contains(allowed, value) {
			l.fail("%s: %q is none of %s%s", key, value, strings.Join(allowed, ", "), l.origin(key))
		}
	}
	switch c.Relay.Mode {
	case "managed", "proxy":
	case "static":
		l.fail("relay.mode: static was removed from Relay; weir reads project files from DIR/projects in every mode: leave relay.mode out%s", l.origin("relay.mode"))
	default:
		oneOf("relay.mode", c.Relay.Mode, "managed", "proxy")
	}
	if c.Processing.Enabled && c.Relay.Mode != "managed" {
		l.fail("processing.enabled: only possible with relay.mode managed, not %s", c.Relay.Mode)
	}
	u, err := url.Parse(c.Relay.Upstream)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || (u.Path != "" && u.Path != "/") || u.RawQuery != "" {
		l.fail("relay.upstream: %q is not an origin such as https://sentry.io/%s", c.Relay.Upstream, l.origin("relay.upstream"))
	}
	if a := c.Relay.AdvertisedUpstream; a != nil {
		if u, err := url.Parse(*a); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			l.fail("relay.advertised_upstream: %q is not an origin such as https://sentry.io/%s", *a, l.origin("relay.advertised_upstream"))
		}
	}
	for key, host := range map[string]*string{"relay.host": &c.Relay.Host, "relay.internal_host": c.Relay.InternalHost} {
		if host == nil {
			continue
		}
		if _, err := netip.ParseAddr(*host); err != nil {
			l.fail("%s: %q is not an IP address%s", key, *host, l.origin(key))
		}
	}
	for key, port := range map[string]*int{"relay.port": &c.Relay.Port, "relay.internal_port": c.Relay.InternalPort} {
		if port != nil && (*port < 0 || *port > 65535) {
			l.fail("%s: %d is not a port%s", key, *port, l.origin(key))
		}
	}
	oneOf("relay.instance", c.Relay.Instance, "default", "canary")
	oneOf("logging.level", strings.ToLower(c.Logging.Level), "error", "warn", "info", "debug", "trace", "off")
	oneOf("logging.format", c.Logging.Format, "auto", "pretty", "simplified", "json")
	oneOf("outcomes.emit_outcomes", c.Outcomes.Emit, "true", "false", "as_client_reports")
	oneOf("normalization.level", c.Normalization.Level, "default", "full")
	oneOf("auth.ready", c.Auth.Ready, "authenticated", "always")
	oneOf("http.encoding", c.HTTP.Encoding, "identity", "deflate", "gzip", "br", "zstd")
	oneOf("weir.delivery", c.Weir.Delivery, "at-least-once", "exactly-once")
	oneOf("weir.ack", c.Weir.Ack, "durable", "queued")
	oneOf("weir.redis_down", c.Weir.RedisDown, "open", "wait")
	oneOf("weir.output.format", c.Weir.Output.Format, "sentry", "json")
	if !namespace.MatchString(c.Weir.Namespace) {
		l.fail("weir.namespace: %q: letters, digits, dots, dashes and underscores, at most 100, make topic names%s", c.Weir.Namespace, l.origin("weir.namespace"))
	}
	if c.Weir.Partitions < 1 || c.Weir.Partitions > 1000 {
		l.fail("weir.partitions: %d is not between 1 and 1000%s", c.Weir.Partitions, l.origin("weir.partitions"))
	}
	if c.Weir.ForwardWindow < 1 {
		l.fail("weir.forward_window: %d: at least one envelope has to be on the way%s", c.Weir.ForwardWindow, l.origin("weir.forward_window"))
	}
	l.checkTopics()
	_, upstreamWritten := c.Origins["relay.upstream"]
	c.Alone = !upstreamWritten && c.Credentials == nil && c.Relay.Mode == "managed"
	l.aloneDefaults()
	if c.Relay.Mode == "managed" && upstreamWritten && c.Credentials == nil {
		l.fail("relay.mode: managed with an upstream needs credentials; `weir credentials generate --config %s` makes them", or(c.Dir, "DIR"))
	}
	if c.Processing.Enabled && len(c.Processing.Brokers()) == 0 {
		l.fail("processing.kafka_config: no bootstrap.servers; set it there or in RELAY_KAFKA_BROKER_URL")
	}
}

// OriginAlone is the origin of defaults that weir has because it stands alone.
const OriginAlone = "default without an upstream"

// aloneDefaults makes weir process where it stands alone and nothing else is written: without an upstream there is nobody to forward to. The
// addresses are those of the compose file.
func (l *loader) aloneDefaults() {
	p := &l.cfg.Processing
	if _, written := l.cfg.Origins["processing.enabled"]; !l.cfg.Alone || written {
		return
	}
	p.Enabled = true
	l.cfg.Origins["processing.enabled"] = OriginAlone
	if len(p.Brokers()) == 0 {
		p.setBrokers("127.0.0.1:9092")
		l.cfg.Origins["processing.kafka_config"] = OriginAlone
	}
	if p.Redis == (RedisConfigs{}) {
		local := &Redis{Servers: []string{"redis://127.0.0.1:6379"}}
		p.Redis = RedisConfigs{Projects: local, Quotas: local}
		l.cfg.Origins["processing.redis"] = OriginAlone
	}
}

func (l *loader) origin(key string) string {
	if o := l.cfg.Origins[key]; o != "" {
		return " (" + o + ")"
	}
	return ""
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}
