package upstream

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// The handshake of edge 12.3; members in the order of the contract.
type (
	challengeRequest struct {
		RelayID   string `json:"relay_id"`
		PublicKey string `json:"public_key"`
		Version   string `json:"version"`
	}
	challengeAnswer struct {
		RelayID string `json:"relay_id"`
		Token   string `json:"token"`
	}
	responseRequest struct {
		RelayID string `json:"relay_id"`
		Token   string `json:"token"`
		Version string `json:"version"`
	}
	responseAnswer struct {
		RelayID string `json:"relay_id"`
	}
)

// Register goes through the handshake once. After nil the upstream knows us. A failure that is not the network's means that it does
// not; a network failure changes nothing.
func (c *Client) Register(ctx context.Context) error {
	if c.isDenied() {
		return ErrDenied
	}
	err := c.handshake(ctx)
	c.note(err)
	switch {
	case err == nil:
		c.setKnown(true)
	case !errors.Is(err, ErrNetwork):
		c.setKnown(false)
	}
	return err
}

func (c *Client) handshake(ctx context.Context) error {
	version, err := ParseVersion(c.cfg.Version)
	if err != nil {
		return err
	}
	var challenge challengeAnswer
	err = c.post(ctx, "/api/0/relays/register/challenge/", challengeRequest{c.id, c.cfg.Secret.Public().String(), version.String()}, &challenge)
	if err != nil {
		return fmt.Errorf("register: %w", err)
	}
	if challenge.Token == "" {
		return errors.New("register: the challenge has no token")
	}
	var done responseAnswer
	if err := c.post(ctx, "/api/0/relays/register/response/", responseRequest{c.id, challenge.Token, version.String()}, &done); err != nil {
		return fmt.Errorf("register: %w", err)
	}
	return nil
}

// Run registers, repeats that every AuthInterval, and tries again after failures: at once, then after 1 s, each time half as long
// again, at most MaxRetryInterval. It ends with ctx, or when the upstream told us to stop.
func (c *Client) Run(ctx context.Context) error {
	wait := backoff{max: c.cfg.MaxRetryInterval}
	for {
		err := c.Register(ctx)
		pause := c.cfg.AuthInterval
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, ErrDenied):
			c.cfg.Log.Error("the upstream refuses this relay for good; nothing more is sent to it", "upstream", c.cfg.URL)
			return ErrDenied
		case err != nil:
			pause = wait.next()
			c.cfg.Log.Warn("register with the upstream", "upstream", c.cfg.URL, "error", err, "retry_in", pause)
		default:
			wait.reset()
			c.cfg.Log.Debug("registered with the upstream", "upstream", c.cfg.URL)
		}
		if !c.sleep(ctx, pause, err == nil && pause == 0) {
			return nil
		}
	}
}

// sleep waits for a time, or for ever, or until the upstream has forgotten us; false when ctx ended.
func (c *Client) sleep(ctx context.Context, d time.Duration, forEver bool) bool {
	var after <-chan time.Time
	if !forEver {
		timer := time.NewTimer(d)
		defer timer.Stop()
		after = timer.C
	}
	select {
	case <-ctx.Done():
		return false
	case <-after:
	case <-c.again:
	}
	return true
}

// Known reports whether the upstream knows us; nil is the answer of a readiness probe.
func (c *Client) Known(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.denied:
		return ErrDenied
	case !c.open:
		return errors.New("not registered with the upstream")
	}
	return nil
}

// waitKnown waits until the upstream knows us.
func (c *Client) waitKnown(ctx context.Context) error {
	for {
		c.mu.Lock()
		known, denied := c.known, c.denied
		c.mu.Unlock()
		if denied {
			return ErrDenied
		}
		select {
		case <-known:
			if !c.isDenied() {
				return nil
			}
		case <-ctx.Done():
			return fmt.Errorf("wait for registration: %w", ctx.Err())
		}
	}
}

// waitForGood is waitKnown for what is kept until the upstream takes it: a refusal for good does not end the wait.
func (c *Client) waitForGood(ctx context.Context) error {
	err := c.waitKnown(ctx)
	if errors.Is(err, ErrDenied) {
		<-ctx.Done()
		return ctx.Err()
	}
	return err
}

func (c *Client) setKnown(ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case ok && !c.open:
		close(c.known)
	case !ok && c.open && !c.denied:
		c.known = make(chan struct{})
	default:
		return
	}
	c.open, c.since = ok, c.cfg.Now()
}

// deny releases everybody who waits; they find out why.
func (c *Client) deny() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.denied {
		c.since = c.cfg.Now()
	}
	c.denied = true
	if !c.open {
		close(c.known)
		c.open = true
	}
}

func (c *Client) isDenied() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.denied
}

// forgotten is called when the upstream answers 401 to a query: Run registers anew.
func (c *Client) forgotten() {
	c.setKnown(false)
	select {
	case c.again <- struct{}{}:
	default:
	}
}

// backoff is the pause of edge 12.3: 0, 1 s, then half as long again each time.
type backoff struct {
	max  time.Duration
	last time.Duration
	n    int
}

func (b *backoff) next() time.Duration {
	switch b.n++; b.n {
	case 1:
		return 0
	case 2:
		b.last = time.Second
	default:
		b.last = b.last * 3 / 2
	}
	b.last = min(b.last, b.max)
	return b.last
}

func (b *backoff) reset() { *b = backoff{max: b.max} }
