package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"weir/cmd/weir/config"
	"weir/cmd/weir/corpus"
	"weir/codecs/topic"
	"weir/processors/quota/memory"
	"weir/topologies/blobs"
	"weir/topologies/kafka/broker"
	"weir/topologies/kafka/lag"
	"weir/topologies/projects"
)

//go:embed demo/projects/*.json
var demoProjects embed.FS

func devCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:  "dev",
		Usage: "everything in one process with an embedded broker: no configuration, nothing to install",
		Description: "Examples:\n\n" +
			"   weir dev\n" +
			"   weir dev --demo --once\n" +
			"   weir dev --projects ./projects --data ./data --port 3000",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "demo", Usage: "send the bundled requests of real SDKs and print what became of each item"},
			&cli.BoolFlag{Name: "once", Usage: "with --demo: stop when it has drained; exit status 0 only if every item is accounted for"},
			&cli.StringFlag{Name: "data", Usage: "keep the broker in this directory (default: memory)", EnvVars: []string{"WEIR_DATA_DIR"}},
			&cli.StringFlag{Name: "projects", Usage: "directory of project configs, reloaded on change (default: a bundled project)", EnvVars: []string{"WEIR_PROJECTS"}},
			&cli.StringFlag{Name: "host", Aliases: []string{"H"}, Value: "127.0.0.1", Usage: "listener address", EnvVars: []string{"WEIR_HOST"}},
			&cli.IntFlag{Name: "port", Aliases: []string{"P"}, Value: 3000, Usage: "listener port; 0: chosen by the system", EnvVars: []string{"WEIR_PORT"}},
		},
		Action: func(c *cli.Context) error {
			if c.Bool("once") && !c.Bool("demo") {
				return usagef("dev: --once needs --demo")
			}
			return runDev(w, c)
		},
	}
}

// dev is a running `weir dev`.
type dev struct {
	*stack
	broker *broker.Broker
	edge   *edgeParts
	record *recorder
	late   *lateProject
	traces *tracer
	base   string // http://host:port
}

func runDev(w *world, c *cli.Context) error {
	cfg, err := config.Load(config.Source{Environ: w.environ, Flags: map[string]string{"relay.host": c.String("host"), "relay.port": fmt.Sprint(c.Int("port"))}})
	if err != nil {
		return usageError{err}
	}
	if _, set := cfg.Origins["weir.partitions"]; !set {
		cfg.Weir.Partitions = 2 // one process does not gain from more
	}
	cfg.Weir.DataDir = c.String("data")
	if !c.IsSet("port") && cfg.Origins["relay.port"] == "command line" && !portFree(cfg.Relay.Host, cfg.Relay.Port) {
		cfg.Relay.Port = 0
	}
	if dir := c.String("projects"); dir != "" {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return usagef("dev: --projects %s: no such directory", dir)
		}
	}
	log := w.logger(first(flagText(c, "log-level"), "warn"), flagText(c, "log-format"))
	begin := time.Now()
	ctx, cancel := context.WithTimeout(c.Context, startTimeout)
	d, err := startDev(ctx, cfg, log, c.String("projects"), c.Bool("demo"))
	cancel()
	if err != nil {
		if errors.Is(err, syscall.EADDRINUSE) {
			return fmt.Errorf("dev: port %d is taken; choose another one with --port", cfg.Relay.Port)
		}
		return fmt.Errorf("dev: %w", err)
	}
	d.greet(w, time.Since(begin))
	if c.Bool("demo") {
		if err := d.demo(c.Context, w); err != nil || c.Bool("once") {
			return errors.Join(err, d.stop())
		}
	}
	return d.wait(c.Context)
}

func portFree(host string, port int) bool {
	l, err := net.Listen("tcp", net.JoinHostPort(host, fmt.Sprint(port)))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// startDev starts everything. projectDir is empty for the bundled projects. prepare may change the stack before its parts start.
func startDev(ctx context.Context, cfg *config.Config, log *slog.Logger, projectDir string, demo bool, prepare ...func(*dev)) (d *dev, err error) {
	cfg.Processing.Enabled, cfg.Processing.Redis = true, config.RedisConfigs{} // everything is in this process
	d = &dev{record: newRecorder()}
	names, groups := namesOf(cfg)
	d.broker, err = broker.Start(broker.Config{
		Dir: cfg.Weir.DataDir, Fsync: cfg.Weir.Embedded.Fsync, MaxBytes: embeddedBytes(cfg),
		Readers: []lag.Group{{Name: groups.Pipeline, Topics: []string{names.Raw, names.Released}}, {Name: groups.Parking, Topics: []string{names.Parked}},
			{Name: groups.Projects, Topics: []string{names.ProjectRequests}}, {Name: groups.Outcomes, Topics: []string{names.Ledger}}},
		Entry:  []string{names.Raw, names.Blobs},
		Linked: []broker.Linked{chunks(names, names.Raw, names.Released, names.Parked)},
		Log:    log.With("part", "broker"),
	})
	if err != nil {
		return nil, err
	}
	if d.stack, err = newStack(cfg, log, d.broker.Client()); err != nil {
		d.broker.Close()
		return nil, err
	}
	defer func(started *stack) {
		if err != nil {
			err = errors.Join(err, started.stop())
		}
	}(d.stack)
	d.services.start("broker", func(ctx context.Context) error {
		defer d.broker.Close()
		return d.broker.Run(ctx)
	})
	d.observe = d.record.seen
	var late projects.Source
	if projectDir == "" {
		if d.bundled, err = bundledProjects(demo); err != nil {
			return nil, err
		}
		if demo {
			d.late = &lateProject{}
			late = d.late
		}
	}
	d.projectDir, d.embedded = projectDir, true
	for _, f := range prepare {
		f(d)
	}
	if err := d.open(ctx); err != nil {
		return nil, err
	}
	if err := d.runGroups(allGroups, memory.New(), late); err != nil {
		return nil, err
	}
	if err := d.serveMetrics(ctx); err != nil {
		return nil, err
	}
	if d.traces, err = d.tracer(); err != nil {
		return nil, err
	}
	if d.edge, err = d.runEdge(ctx, edgeOptions{routes: d.devRoutes(), full: d.broker.Full}); err != nil {
		return nil, err
	}
	d.base = "http://" + d.edge.addr.String()
	return d, nil
}

// embeddedBytes is weir.embedded.max_bytes, or the broker's own default for memory.
func embeddedBytes(cfg *config.Config) int64 {
	if _, set := cfg.Origins["weir.embedded.max_bytes"]; !set && cfg.Weir.DataDir == "" {
		return 0
	}
	return int64(cfg.Weir.Embedded.MaxBytes)
}

// chunks says which records of the embedded broker name chunks of large envelopes.
func chunks(names topic.Names, by ...string) broker.Linked {
	return broker.Linked{Topic: names.Blobs, By: by, Age: 2 * time.Minute, Named: blobs.Named}
}

// bundledProjects returns the project files of the binary: one, or all of the demo's but the late one.
func bundledProjects(demo bool) (map[string][]byte, error) {
	entries, err := demoProjects.ReadDir("demo/projects")
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".json")
		if name == lateProjectName || !demo && name != fmt.Sprint(corpus.Project) {
			continue
		}
		if out[name], err = demoProjects.ReadFile(path.Join("demo/projects", e.Name())); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// greet prints how to use the server.
func (d *dev) greet(w *world, took time.Duration) {
	p := paint(isTerminal(w.stdout))
	where := "memory"
	if d.cfg.Weir.DataDir != "" {
		where = d.cfg.Weir.DataDir
	}
	dsn := strings.Replace(d.base, "http://", "http://"+corpus.Key+"@", 1) + fmt.Sprintf("/%d", corpus.Project)
	fmt.Fprintf(w.stdout, "%s is up after %s: edge, four groups, broker (%s)\n\n", p.bold("weir "+version), took.Round(time.Millisecond), where)
	if d.projectDir == "" {
		fmt.Fprintf(w.stdout, "  DSN      %s\n", p.cyan(dsn))
		fmt.Fprintf(w.stdout, "  try it   curl %s/api/%d/store/?sentry_key=%s -d '{\"message\":\"hello\"}'\n", d.base, corpus.Project, corpus.Key)
	} else {
		fmt.Fprintf(w.stdout, "  edge     %s, projects from %s\n", d.base, d.projectDir)
	}
	fmt.Fprintf(w.stdout, "  console  %s/dev/good  /dev/outcomes  /dev/dead-letters  /dev/status  /dev/trace/EVENT_ID\n", d.base)
	fmt.Fprintf(w.stdout, "  Kafka    %s\n\n", strings.Join(d.cluster.Brokers, ","))
}
