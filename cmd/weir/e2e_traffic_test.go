package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"sync"
	"testing"
	"time"

	"weir/cmd/weir/corpus"
)

// traffic sends events at a fixed rate and remembers which were answered 200, by event id.
type traffic struct {
	url      string
	template []byte // an envelope with the event id of `old`
	old      []byte
	client   *http.Client
	cancel   context.CancelFunc
	done     sync.WaitGroup

	mu    sync.Mutex
	acked map[string]time.Time
	codes map[int]int // 0: no answer
}

// startTraffic sends the error of a Node SDK (8.5 kB) to a project until stop or the end of the test.
func startTraffic(t *testing.T, base string, projectID uint64, key string, rate int) *traffic {
	t.Helper()
	r, err := corpus.Get("node/002-error-cause.event")
	if err != nil {
		t.Fatal(err)
	}
	body, err := r.At(time.Now(), projectID, key).Plain()
	if err != nil {
		t.Fatal(err)
	}
	const connections = 32
	tr := &traffic{url: fmt.Sprintf("%s/api/%d/envelope/?sentry_key=%s", base, projectID, key), template: body, old: eventID.FindSubmatch(body)[1],
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}, Timeout: patience}, acked: map[string]time.Time{}, codes: map[int]int{}}
	ctx, cancel := context.WithCancel(context.Background())
	tr.cancel = cancel
	due := make(chan struct{}, 4*rate) // what is not sent within four seconds is not sent at all
	for range connections {
		tr.done.Go(func() {
			for range due {
				tr.send()
			}
		})
	}
	tr.done.Go(func() {
		defer close(due)
		const tick = 10 * time.Millisecond
		ticker := time.NewTicker(tick)
		defer ticker.Stop()
		begin, sent := time.Now(), 0
		for {
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return
			}
			for ; sent < int(time.Since(begin).Seconds()*float64(rate)); sent++ {
				select {
				case due <- struct{}{}:
				default:
				}
			}
		}
	})
	t.Cleanup(tr.stop)
	return tr
}

// send posts one event. It is never cut short by the end of the test: what the server accepts must be known.
func (tr *traffic) send() {
	var random [16]byte
	rand.Read(random[:]) // never fails
	id := hex.EncodeToString(random[:])
	resp, err := tr.client.Post(tr.url, "application/x-sentry-envelope", bytes.NewReader(bytes.ReplaceAll(tr.template, tr.old, []byte(id))))
	status := 0
	if err == nil {
		if _, err = io.Copy(io.Discard, resp.Body); err == nil {
			status = resp.StatusCode
		}
		_ = resp.Body.Close()
	}
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.codes[status]++
	if status == http.StatusOK {
		tr.acked[id] = time.Now()
	}
}

// stop ends the traffic and waits for the last answers.
func (tr *traffic) stop() {
	tr.cancel()
	tr.done.Wait()
	tr.client.CloseIdleConnections()
}

// accepted is how many events were answered 200.
func (tr *traffic) accepted() int {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return len(tr.acked)
}

// more waits until n further events were answered 200.
func (tr *traffic) more(t *testing.T, n int) {
	t.Helper()
	n += tr.accepted()
	eventually(t, "events are accepted", func() bool { return tr.accepted() >= n })
}

// answers returns the accepted events and the answers by status.
func (tr *traffic) answers() (map[string]time.Time, map[int]int) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return maps.Clone(tr.acked), maps.Clone(tr.codes)
}
