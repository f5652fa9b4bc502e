package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"weir/cmd/weir/config"
)

func configCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:  "config",
		Usage: "show, check or start a configuration directory",
		Subcommands: []*cli.Command{
			{
				Name:  "show",
				Usage: "the effective configuration with the origin of each value",
				Description: "Examples:\n\n" +
					"   weir config show --config /etc/weir\n" +
					"   RELAY_PORT=4000 weir config show --changed",
				Flags: append(configFlags(),
					&cli.BoolFlag{Name: "changed", Usage: "only what is not at its default"},
					&cli.BoolFlag{Name: "json", Usage: "print JSON"}),
				Action: func(c *cli.Context) error { return showConfig(w, c) },
			},
			{
				Name:  "check",
				Usage: "check a configuration and name every key that weir does not honour, with the reason",
				Description: "Exit status 0: the configuration can be started. Examples:\n\n" +
					"   weir config check --config /etc/relay\n" +
					"   weir config check --config . --json",
				Flags:  append(configFlags(), &cli.BoolFlag{Name: "json", Usage: "print JSON"}),
				Action: func(c *cli.Context) error { return checkConfig(w, c) },
			},
			{
				Name:  "init",
				Usage: "write a starter directory: config.yml and an example project",
				Description: "Nothing that exists is overwritten. Examples:\n\n" +
					"   weir config init --config ./weir\n" +
					"   weir config init --config /etc/weir",
				Flags:  []cli.Flag{&cli.StringFlag{Name: "config", Aliases: []string{"c"}, Usage: "directory to write"}},
				Action: func(c *cli.Context) error { return initConfig(w, flagText(c, "config")) },
			},
		},
	}
}

// configFlags are the flags that select and override a configuration, as Relay has them.
func configFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "config", Aliases: []string{"c"}, Usage: "configuration directory (config.yml, credentials.json, projects/)", EnvVars: []string{"WEIR_CONFIG"}},
		&cli.StringFlag{Name: "mode", Usage: "managed or proxy"},
		&cli.StringFlag{Name: "upstream", Aliases: []string{"u"}, Usage: "origin URL of the upstream"},
		&cli.StringFlag{Name: "host", Aliases: []string{"H"}, Usage: "listener address", EnvVars: []string{"WEIR_HOST"}},
		&cli.StringFlag{Name: "port", Aliases: []string{"P"}, Usage: "listener port", EnvVars: []string{"WEIR_PORT"}},
		&cli.BoolFlag{Name: "processing", Usage: "process: write to Kafka"},
		&cli.BoolFlag{Name: "no-processing", Usage: "do not process: forward to the upstream"},
		&cli.StringFlag{Name: "kafka-broker-url", Usage: "bootstrap servers"},
		&cli.StringFlag{Name: "redis-url", Usage: "Redis for quotas"},
		&cli.StringFlag{Name: "source-id", Usage: "name in the source field of outcomes"},
		&cli.StringFlag{Name: "shutdown-timeout", Usage: "seconds to drain at SIGTERM"},
		&cli.StringFlag{Name: "id", Aliases: []string{"i"}, Usage: "relay id"},
		&cli.StringFlag{Name: "public-key", Aliases: []string{"p"}, Usage: "relay public key"},
		&cli.StringFlag{Name: "secret-key", Aliases: []string{"s"}, Usage: "relay secret key"},
	}
}

// loadConfig reads the configuration that the flags of c select.
func loadConfig(w *world, c *cli.Context) (*config.Config, error) {
	flags := map[string]string{}
	for flag, key := range map[string]string{
		"mode": "relay.mode", "upstream": "relay.upstream", "host": "relay.host", "port": "relay.port",
		"source-id": "outcomes.source", "shutdown-timeout": "limits.shutdown_timeout",
		"id": "credentials.id", "public-key": "credentials.public_key", "secret-key": "credentials.secret_key",
		"log-level": "logging.level",
	} {
		if v := flagText(c, flag); v != "" {
			flags[key] = v
		}
	}
	if c.Bool("processing") && c.Bool("no-processing") {
		return nil, usagef("%s: --processing and --no-processing exclude each other", operation(c))
	}
	if c.Bool("processing") {
		flags["processing.enabled"] = "true"
	}
	if c.Bool("no-processing") {
		flags["processing.enabled"] = "false"
	}
	environ := w.environ
	if v := c.String("kafka-broker-url"); v != "" {
		environ = append(environ[:len(environ):len(environ)], "RELAY_KAFKA_BROKER_URL="+v)
	}
	if v := c.String("redis-url"); v != "" {
		environ = append(environ[:len(environ):len(environ)], "RELAY_REDIS_URL="+v)
	}
	_, err := os.Stat("/.dockerenv")
	cfg, loadErr := config.Load(config.Source{Dir: flagText(c, "config"), Environ: environ, Flags: flags, InDocker: err == nil})
	if loadErr != nil {
		return nil, usageError{loadErr}
	}
	return cfg, nil
}

func showConfig(w *world, c *cli.Context) error {
	cfg, err := loadConfig(w, c)
	if err != nil {
		return err
	}
	keys := map[string]map[string]string{}
	t := tabwriter.NewWriter(w.stdout, 0, 0, 2, ' ', 0)
	for _, k := range cfg.Keys() {
		if c.Bool("changed") && k.Origin == "default" {
			continue
		}
		keys[k.Path] = map[string]string{"value": config.Text(k.Value), "origin": k.Origin}
		fmt.Fprintf(t, "%s\t%s\t%s\n", k.Path, config.Text(k.Value), k.Origin)
	}
	if c.Bool("json") {
		return json.NewEncoder(w.stdout).Encode(keys)
	}
	return t.Flush()
}

func checkConfig(w *world, c *cli.Context) error {
	cfg, err := loadConfig(w, c)
	if err != nil {
		return err
	}
	type row struct {
		Key    string `json:"key"`
		Origin string `json:"origin"`
		Use    string `json:"use"`
		Reason string `json:"reason,omitempty"`
	}
	rows := []row{}
	count := map[string]int{}
	for _, k := range cfg.Keys() {
		if k.Origin == "default" {
			continue
		}
		rows = append(rows, row{k.Path, k.Origin, k.Use, k.Because})
		count[k.Use]++
	}
	if c.Bool("json") {
		return json.NewEncoder(w.stdout).Encode(map[string]any{"keys": rows, "warnings": cfg.Warnings, "alone": cfg.Alone})
	}
	t := tabwriter.NewWriter(w.stdout, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		if r.Use == "ignored" {
			fmt.Fprintf(t, "ignored\t%s\t%s\t(%s)\n", r.Key, r.Reason, r.Origin)
		}
	}
	for _, warning := range cfg.Warnings {
		fmt.Fprintf(t, "warning\t%s\n", warning)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w.stdout, "ok: %d keys set, %d honoured, %d ignored\n", len(rows), count["honoured"], count["ignored"])
	if cfg.Alone {
		fmt.Fprintln(w.stdout, "no upstream and no credentials: weir stands alone, project configs come from files")
	}
	return nil
}

const starterConfig = `# The keys are those of Relay's config.yml; ` + "`weir config show`" + ` prints all of them with their defaults.
relay:
  host: 127.0.0.1
  port: 3000
processing:
  enabled: true
  kafka_config:
    - {name: bootstrap.servers, value: "127.0.0.1:9092"}
  redis: redis://127.0.0.1:6379
`

const starterProject = `{
  "organizationId": 1,
  "publicKeys": [{"publicKey": "%s", "numericId": 1}],
  "config": {
    "allowedDomains": ["*"],
    "datascrubbingSettings": {"scrubData": true, "scrubDefaults": true}
  }
}
`

func initConfig(w *world, dir string) error {
	if dir == "" {
		return usagef("config init: which directory? give --config DIR")
	}
	if err := os.MkdirAll(filepath.Join(dir, "projects"), 0o755); err != nil {
		return fmt.Errorf("config init: %w", err)
	}
	key := strings.ReplaceAll(newUUID(), "-", "")
	for _, f := range []struct{ name, text string }{
		{"config.yml", starterConfig},
		{filepath.Join("projects", "1.json"), fmt.Sprintf(starterProject, key)},
	} {
		path := filepath.Join(dir, f.name)
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if os.IsExist(err) {
			fmt.Fprintf(w.stdout, "kept     %s\n", path)
			continue
		}
		if err != nil {
			return fmt.Errorf("config init: %w", err)
		}
		_, err = file.WriteString(f.text)
		if err = errors.Join(err, file.Close()); err != nil {
			return fmt.Errorf("config init: %s: %w", path, err)
		}
		fmt.Fprintf(w.stdout, "written  %s\n", path)
	}
	fmt.Fprintf(w.stdout, "next: weir run --config %s\n", dir)
	return nil
}
