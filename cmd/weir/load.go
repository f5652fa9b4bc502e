package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/urfave/cli/v2"

	"weir/cmd/weir/corpus"
	"weir/codecs/dsn"
)

func loadCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:      "load",
		Usage:     "open-loop load with real envelopes from a process of its own; waits until everything has drained",
		ArgsUsage: "[ENVELOPE FILE...]",
		Description: "Sends each envelope with a fresh event id. Latency counts from the moment a request was due, so a slow server\n" +
			"cannot hide behind a waiting client. Examples:\n\n" +
			"   weir load --dsn http://KEY@127.0.0.1:3000/42 --rate 1000 --duration 60s\n" +
			"   weir load --dsn http://KEY@127.0.0.1:3000/42 --rate 0 --count 20000 --brokers 127.0.0.1:9092 --pid edge=123 --pid process=124 --json",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "dsn", Usage: "where to send (required)"},
			&cli.IntFlag{Name: "rate", Value: 1000, Usage: "requests per second; 0: as fast as the connections allow"},
			&cli.DurationFlag{Name: "duration", Value: 10 * time.Second, Usage: "how long to send (with --rate above 0)"},
			&cli.IntFlag{Name: "count", Usage: "how many requests; wins over --duration"},
			&cli.IntFlag{Name: "connections", Value: 64, Usage: "connections kept open"},
			&cli.StringFlag{Name: "brokers", Usage: "Kafka to watch for the drain; default: what the server tells at /dev/info"},
			&cli.StringFlag{Name: "topic", Value: "ingest-events", Usage: "topics to watch, separated by commas"},
			&cli.StringSliceFlag{Name: "pid", Usage: "NAME=PID of a server process to watch; default: what the server tells at /dev/info"},
			&cli.DurationFlag{Name: "drain-timeout", Value: 2 * time.Minute, Usage: "longest wait for the drain"},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON document"},
		},
		Action: func(c *cli.Context) error {
			l, err := newLoad(c)
			if err != nil {
				return err
			}
			defer l.close()
			res, err := l.run(c.Context, w.stderr)
			if err != nil {
				return fmt.Errorf("load: %w", err)
			}
			if c.Bool("json") {
				return json.NewEncoder(w.stdout).Encode(res)
			}
			return res.print(w.stdout)
		},
	}
}

// load is one run of the generator.
type load struct {
	url, auth   string
	bodies      [][]byte
	rate, count int
	conns       int
	topics      []string
	procs       []process
	drain       time.Duration
	kafka       *kgo.Client // nil: the drain is not watched
}

// devInfo is what a `weir dev` server tells about itself.
type devInfo struct {
	PID     int      `json:"pid"`
	Brokers []string `json:"brokers"`
}

func newLoad(c *cli.Context) (*load, error) {
	if c.String("dsn") == "" {
		return nil, usagef("load: where to? give --dsn, as `weir dev` prints it")
	}
	d, err := dsn.Parse(c.String("dsn"))
	if err != nil {
		return nil, usagef("load: --dsn: %w; it has the form http://KEY@HOST:PORT/PROJECT", err)
	}
	base := d.Scheme + "://" + d.Host
	if d.Port != 0 {
		base = fmt.Sprintf("%s:%d", base, d.Port)
	}
	l := &load{
		url: base + "/api/" + d.Project.String() + "/envelope/", auth: "Sentry sentry_version=7, sentry_client=weir-load/" + version + ", sentry_key=" + string(d.Key),
		rate: c.Int("rate"), count: c.Int("count"), conns: c.Int("connections"), topics: strings.Split(c.String("topic"), ","), drain: c.Duration("drain-timeout"),
	}
	if l.count == 0 {
		l.count = int(float64(l.rate) * c.Duration("duration").Seconds())
	}
	if l.count <= 0 || l.conns <= 0 || l.rate < 0 {
		return nil, usagef("load: nothing to send: --count is needed with --rate 0")
	}
	if l.bodies, err = loadBodies(arguments(c)); err != nil {
		return nil, err
	}
	info := askDev(c.Context, base)
	for _, p := range c.StringSlice("pid") {
		proc, err := parseProcess(p)
		if err != nil {
			return nil, usagef("load: --pid %s: %w", p, err)
		}
		l.procs = append(l.procs, proc)
	}
	if len(l.procs) == 0 && info.PID != 0 {
		l.procs = []process{{"weir", info.PID}}
	}
	brokers := info.Brokers
	if b := c.String("brokers"); b != "" {
		brokers = strings.Split(b, ",")
	}
	if len(brokers) > 0 {
		if l.kafka, err = kgo.NewClient(kgo.SeedBrokers(brokers...)); err != nil {
			return nil, fmt.Errorf("load: connect to %v: %w", brokers, err)
		}
	}
	return l, nil
}

// askDev asks a server what it tells about itself: nothing, and flags are needed, if it is another one than `weir dev`.
func askDev(ctx context.Context, base string) (info devInfo) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/dev/info", nil)
	if err != nil {
		return info
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return info
	}
	defer resp.Body.Close()
	if json.NewDecoder(resp.Body).Decode(&info) != nil {
		return devInfo{}
	}
	return info
}

// loadBodies reads the envelopes; without files it is the bundled error of a Node SDK (8.5 kB).
func loadBodies(files []string) ([][]byte, error) {
	if len(files) == 0 {
		r, err := corpus.Get("node/002-error-cause.event")
		if err != nil {
			return nil, err
		}
		b, err := r.At(time.Now(), corpus.Project, corpus.Key).Plain()
		return [][]byte{b}, err
	}
	var out [][]byte
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			return nil, fmt.Errorf("load: %w", err)
		}
		out = append(out, b)
	}
	return out, nil
}

func (l *load) close() {
	if l.kafka != nil {
		l.kafka.Close()
	}
}
