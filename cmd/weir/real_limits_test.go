package main

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// limitSender posts small events to a project, each with an id of its own, and remembers which were answered 200.
type limitSender struct {
	project uint64
	org     uint64 // of quotas: their windows begin with the test
	key     string
	client  *http.Client

	mu    sync.Mutex
	acked map[string]time.Time
	codes map[int]int
	last  *http.Response // the newest 429, without its body
}

func newLimitSender(project uint64, key string) *limitSender {
	const connections = 32
	return &limitSender{project: project, org: uint64(time.Now().Unix()), key: key, acked: map[string]time.Time{}, codes: map[int]int{},
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}, Timeout: patience}}
}

// send posts one event.
func (s *limitSender) send(base string) int {
	var random [16]byte
	rand.Read(random[:]) // never fails
	id := hex.EncodeToString(random[:])
	body := fmt.Appendf(nil, "{\"event_id\":%q}\n{\"type\":\"event\"}\n{\"message\":\"hello\"}\n", id)
	resp, err := s.client.Post(fmt.Sprintf("%s/api/%d/envelope/?sentry_key=%s", base, s.project, s.key), "application/x-sentry-envelope", bytes.NewReader(body))
	status := 0
	if err == nil {
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		status = resp.StatusCode
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.codes[status]++
	switch status {
	case http.StatusOK:
		s.acked[id] = time.Now()
	case http.StatusTooManyRequests:
		s.last = resp
	}
	return status
}

// refused sends events until one is answered 429.
func (s *limitSender) refused(t *testing.T, base string) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); s.send(base) != http.StatusTooManyRequests; <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("an edge takes events of %s after %v", s.key, patience)
		}
	}
}

// flood sends n events as fast as they are taken.
func (s *limitSender) flood(n int, bases ...string) {
	var wg sync.WaitGroup
	todo := make(chan string, n)
	for i := range n {
		todo <- bases[i%len(bases)]
	}
	close(todo)
	for range 32 {
		wg.Go(func() {
			for base := range todo {
				s.send(base)
			}
		})
	}
	wg.Wait()
}

func (s *limitSender) answers() (acked map[string]time.Time, codes map[int]int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.acked), maps.Clone(s.codes)
}

// limitedState is a project with one quota for errors of its key.
func limitedState(org uint64, key, quota string, limit, window int) []byte {
	return fmt.Appendf(nil, `{"organizationId":%d,"publicKeys":[{"publicKey":%q,"numericId":7}],"config":{"allowedDomains":["*"],
"quotas":[{"id":%q,"categories":["error"],"scope":"key","limit":%d,"window":%d,"reasonCode":"used_up"}]}}`, org, key, quota, limit, window)
}

// wantHeaders checks a 429 against the quota of limitedState.
func wantHeaders(t *testing.T, resp *http.Response) {
	t.Helper()
	if resp == nil {
		t.Error("nobody was told 429")
		return
	}
	wait, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	limits := resp.Header.Get("X-Sentry-Rate-Limits")
	if err != nil || wait < 1 || wait > 300 || limits != fmt.Sprintf("%d:error:key:used_up", wait) {
		t.Errorf("429 with Retry-After %q and X-Sentry-Rate-Limits %q", resp.Header.Get("Retry-After"), limits)
	}
}

// redisGet reads a counter the way any other program would; "" when there is none.
func redisGet(t *testing.T, server, key string) string {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET %s\r\n", key)
	in := bufio.NewReader(conn)
	line, err := in.ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "$") {
		t.Fatalf("GET %s: %q %v", key, line, err)
	}
	if line == "$-1\r\n" {
		return ""
	}
	value, err := in.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(value)
}

// rateLimited is how much of a category `weir status` counts as rate limited.
func (r *realSetup) rateLimited(t *testing.T, category string) (n uint64) {
	t.Helper()
	var out, errs bytes.Buffer
	run(t.Context(), []string{"weir", "status", "--config", r.dir, "--json"}, nil, strings.NewReader(""), &out, &errs)
	var s struct {
		Outcomes []statusCount `json:"outcomes"`
	}
	if err := json.Unmarshal(out.Bytes(), &s); err != nil {
		t.Fatalf("status: %v %s", err, errs.String())
	}
	for _, c := range s.Outcomes {
		if c.Outcome == "rate_limited" && c.Category == category {
			n += c.Quantity
		}
	}
	return n
}

// limitDelays uses up one quota of one event after the other and returns how long it took, from the answer to the event that is one too many
// until every edge refused a new one. Keys have to be known to the edges.
func limitDelays(t *testing.T, project uint64, keys []string, bases ...string) []time.Duration {
	t.Helper()
	took := make([]time.Duration, len(keys))
	for i, key := range keys {
		s := newLimitSender(project+uint64(i), key)
		for range 2 {
			if status := s.send(bases[0]); status != 200 {
				t.Fatalf("key %d: status %d", i, status)
			}
		}
		begin := time.Now()
		for _, base := range bases {
			s.refused(t, base)
		}
		took[i] = time.Since(begin)
		wantHeaders(t, s.last)
		s.client.CloseIdleConnections()
	}
	slices.Sort(took)
	return took
}

// percentiles prints sorted times.
func percentiles(took []time.Duration) string {
	at := func(p int) time.Duration { return took[min(len(took)*p/100, len(took)-1)].Round(time.Millisecond) }
	return fmt.Sprintf("p50 %v, p99 %v, worst %v of %d", at(50), at(99), took[len(took)-1].Round(time.Millisecond), len(took))
}
