package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
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
		return nil, usagef("load: --dsn: %w", err)
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
	var info devInfo
	if resp, err := http.Get(base + "/dev/info"); err == nil {
		_ = json.NewDecoder(resp.Body).Decode(&info) // another server than `weir dev` answers something else; flags are needed then
		resp.Body.Close()
	}
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

// loadResult is what a run found; rates are per second, latencies milliseconds.
type loadResult struct {
	Requests  int                `json:"requests"`
	OK        int                `json:"ok"`
	Codes     map[string]int     `json:"codes"`
	Accepted  float64            `json:"accepted_per_s"`
	Watched   bool               `json:"drain_watched"`
	Arrived   int64              `json:"arrived"`
	Drained   float64            `json:"drained_per_s"`
	Seconds   float64            `json:"seconds"`
	AckP50    float64            `json:"ack_p50_ms"`
	AckP99    float64            `json:"ack_p99_ms"`
	AckMax    float64            `json:"ack_max_ms"`
	Processes map[string]procUse `json:"processes"`
	LoadCPU   float64            `json:"load_cpu_s"`
}

func (l *load) run(ctx context.Context, progress io.Writer) (*loadResult, error) {
	start := l.ends(ctx)
	before := usage(l.procs)
	latency := make([]time.Duration, l.count)
	status := make([]int, l.count)
	due := make([]time.Time, l.count)
	jobs := make(chan int, l.count)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: l.conns, MaxConnsPerHost: l.conns}, Timeout: 30 * time.Second}
	var done atomic.Int64
	var wg sync.WaitGroup
	begin := time.Now()
	for range l.conns {
		wg.Go(func() {
			for i := range jobs {
				from := due[i]
				if l.rate == 0 {
					from = time.Now()
				}
				status[i] = l.send(ctx, client, l.bodies[i%len(l.bodies)])
				latency[i] = time.Since(from)
				done.Add(1)
			}
		})
	}
	bar := newProgress(progress, "sent", int64(l.count))
	for i := range l.count {
		if l.rate > 0 {
			due[i] = begin.Add(time.Duration(float64(i) / float64(l.rate) * float64(time.Second)))
			if wait := time.Until(due[i]); wait > 0 {
				select {
				case <-time.After(wait):
				case <-ctx.Done():
				}
			}
		}
		if ctx.Err() != nil {
			break
		}
		jobs <- i
		bar.set(done.Load())
	}
	close(jobs)
	wg.Wait()
	bar.end()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	sent := time.Since(begin)
	res := &loadResult{Requests: l.count, Codes: map[string]int{}, Watched: l.kafka != nil}
	for _, s := range status {
		res.Codes[fmt.Sprint(s)]++
		if s == http.StatusOK {
			res.OK++
		}
	}
	res.Accepted = float64(res.OK) / sent.Seconds()
	res.Arrived = l.waitDrained(ctx, start, int64(res.OK), progress)
	res.Seconds = time.Since(begin).Seconds()
	res.Drained = float64(res.Arrived) / res.Seconds
	slices.Sort(latency)
	at := func(q float64) float64 {
		return float64(latency[int(q*float64(len(latency)-1))].Microseconds()) / 1000
	}
	res.AckP50, res.AckP99, res.AckMax = at(0.5), at(0.99), at(1)
	res.Processes = since(before, usage(l.procs))
	res.LoadCPU = selfCPU()
	return res, nil
}

func (l *load) send(ctx context.Context, client *http.Client, body []byte) int {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url, bytes.NewReader(freshID(body)))
	if err != nil {
		return 0
	}
	req.Header.Set("X-Sentry-Auth", l.auth)
	req.Header.Set("Content-Type", "application/x-sentry-envelope")
	resp, err := client.Do(req)
	if err != nil {
		return 0 // counted under code 0: refused, reset or timed out
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return 0
	}
	return resp.StatusCode
}

// waitDrained waits until n records have been added to the watched topics and returns how many have.
func (l *load) waitDrained(ctx context.Context, start, n int64, progress io.Writer) int64 {
	if l.kafka == nil {
		return 0
	}
	ctx, cancel := context.WithTimeout(ctx, l.drain)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	bar := newProgress(progress, "drained", n)
	defer bar.end()
	last := start
	for {
		if now := l.ends(ctx); now > last {
			last = now
		}
		bar.set(last - start)
		if last-start >= n {
			return last - start
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return last - start
		}
	}
}

// ends sums up the end offsets of the watched topics, 0 while they cannot be read.
func (l *load) ends(ctx context.Context) (n int64) {
	if l.kafka == nil {
		return 0
	}
	offsets, err := kadm.NewClient(l.kafka).ListEndOffsets(ctx, l.topics...)
	if err != nil {
		return 0
	}
	offsets.Each(func(o kadm.ListedOffset) { n += max(0, o.Offset) })
	return n
}

var eventID = regexp.MustCompile(`"event_id":"([0-9a-f]{32})"`)

// freshID gives an envelope a new event id, wherever the old one stands.
func freshID(b []byte) []byte {
	m := eventID.FindSubmatch(b)
	if m == nil {
		return b
	}
	var id [16]byte
	rand.Read(id[:]) // never fails
	return bytes.ReplaceAll(b, m[1], []byte(hex.EncodeToString(id[:])))
}

func (r *loadResult) print(out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "requests\t%d\tok %d, codes %v\n", r.Requests, r.OK, r.Codes)
	fmt.Fprintf(t, "accepted\t%.0f/s\tack p50 %.1f ms, p99 %.1f ms, max %.1f ms\n", r.Accepted, r.AckP50, r.AckP99, r.AckMax)
	if r.Watched {
		fmt.Fprintf(t, "drained\t%.0f/s\t%d arrived in %.1f s\n", r.Drained, r.Arrived, r.Seconds)
	} else {
		fmt.Fprintf(t, "drained\tnot watched\tgive --brokers\n")
	}
	for _, name := range slices.Sorted(mapKeys(r.Processes)) {
		p := r.Processes[name]
		fmt.Fprintf(t, "%s\t%.2f CPU s\t%.0f µs per accepted request, peak memory %.0f MB\n", name, p.CPU, p.CPU*1e6/float64(max(r.OK, 1)), p.PeakMB)
	}
	fmt.Fprintf(t, "this process\t%.2f CPU s\n", r.LoadCPU)
	return t.Flush()
}
