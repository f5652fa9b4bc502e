package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"weir/cmd/weir/corpus"
	"weir/codecs/dsn"
)

// A demo project and its key.
type demoProject struct {
	id   uint64
	key  string
	name string
}

var (
	shop     = demoProject{42, corpus.Key, "shop"}
	strict   = demoProject{43, strings.Repeat("b3", 16), "strict"}
	freePlan = demoProject{44, strings.Repeat("c4", 16), "free-plan"}
	late     = demoProject{45, strings.Repeat("d5", 16), "late"}
	nobody   = demoProject{46, strings.Repeat("e6", 16), "nobody"}
)

var demoNames = map[dsn.ProjectID]string{42: "shop", 43: "strict", 44: "free-plan", 45: "late", 46: "nobody"}

// demoTraffic is what every SDK sends to the shop.
var demoTraffic = []string{
	"python/003-exception-group", "python/009-message-scope-full", "python/019-transaction-spans", "python/028-checkin-ok.check-in", "python/039-attachments",
	"browser/001-error-handled-cause.session", "browser/002-error-handled-cause.event", "browser/021-pageload-transaction-static", "browser/052-csp-violation",
	"node/002-error-cause.event", "node/008-full-scope", "node/025-before-send-drop.client-report", "node/046-raven-exception",
	"go/007-full-scope", "go/012-joined-errors", "go/020-transaction-manual.transaction",
	"rust/", "java/006-full-scope", "java/014-user-feedback-legacy.user-report", "java/015-feedback.event", "java/016-feedback.feedback-attachment",
	"sentry-cli/", "curl/012-store-json", "curl/015-store-base64-zlib", "curl/026-envelope-brotli", "curl/030-envelope-no-length-no-eol",
}

// demo sends the bundled traffic, prints a line an item, and returns an error unless every item is accounted for and every fate was seen.
func (d *dev) demo(ctx context.Context, w *world) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	t := &demoRun{dev: d, w: w, p: paint(isTerminal(w.stdout)), senders: map[string]int{}, fates: map[string]int{}, client: &http.Client{Timeout: 10 * time.Second}}
	defer t.client.CloseIdleConnections()
	for _, act := range []struct {
		title string
		play  func(context.Context) error
	}{
		{"Real SDKs send what they send every day, to a project that scrubs", t.everyday},
		{"The same errors to a project with inbound filters", t.filtered},
		{"A project whose quota is two errors an hour", t.limited},
		{"A project whose config comes late: accepted, parked, released", t.parked},
		{"A key that nobody knows, and input that is broken", t.broken},
	} {
		fmt.Fprintf(w.stdout, "%s\n", t.p.bold(act.title))
		if err := act.play(ctx); err != nil {
			return fmt.Errorf("demo: %s: %w", act.title, err)
		}
		fmt.Fprintln(w.stdout)
	}
	return t.close(ctx)
}

// demoRun is one run of the demo.
type demoRun struct {
	*dev
	w       *world
	p       paint
	client  *http.Client
	printed int            // rows of the recorder that have been printed
	senders map[string]int // answers that senders got, by what they mean
	fates   map[string]int
}

func (t *demoRun) everyday(ctx context.Context) error {
	for _, name := range demoTraffic {
		r, err := findRequest(name)
		if err != nil {
			return err
		}
		if _, err := t.send(ctx, r, shop); err != nil {
			return err
		}
	}
	return t.settle(ctx, 0)
}

func (t *demoRun) filtered(ctx context.Context) error {
	for _, name := range []string{"browser/007-unhandled-rejection-non-error.event", "browser/040-error-localhost", "python/003-exception-group"} {
		r, err := findRequest(name)
		if err != nil {
			return err
		}
		if _, err := t.send(ctx, r, strict); err != nil {
			return err
		}
	}
	return t.settle(ctx, 0)
}

func (t *demoRun) limited(ctx context.Context) error {
	r, err := findRequest("go/012-joined-errors")
	if err != nil {
		return err
	}
	for range 3 { // two pass, the third is dropped by the pipeline and makes the limit known
		if _, err := t.send(ctx, r, freePlan); err != nil {
			return err
		}
		if err := t.settle(ctx, 0); err != nil {
			return err
		}
	}
	return t.until(ctx, "a 429 for the sender", func() (bool, error) {
		status, err := t.send(ctx, r, freePlan)
		return status == http.StatusTooManyRequests, err
	})
}

func (t *demoRun) parked(ctx context.Context) error {
	r, err := findRequest("python/002-exception-context-no-cause")
	if err != nil {
		return err
	}
	if _, err := t.send(ctx, r, late); err != nil {
		return err
	}
	if err := t.settle(ctx, 1); err != nil { // it is parked now
		return err
	}
	t.late.open.Store(true)
	t.say("the config of %s arrives", late.name)
	return t.settle(ctx, 0)
}

func (t *demoRun) broken(ctx context.Context) error {
	r, err := findRequest("go/014-messages")
	if err != nil {
		return err
	}
	if _, err := t.send(ctx, r, nobody); err != nil { // accepted: nothing is known about the key yet
		return err
	}
	if err := t.settle(ctx, 0); err != nil {
		return err
	}
	if err := t.until(ctx, "a 403 for the sender", func() (bool, error) {
		status, err := t.send(ctx, r, nobody)
		return status == http.StatusForbidden, err
	}); err != nil {
		return err
	}
	envelope := corpus.Request{Name: "broken/json", SDK: "broken", Method: http.MethodPost, Path: "/api/42/envelope/", Query: "sentry_key=" + corpus.Key}
	envelope.Body = []byte("{}\n{\"type\":\"event\"}\n{\"message\": \"no end\n")
	if _, err := t.send(ctx, envelope, shop); err != nil {
		return err
	}
	envelope.Name, envelope.Body = "broken/envelope", []byte("{}\n{\"type\":\"event\",\"length\":1000}\n{}\n")
	if _, err := t.send(ctx, envelope, shop); err != nil {
		return err
	}
	garbage := &kgo.Record{Topic: t.names.Raw, Key: []byte("demo"), Value: []byte("\x00 this is no envelope")}
	if err := t.own.Sync(ctx, garbage); err != nil {
		return err
	}
	t.say("somebody writes garbage straight into %s", t.names.Raw)
	return t.settle(ctx, 0)
}

// send sends one request as of now and says so when the sender is told anything but "accepted".
func (t *demoRun) send(ctx context.Context, r corpus.Request, to demoProject) (status int, err error) {
	r = r.At(time.Now(), to.id, to.key)
	req, err := http.NewRequestWithContext(ctx, r.Method, t.base+r.Target(), bytes.NewReader(freshID(r.Body)))
	if err != nil {
		return 0, err
	}
	for _, h := range r.Headers {
		req.Header.Add(h[0], h[1])
	}
	resp, err := t.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4096))
	if err != nil {
		return 0, err
	}
	t.senders[fmt.Sprint(resp.StatusCode)]++
	if resp.StatusCode/100 != 2 {
		note := strings.TrimSpace(string(body))
		if limits := resp.Header.Get("X-Sentry-Rate-Limits"); limits != "" {
			note = "X-Sentry-Rate-Limits: " + limits
		}
		t.say("the sender gets %s  %s", t.p.yellow(fmt.Sprint(resp.StatusCode)), note)
	}
	return resp.StatusCode, nil
}

// settle prints what the pipeline decides until all but parked envelopes have ended.
func (t *demoRun) settle(ctx context.Context, parked int64) error {
	return t.until(ctx, "the pipeline to finish", func() (bool, error) {
		t.print()
		s, err := t.summary(ctx)
		if err != nil {
			return false, err
		}
		e := s.Envelopes
		done := e.InFlight == 0 && e.Parked == parked && s.LedgerLag == 0 && e.Difference == 0
		if done {
			t.print()
		}
		return done, nil
	})
}

func (t *demoRun) until(ctx context.Context, what string, done func() (bool, error)) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, err := done()
		if ok || err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		select {
		case <-tick.C:
		case <-t.record.new:
		case <-ctx.Done():
			return fmt.Errorf("waited for %s: %w", what, ctx.Err())
		}
	}
}

// findRequest returns the captured request with this name, or the first of an SDK for a name that ends in a slash.
func findRequest(name string) (corpus.Request, error) {
	if strings.HasSuffix(name, "/") {
		for _, r := range corpus.All() {
			if strings.HasPrefix(r.Name, name) {
				return r, nil
			}
		}
	}
	return corpus.Get(name)
}
