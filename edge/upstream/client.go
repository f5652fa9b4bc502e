package upstream

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// Errors that callers tell apart. Everything else is an ordinary failure of one request.
var (
	// ErrDenied says that the upstream told us to stop. It stays for the life of the client.
	ErrDenied = errors.New("the upstream refuses this relay for good")
	// ErrNetwork marks failures that say nothing about the request: it may be sent again.
	ErrNetwork = errors.New("upstream not reachable")
)

// StatusError is an answer that is neither success nor a network failure.
type StatusError struct {
	Status int
	Detail string // of the JSON error, if it is one
}

func (e *StatusError) Error() string {
	if e.Detail == "" {
		return fmt.Sprintf("the upstream answers %d", e.Status)
	}
	return fmt.Sprintf("the upstream answers %d: %s", e.Status, e.Detail)
}

// Client talks to one upstream. It is safe for concurrent use.
type Client struct {
	cfg  Config
	link *Link
	id   string

	mu     sync.Mutex
	known  chan struct{} // closed while the upstream knows us
	open   bool          // known is closed
	denied bool
	since  time.Time     // of the last change of the two
	last   error         // of the last registration
	again  chan struct{} // wakes Run up: the upstream has forgotten us
}

// New returns a client that is not registered yet.
func New(cfg Config) (*Client, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.defaults()
	link := cfg.Link
	if link == nil {
		var err error
		if link, err = NewLink(LinkConfig{Transport: cfg.Transport, MaxRetryInterval: cfg.MaxRetryInterval, Now: cfg.Now, Log: cfg.Log}); err != nil {
			return nil, err
		}
	}
	return &Client{cfg: cfg, link: link, id: cfg.ID.Hyphenated(), known: make(chan struct{}), again: make(chan struct{}, 1), since: cfg.Now()}, nil
}

// Close drops idle connections.
func (c *Client) Close() { c.link.Close() }

// query sends a signed JSON request once the upstream knows us, and reads the answer into out.
func (c *Client) query(ctx context.Context, path string, in, out any) error {
	if err := c.waitKnown(ctx); err != nil {
		return err
	}
	err := c.post(ctx, path, in, out)
	var status *StatusError
	if errors.As(err, &status) && status.Status == http.StatusUnauthorized {
		c.forgotten()
	}
	return err
}

// post sends one signed JSON request (edge 12.2) and reads the answer into out.
func (c *Client) post(ctx context.Context, path string, in, out any) error {
	payload, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("POST %s: %w", path, err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.link.cfg.timeout())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.link.cfg.base()+path, bytes.NewReader(payload))
	if err != nil {
		return fmt.Errorf("POST %s: %w", path, err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Sentry-Relay-Id", c.id)
	req.Header.Set("X-Sentry-Relay-Signature", c.cfg.Secret.Sign(payload, c.cfg.Now()))
	resp, err := c.link.do(req)
	if err != nil {
		return fmt.Errorf("POST %s: %w", path, err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, c.cfg.MaxAnswer+1))
	switch {
	case err != nil:
		return fmt.Errorf("POST %s: read the answer: %w: %w", path, ErrNetwork, err)
	case int64(len(answer)) > c.cfg.MaxAnswer:
		return fmt.Errorf("POST %s: the answer has more than %d bytes", path, c.cfg.MaxAnswer)
	}
	if err := c.judge(resp.StatusCode, answer); err != nil {
		return fmt.Errorf("POST %s: %w", path, err)
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("POST %s: the answer: %w", path, err)
	}
	return nil
}

// judge translates a status; 403 with `"relay":"stop"` ends everything (edge 12.3).
func (c *Client) judge(status int, answer []byte) error {
	if status >= 200 && status < 300 {
		return nil
	}
	var problem struct{ Detail, Relay string }
	_ = json.Unmarshal(answer, &problem) // a body that is no JSON has no detail
	if status == http.StatusForbidden && problem.Relay == "stop" {
		c.deny()
		return ErrDenied
	}
	return &StatusError{status, problem.Detail}
}
