package config

import (
	"net/url"
	"reflect"
	"strings"
)

// relayEnv maps Relay's environment variables to keys; they win over the file (edge 15).
var relayEnv = map[string]string{
	"RELAY_MODE":               "relay.mode",
	"RELAY_LOG_LEVEL":          "logging.level",
	"RELAY_LOG_FORMAT":         "logging.format",
	"RELAY_UPSTREAM_URL":       "relay.upstream",
	"RELAY_HOST":               "relay.host",
	"RELAY_PORT":               "relay.port",
	"RELAY_PROCESSING_ENABLED": "processing.enabled",
	"RELAY_SOURCE_ID":          "outcomes.source",
	"RELAY_INSTANCE":           "relay.instance",
	"SHUTDOWN_TIMEOUT":         "limits.shutdown_timeout",
}

// weirEnvOther are WEIR_ variables that are flags of single commands.
var weirEnvOther = []string{"WEIR_CONFIG", "WEIR_LOG_LEVEL", "WEIR_LOG_FORMAT", "WEIR_PROJECTS", "WEIR_PORT", "WEIR_HOST", "WEIR_GROUPS"}

func (l *loader) environ(environ []string) {
	weir := map[string]string{}
	walk(reflect.ValueOf(l.cfg).Elem(), "", func(path string, _ reflect.Value, f reflect.StructField) {
		if name := f.Tag.Get("env"); name != "" {
			weir[name] = path
		}
	})
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		switch {
		case relayEnv[name] != "":
			if name == "RELAY_PROCESSING_ENABLED" && value == "" {
				value = "false"
			}
			l.set(relayEnv[name], value, name)
		case weir[name] != "":
			l.set(weir[name], value, name)
		case strings.HasPrefix(name, "WEIR_") && !strings.HasPrefix(name, "WEIR_TEST_"):
			l.unknownEnv(name, weir)
		}
	}
	if dsn := l.env["RELAY_UPSTREAM_DSN"]; dsn != "" && l.env["RELAY_UPSTREAM_URL"] == "" {
		u, err := url.Parse(dsn)
		if err != nil || u.Host == "" {
			l.fail("relay.upstream: %q is not a DSN (RELAY_UPSTREAM_DSN)", dsn)
		} else {
			l.set("relay.upstream", u.Scheme+"://"+u.Host+"/", "RELAY_UPSTREAM_DSN")
		}
	}
	if b := l.env["RELAY_KAFKA_BROKER_URL"]; b != "" {
		l.cfg.Processing.setBrokers(b)
		l.cfg.Origins["processing.kafka_config"] = "RELAY_KAFKA_BROKER_URL"
	}
	if r := l.env["RELAY_REDIS_URL"]; r != "" {
		l.cfg.Processing.Redis = RedisConfigs{Quotas: &Redis{Servers: []string{r}}, Projects: &Redis{Servers: []string{r}}}
		l.cfg.Origins["processing.redis"] = "RELAY_REDIS_URL"
	}
}

func (l *loader) unknownEnv(name string, known map[string]string) {
	all := append([]string{}, weirEnvOther...)
	for k := range known {
		all = append(all, k)
	}
	for _, k := range weirEnvOther {
		if k == name {
			return
		}
	}
	if near := nearest(name, all); near != "" {
		l.fail("%s: unknown environment variable; did you mean %s?", name, near)
		return
	}
	l.fail("%s: unknown environment variable; `weir config show --help` lists the known ones", name)
}
