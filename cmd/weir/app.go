package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/lmittmann/tint"
	"github.com/urfave/cli/v2"
)

// version is set by the linker in releases.
var version = "0.1.0"

// world is what a command may touch of its surroundings.
type world struct {
	environ []string
	stdin   io.Reader
	stdout  io.Writer
	stderr  io.Writer
}

// run is main without globals, so that tests can call it.
func run(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := stopped(ctx)
	defer stop()
	w := &world{environ: environ, stdin: stdin, stdout: stdout, stderr: stderr}
	err := app(w).RunContext(ctx, args)
	if err != nil && !errors.Is(err, errSaid) {
		fmt.Fprintf(stderr, "weir: %s\n", strings.ReplaceAll(err.Error(), "\n", "\nweir: ")) // several faults: a line each
	}
	return exitCode(err)
}

// errSaid ends a command that failed after it has explained itself on its output.
var errSaid = errors.New("failed")

func app(w *world) *cli.App {
	cli.VersionPrinter = func(c *cli.Context) { fmt.Fprintf(c.App.Writer, "weir %s\n", version) }
	a := &cli.App{
		Name:  "weir",
		Usage: "the pipeline between Sentry SDKs and Kafka",
		Description: "An HTTP edge writes what SDKs send to a Kafka topic; processors normalize, filter, apply quotas and scrub,\n" +
			"then emit to the ingest and outcome topics. Everything accepted ends as ingest message, outcome or dead letter.",
		Version:              version,
		EnableBashCompletion: true,
		Reader:               w.stdin,
		Writer:               w.stdout,
		ErrWriter:            w.stderr,
		ExitErrHandler:       func(*cli.Context, error) {},
		OnUsageError:         func(_ *cli.Context, err error, _ bool) error { return usageError{err} },
		Suggest:              true,
		Flags:                append(logFlags(), &cli.StringFlag{Name: "config", Aliases: []string{"c"}, Usage: "configuration directory"}),
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return usagef("no such command: %s; `weir help` lists them", c.Args().First())
			}
			return cli.ShowAppHelp(c)
		},
		Commands: commands(w),
	}
	for _, cmd := range a.Commands {
		finish(cmd)
	}
	return a
}

func logFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "log-level", Usage: "error, warn, info, debug, or off", EnvVars: []string{"WEIR_LOG_LEVEL"}},
		&cli.StringFlag{Name: "log-format", Usage: "auto, pretty or json", EnvVars: []string{"WEIR_LOG_FORMAT"}},
	}
}

// flagText is the value of a flag that may stand before or after the command.
func flagText(c *cli.Context, name string) string {
	for _, at := range c.Lineage() {
		if at.IsSet(name) {
			if v := at.String(name); v != "" {
				return v
			}
		}
	}
	return c.String(name)
}

// finish gives a command the flags that all have, and makes a wrong flag an error of one line instead of a page of help.
func finish(cmd *cli.Command) {
	cmd.Flags = append(cmd.Flags, logFlags()...)
	cmd.OnUsageError = func(c *cli.Context, err error, _ bool) error {
		name := operation(c)
		return usagef("%s: %w; see `weir %s --help`", name, err, name)
	}
	if len(cmd.Subcommands) == 0 {
		cmd.Action = takeArguments(cmd.Action)
	}
	for _, sub := range cmd.Subcommands {
		finish(sub)
	}
}

// logger writes to stderr: coloured text on a terminal, JSON with --log-format json.
func (w *world) logger(level, format string) *slog.Logger {
	var l slog.Level
	switch strings.ToLower(level) {
	case "off":
		return slog.New(slog.DiscardHandler)
	case "trace", "debug":
		l = slog.LevelDebug
	case "warn":
		l = slog.LevelWarn
	case "error":
		l = slog.LevelError
	}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w.stderr, &slog.HandlerOptions{Level: l}))
	}
	return slog.New(tint.NewTextHandler(w.stderr, &tint.Options{Level: l, TimeFormat: "15:04:05.000", NoColor: !isTerminal(w.stderr)}))
}

// first returns the first text that is not empty.
func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
