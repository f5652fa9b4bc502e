package health

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"weir/edge"
)

// Probe is one condition of readiness. Check must end with ctx.
type Probe struct {
	Name  string
	Check func(ctx context.Context) error
}

// Config are the keys of section `health` that say when probes run.
type Config struct {
	Refresh time.Duration // health.refresh_interval_ms; default 3 s
	Timeout time.Duration // health.probe_timeout_ms, of each probe; default 900 ms
	Now     func() time.Time
	Log     *slog.Logger
}

// Checker runs the probes and remembers the last result.
type Checker struct {
	cfg      Config
	probes   []Probe
	last     atomic.Pointer[result]
	stopping atomic.Bool
	bad      map[string]bool // probes that failed last time, so that a lasting failure is logged once
}

type result struct {
	healthy bool
	at      time.Time
}

// New returns a checker that is unhealthy until its first round.
func New(cfg Config, probes ...Probe) *Checker {
	if cfg.Refresh == 0 {
		cfg.Refresh = 3 * time.Second
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 900 * time.Millisecond
	}
	return &Checker{cfg: cfg, probes: probes, bad: map[string]bool{}}
}

// startRefresh is the interval until the process has been healthy once, so that a start does not wait for a whole interval.
const startRefresh = 50 * time.Millisecond

// Run checks at once and then every interval, until ctx ends.
func (c *Checker) Run(ctx context.Context) {
	started := false
	for {
		c.round(ctx)
		started = started || c.Ready()
		pause := c.cfg.Refresh
		if !started {
			pause = min(pause, startRefresh)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// round runs all probes side by side.
func (c *Checker) round(ctx context.Context) {
	errs := make([]error, len(c.probes))
	var wg sync.WaitGroup
	for i, p := range c.probes {
		wg.Go(func() {
			limited, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
			defer cancel()
			done := make(chan error, 1)
			go func() { done <- p.Check(limited) }()
			select {
			case errs[i] = <-done:
			case <-limited.Done(): // a probe that does not keep its promise
				errs[i] = limited.Err()
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return
	}
	healthy := true
	for i, err := range errs {
		name := c.probes[i].Name
		if err != nil && !c.bad[name] {
			c.cfg.Log.Error("Health check probe '"+name+"' failed", "error", err)
		}
		if err == nil && c.bad[name] {
			c.cfg.Log.Info("health check probe passes again", "probe", name)
		}
		c.bad[name] = err != nil
		healthy = healthy && err == nil
	}
	c.last.Store(&result{healthy, c.cfg.Now()})
}

// Stop makes the checker unhealthy for good: the process is shutting down.
func (c *Checker) Stop() { c.stopping.Store(true) }

// Ready reports whether all probes passed lately.
func (c *Checker) Ready() bool {
	r := c.last.Load()
	if r == nil || c.stopping.Load() || !r.healthy {
		return false
	}
	limit := (c.cfg.Refresh + c.cfg.Timeout) * 11 / 10
	return c.cfg.Now().Sub(r.at) <= limit
}

// Routes returns R30 and R32, and R31 as far as there is something to show (edge 1.1). They go in front of
// all other routes below /api/.
func (c *Checker) Routes(gauges func() []Gauge) []edge.Route {
	get := []string{http.MethodGet}
	return []edge.Route{
		{Path: "/api/relay/healthcheck/{}/", Methods: get, Handle: c.healthcheck},
		{Path: "/api/relay/autoscaling/", Methods: get, Handle: func(*edge.Exchange) edge.Reply { return autoscaling(gauges) }},
		NotFound,
	}
}

// NotFound is R32: nothing else is below /api/relay/. Alone it is what the main listener has when there is an internal one.
var NotFound = edge.Route{Path: "/api/relay/*", Handle: func(*edge.Exchange) edge.Reply { return edge.Empty(http.StatusNotFound) }}

// Live is R24, always on the main listener.
var Live = edge.Route{Path: "/api/0/relays/live/", Methods: []string{http.MethodGet}, Handle: func(*edge.Exchange) edge.Reply { return healthy(true) }}

func (c *Checker) healthcheck(x *edge.Exchange) edge.Reply {
	switch x.Params[0] {
	case "live":
		return healthy(true)
	case "ready":
		return healthy(c.Ready())
	}
	return edge.Text(http.StatusBadRequest, "unknown kind of health check")
}

func healthy(ok bool) edge.Reply {
	if ok {
		return edge.JSON(http.StatusOK, []byte(`{"is_healthy":true}`))
	}
	return edge.JSON(http.StatusServiceUnavailable, []byte(`{"is_healthy":false}`))
}
