package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"weir/cmd/weir/config"
	"weir/edge/health"
	"weir/processors/quota"
	"weir/topologies/kafka/instance"
)

func runCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:  "run",
		Usage: "edge and all groups in one process, against Kafka and Redis",
		Description: "Reads what Relay reads: DIR/config.yml and DIR/credentials.json, and in addition DIR/projects/*.json. Examples:\n\n" +
			"   weir run --config /etc/weir\n" +
			"   weir run --processing --kafka-broker-url 127.0.0.1:9092 --redis-url redis://127.0.0.1:6379 --port 3000",
		Flags:  configFlags(),
		Action: func(c *cli.Context) error { return serve(w, c, parts{edge: true, groups: allGroups}) },
	}
}

func edgeCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:  "edge",
		Usage: "the HTTP edge alone; any number of them may run",
		Description: "Examples:\n\n" +
			"   weir edge --config /etc/weir\n" +
			"   weir edge --config /etc/weir --port 3001",
		Flags:  configFlags(),
		Action: func(c *cli.Context) error { return serve(w, c, parts{edge: true}) },
	}
}

func processCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:  "process",
		Usage: "consumer groups alone; any number of them may run",
		Description: "Set WEIR_INSTANCE to a name of its own for each process that is restarted in place: its partitions are taken over at once.\n" +
			"The listener of the configuration serves health only. Examples:\n\n" +
			"   WEIR_INSTANCE=worker-1 weir process --config /etc/weir\n" +
			"   weir process --config /etc/weir --groups pipeline --port 3002",
		Flags: append(configFlags(), &cli.StringFlag{Name: "groups", Usage: "which groups, separated by commas; default: all of pipeline,projects,parking,outcomes", EnvVars: []string{"WEIR_GROUPS"}}),
		Action: func(c *cli.Context) error {
			groups, err := parseGroups(c.String("groups"))
			if err != nil {
				return err
			}
			return serve(w, c, parts{groups: groups})
		},
	}
}

// parts says what a process runs.
type parts struct {
	edge   bool
	groups []string
}

// startTimeout bounds the start of a process: a cluster that does not answer by then ends it.
const startTimeout = 30 * time.Second

func serve(w *world, c *cli.Context, p parts) error {
	cfg, err := loadConfig(w, c)
	if err != nil {
		return err
	}
	log := w.logger(first(flagText(c, "log-level"), cfg.Logging.Level), first(flagText(c, "log-format"), cfg.Logging.Format))
	for _, warning := range cfg.Warnings {
		log.Warn(warning)
	}
	w.tuneCollector()
	begin := time.Now()
	ctx, cancel := context.WithTimeout(c.Context, startTimeout)
	var s *stack
	if cfg.Processing.Enabled {
		s, err = kafkaStack(cfg, log)
	} else if !p.edge || len(p.groups) == 0 {
		err = usagef("%s: processing is off, and one process forwards: `weir run`", operation(c))
	} else {
		p.groups = forwardGroups(cfg.Relay.Mode == "proxy")
		s, err = forwardStack(cfg, log)
	}
	if err == nil {
		err = s.startParts(ctx, p)
	}
	cancel()
	if err != nil {
		_ = s.stop() // the reason of the failed start is what matters
		if c.Context.Err() != nil {
			return nil // told to stop while starting
		}
		return fmt.Errorf("start: %w", err)
	}
	s.services.start("frugality", func(ctx context.Context) error { return s.beFrugal(ctx, w.has("GOMAXPROCS")) })
	log.Info("weir runs", "version", version, "edge", p.edge, "groups", p.groups, "delivery", cfg.Weir.Delivery, "started_in", time.Since(begin).Round(time.Millisecond).String())
	return s.wait(c.Context)
}

// kafkaStack makes the stack of a process that works on the cluster of the configuration.
func kafkaStack(cfg *config.Config, log *slog.Logger) (*stack, error) {
	cluster, warnings, err := kafkaCluster(cfg.Processing.KafkaConfig)
	if err != nil {
		return nil, usageError{err}
	}
	for _, warning := range warnings {
		log.Warn(warning)
	}
	return newStack(cfg, log, cluster)
}

// tuneCollector lets the garbage collector run less often than usual, because little memory is in use for long and most of it is
// garbage after an event, and harder before the container's memory is used up, unless GOGC or GOMEMLIMIT says something.
func (w *world) tuneCollector() {
	if !w.has("GOGC") {
		debug.SetGCPercent(150)
	}
	if w.has("GOMEMLIMIT") {
		return
	}
	if total := health.NewMemory(health.MemoryConfig{Root: os.DirFS("/"), Now: time.Now}).Usage().Total; total > 0 {
		debug.SetMemoryLimit(int64(total / 10 * 8))
	}
}

// has reports whether a variable is set.
func (w *world) has(name string) bool {
	return slices.ContainsFunc(w.environ, func(e string) bool { return strings.HasPrefix(e, name+"=") })
}

func (s *stack) startParts(ctx context.Context, p parts) error {
	if err := s.open(ctx); err != nil {
		return err
	}
	client, auth, err := s.openUpstream()
	if err != nil {
		return err
	}
	if s.link != nil {
		s.services.start("upstream state", s.tellUpstream)
	}
	var probes []health.Probe
	if auth != nil {
		probes = append(probes, *auth)
	}
	if len(p.groups) > 0 {
		var store quota.Store
		if !s.forwards() {
			if store, err = quotaStore(s, s.waits()); err != nil {
				return err
			}
		}
		if err := s.runGroups(p.groups, store, s.projectSource(client)); err != nil {
			return err
		}
	}
	if err := s.serveMetrics(ctx); err != nil {
		return err
	}
	if p.edge {
		o := edgeOptions{upstream: client, probes: probes}
		if s.forwards() {
			o.full = s.broker.Full
			s.services.atStop("drain", s.drain)
		} else if slices.Contains(p.groups, "pipeline") {
			s.services.atStop("finish", s.finish)
		}
		_, err := s.runEdge(ctx, o)
		return err
	}
	return s.runHealth(ctx, probes)
}

// runHealth serves the health endpoints of a process without an edge.
func (s *stack) runHealth(ctx context.Context, probes []health.Probe) error {
	checks := probeConfig(s.cfg)
	checks.Now, checks.Log = s.clock, s.log.With("part", "health")
	checker := health.New(checks, probes...)
	s.services.start("health", func(ctx context.Context) error { checker.Run(ctx); return nil })
	routes := append(checker.Routes(nil), health.Live)
	_, err := s.serve(ctx, "listener", healthAddr(s.cfg), checker, nil, routes)
	return err
}

// wait ends with the process: told to by ctx, or because a part failed.
func (s *stack) wait(ctx context.Context) error {
	var failure error
	patience := s.cfg.Limits.ShutdownTimeout.Duration()
	select {
	case <-ctx.Done():
		patience = s.stopTime(ctx)
		s.log.Info("stopping", "at_most", patience.String())
	case failure = <-s.services.failed:
		s.log.Error("a part failed, the process ends", "error", failure)
	}
	err := s.stopWithin(patience)
	if context.Cause(ctx) == errInterrupt {
		err = nil // that something was cut off is what was asked for
	}
	var duplicate *instance.DuplicateError
	if errors.As(failure, &duplicate) {
		return usageError{failure}
	}
	return errors.Join(failure, err)
}

// stop ends all parts within limits.shutdown_timeout.
func (s *stack) stop() error {
	if s == nil {
		return nil
	}
	return s.stopWithin(s.cfg.Limits.ShutdownTimeout.Duration())
}

// stopAfter stops what a command has opened, and returns its error, or else that of stopping.
func (s *stack) stopAfter(err error) error {
	return cmp.Or(err, s.stop())
}

func (s *stack) stopWithin(patience time.Duration) error {
	s.stopBy = time.Now().Add(patience)
	ctx, cancel := context.WithDeadline(context.Background(), s.stopBy)
	defer cancel()
	return s.services.stop(ctx)
}
