package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

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
	asking, cancel := context.WithTimeout(ctx, startTimeout)
	start, err := l.ends(asking)
	cancel()
	if err != nil {
		return nil, fmt.Errorf("where the watched topics end: %w", err)
	}
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
		if now, err := l.ends(ctx); err == nil { // the cluster may be away for a moment
			last = max(last, now)
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

// ends sums up the end offsets of the watched topics. Those that are not there yet have none.
func (l *load) ends(ctx context.Context) (n int64, err error) {
	if l.kafka == nil {
		return 0, nil
	}
	offsets, err := kadm.NewClient(l.kafka).ListEndOffsets(ctx, l.topics...)
	if err != nil {
		return 0, err
	}
	offsets.Each(func(o kadm.ListedOffset) {
		switch {
		case o.Err == nil:
			n += o.Offset
		case !errors.Is(o.Err, kerr.UnknownTopicOrPartition):
			err = errors.Join(err, fmt.Errorf("%s/%d: %w", o.Topic, o.Partition, o.Err))
		}
	})
	return n, err
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
	for _, name := range slices.Sorted(maps.Keys(r.Processes)) {
		p := r.Processes[name]
		fmt.Fprintf(t, "%s\t%.2f CPU s\t%.0f µs per accepted request, peak memory %.0f MB\n", name, p.CPU, p.CPU*1e6/float64(max(r.OK, 1)), p.PeakMB)
	}
	fmt.Fprintf(t, "this process\t%.2f CPU s\n", r.LoadCPU)
	return t.Flush()
}
