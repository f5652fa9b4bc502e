package upstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// LinkConfig says how requests to one upstream share what is known about it. Zero values mean the defaults of edge-config.tsv.
type LinkConfig struct {
	Transport
	MaxRequests      int           // limits.max_concurrent_requests; default 100
	RetryDelay       time.Duration // http.retry_delay; default 1 s
	OutageGrace      time.Duration // http.outage_grace_period; default 10 s
	MaxRetryInterval time.Duration // http.max_retry_interval; default 60 s
	Now              func() time.Time
	Log              *slog.Logger
}

// Link is what all requests to one upstream share: whether it can be reached, and how many envelopes are on their way (edge 12.9). It is safe
// for concurrent use.
type Link struct {
	cfg   LinkConfig
	http  *http.Client
	slots chan struct{}

	mu       sync.Mutex
	failing  time.Time     // the first of a series of network errors; zero: the last request was answered
	up       chan struct{} // closed while requests may be sent
	down     bool
	told     bool          // that it is down
	probe    chan struct{} // wakes Run up
	answered chan struct{} // closed and made anew when a request is answered: retries go at once
	checking atomic.Bool
}

// NewLink returns a link that is taken for up. Run watches over it.
func NewLink(cfg LinkConfig) (*Link, error) {
	if cfg.Now == nil || cfg.Log == nil {
		return nil, errors.New("upstream: clock or logger is missing")
	}
	if cfg.MaxRequests < 0 || cfg.RetryDelay < 0 || cfg.OutageGrace < 0 || cfg.MaxRetryInterval < 0 {
		return nil, errors.New("upstream: a negative limit")
	}
	client, err := cfg.Transport.client()
	if err != nil {
		return nil, err
	}
	for _, d := range []struct {
		to   *time.Duration
		zero time.Duration
	}{{&cfg.RetryDelay, time.Second}, {&cfg.OutageGrace, 10 * time.Second}, {&cfg.MaxRetryInterval, time.Minute}} {
		if *d.to == 0 {
			*d.to = d.zero
		}
	}
	if cfg.MaxRequests == 0 {
		cfg.MaxRequests = 100
	}
	l := &Link{cfg: cfg, http: client, slots: make(chan struct{}, cfg.MaxRequests), up: make(chan struct{}), probe: make(chan struct{}, 1), answered: make(chan struct{})}
	close(l.up)
	return l, nil
}

// Close drops idle connections.
func (l *Link) Close() { l.http.CloseIdleConnections() }

// Outage returns since when the upstream cannot be reached; zero: it can, as far as anybody knows.
func (l *Link) Outage() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.down {
		return time.Time{}
	}
	return l.failing
}

// Run looks after an upstream that is away until ctx ends: it asks whether it is there again, at once, after 1 s, and then each time half as
// long again. Any answer will do.
func (l *Link) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-l.probe:
		}
		wait := backoff{max: l.cfg.MaxRetryInterval}
		for l.Outage() != (time.Time{}) {
			timer := time.NewTimer(wait.next())
			select {
			case <-ctx.Done():
				timer.Stop()
				return nil
			case <-timer.C:
			}
			if err := l.live(ctx); err != nil && ctx.Err() == nil {
				l.away(err)
			}
		}
	}
}

// live asks the upstream for a sign of life.
func (l *Link) live(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, l.cfg.timeout())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.cfg.base()+"/api/0/relays/live/", nil)
	if err != nil {
		return err
	}
	resp, err := l.do(req)
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<16))
	return resp.Body.Close()
}

// check asks for a sign of life in the background, unless somebody does: an attempt whose failure says nothing about the upstream may be the only
// one in an outage.
func (l *Link) check() {
	if !l.checking.CompareAndSwap(false, true) {
		return
	}
	go func() {
		defer l.checking.Store(false)
		if err := l.live(context.Background()); err != nil {
			l.cfg.Log.Debug("the upstream gives no sign of life", "error", err)
		}
	}()
}

// do makes one attempt and remembers how the upstream took it. An error wraps ErrNetwork: send failures, 502, 503 and 504.
func (l *Link) do(req *http.Request) (*http.Response, error) {
	resp, err := l.attempt(req)
	l.note(err, false)
	return resp, err
}

// attempt is do without memory.
func (l *Link) attempt(req *http.Request) (*http.Response, error) {
	l.cfg.prepare(req)
	resp, err := l.http.Do(req)
	if err == nil && networkStatus(resp.StatusCode) {
		err = refusedBy(resp)
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<16))
		_ = resp.Body.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNetwork, err)
	}
	return resp, nil
}

// note remembers how an attempt ended, unless that says nothing about the upstream.
func (l *Link) note(err error, nothing bool) {
	switch {
	case nothing:
	case err != nil:
		l.failed()
	default:
		l.succeeded()
	}
}

// refusedBy is the error of an answer that is not the upstream's own.
func refusedBy(resp *http.Response) error {
	if resp.StatusCode == http.StatusProxyAuthRequired {
		return errors.New("the HTTP proxy refuses: 407 Proxy Authentication Required; HTTP_PROXY takes http://user:password@host:port")
	}
	return fmt.Errorf("status %d", resp.StatusCode)
}

// networkStatus are answers of something in front of the upstream.
func networkStatus(status int) bool {
	return status == http.StatusProxyAuthRequired || status == http.StatusBadGateway || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout
}

func (l *Link) failed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.cfg.Now()
	switch {
	case l.failing.IsZero():
		l.failing = now
	case l.down || now.Sub(l.failing) < l.cfg.OutageGrace:
	default:
		l.down, l.up = true, make(chan struct{})
		select {
		case l.probe <- struct{}{}:
		default:
		}
	}
}

// away says once that the upstream is: it has given no sign of life either.
func (l *Link) away(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.down && !l.told {
		l.told = true
		l.cfg.Log.Warn("the upstream cannot be reached; what it shall get waits until it can", "upstream", l.cfg.URL, "since", l.failing.UTC(), "error", err)
	}
}

func (l *Link) succeeded() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.failing.IsZero() {
		l.failing = time.Time{}
		close(l.answered)
		l.answered = make(chan struct{})
	}
	if l.down {
		l.down = false
		close(l.up)
	}
	if l.told {
		l.told = false
		l.cfg.Log.Info("the upstream can be reached again", "upstream", l.cfg.URL)
	}
}

// wait waits while the upstream is away.
func (l *Link) wait(ctx context.Context) error {
	for {
		l.mu.Lock()
		up, down := l.up, l.down
		l.mu.Unlock()
		if !down {
			return ctx.Err()
		}
		select {
		case <-up:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// answers reports whether the last request was answered.
func (l *Link) answers() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failing.IsZero()
}

// Pause waits for http.retry_delay, or until any request has been answered after failures.
func (l *Link) Pause(ctx context.Context) error {
	l.mu.Lock()
	answered, failing := l.answered, !l.failing.IsZero()
	l.mu.Unlock()
	if !failing { // others get through: this one has a reason of its own
		answered = nil
	}
	timer := time.NewTimer(l.cfg.RetryDelay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-answered:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
