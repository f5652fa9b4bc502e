package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/urfave/cli/v2"

	"weir/cmd/weir/config"
)

func newUUID() string { return uuid.NewString() }

func healthcheckCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:  "healthcheck",
		Usage: "ask a running weir whether it is live or ready; the answer is the exit status",
		Description: "Examples:\n\n" +
			"   weir healthcheck --config /etc/weir --mode ready\n" +
			"   weir healthcheck --addr 127.0.0.1:3000 --mode live --timeout 5",
		Flags: append(configFlags()[:1],
			&cli.StringFlag{Name: "mode", Value: "ready", Usage: "live or ready"},
			&cli.StringFlag{Name: "addr", Usage: "host:port; default: the listener of the configuration"},
			&cli.IntFlag{Name: "timeout", Value: 30, Usage: "seconds to keep asking"}),
		Action: func(c *cli.Context) error {
			mode := c.String("mode")
			if mode != "live" && mode != "ready" {
				return usagef("healthcheck: --mode %s: neither live nor ready", mode)
			}
			addr := c.String("addr")
			if addr == "" {
				cfg, err := config.Load(config.Source{Dir: flagText(c, "config"), Environ: w.environ})
				if err != nil {
					return usageError{err}
				}
				addr = reachable(healthAddr(cfg))
			}
			ctx, cancel := context.WithTimeout(c.Context, time.Duration(c.Int("timeout"))*time.Second)
			defer cancel()
			return askHealth(ctx, "http://"+addr+"/api/relay/healthcheck/"+mode+"/")
		},
	}
}

// healthAddr is where the health endpoints listen (edge 1.2).
func healthAddr(cfg *config.Config) string {
	host, port := cfg.Relay.Host, cfg.Relay.Port
	if cfg.Relay.InternalHost != nil {
		host = *cfg.Relay.InternalHost
	}
	if cfg.Relay.InternalPort != nil {
		port = *cfg.Relay.InternalPort
	}
	return net.JoinHostPort(host, strconv.Itoa(port))
}

// reachable is an address of this machine for one that a listener may have: all of its addresses.
func reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err == nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return addr
}

// askHealth asks until the answer is good or ctx ends.
func askHealth(ctx context.Context, address string) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for last := errors.New("no answer in time"); ; {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return fmt.Errorf("healthcheck: %w", err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode/100 == 2 {
				return nil
			}
			err = fmt.Errorf("status %d", resp.StatusCode)
		}
		if ctx.Err() == nil { // else the end of the wait cut the attempt off, which says nothing
			last = err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			var failed *url.Error
			if errors.As(last, &failed) { // it repeats the address
				last = failed.Err
			}
			return fmt.Errorf("healthcheck: %s: %w; does weir run there?", address, last)
		}
	}
}

func versionCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:  "version",
		Usage: "print the version",
		Description: "Examples:\n\n" +
			"   weir version\n" +
			"   weir --version",
		Action: func(*cli.Context) error { _, err := fmt.Fprintf(w.stdout, "weir %s\n", version); return err },
	}
}

const bashCompletion = `_weir() {
  local cur opts
  cur="${COMP_WORDS[COMP_CWORD]}"
  opts=$("${COMP_WORDS[@]:0:$COMP_CWORD}" --generate-bash-completion 2>/dev/null)
  COMPREPLY=($(compgen -W "${opts}" -- "${cur}"))
}
complete -o bashdefault -o default -F _weir weir
`

const zshCompletion = `#compdef weir
_weir() {
  local -a opts
  opts=("${(@f)$(${words[@]:0:#words[@]-1} --generate-bash-completion 2>/dev/null)}")
  _describe 'values' opts
}
compdef _weir weir
`

const fishCompletion = `complete -c weir -f -a '(commandline -opc | string join " " | read -l line; eval $line --generate-bash-completion 2>/dev/null)'
`

func completionCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print a completion script for bash, zsh or fish",
		ArgsUsage: "bash|zsh|fish",
		Description: "Examples:\n\n" +
			"   source <(weir completion bash)\n" +
			"   weir completion fish > ~/.config/fish/completions/weir.fish",
		Action: func(c *cli.Context) error {
			script, ok := map[string]string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}[strings.Join(arguments(c), " ")]
			if !ok {
				return usagef("completion: bash, zsh or fish is expected")
			}
			_, err := fmt.Fprint(w.stdout, script)
			return err
		},
	}
}
