package server

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"weir/edge"
)

// quiet lets one message through a second and counts the others: an outage must not fill the disk.
type quiet struct {
	second     atomic.Int64
	suppressed atomic.Int64
}

// allow returns how many messages were left out since the last one, and whether this one may be written.
func (q *quiet) allow(now time.Time) (suppressed int64, ok bool) {
	s := now.Unix()
	last := q.second.Load()
	if last == s || !q.second.CompareAndSwap(last, s) {
		q.suppressed.Add(1)
		return 0, false
	}
	return q.suppressed.Swap(0), true
}

// log tells about a problem (edge 9.2): 503 as a warning, other 5xx as an error, 4xx for debugging. Bodies are never logged.
func (rt *Router) log(x *edge.Exchange, r *edge.Reply) {
	level := slog.LevelDebug
	switch {
	case r.Status < 400:
		return
	case r.Status == http.StatusServiceUnavailable:
		level = slog.LevelWarn
	case r.Status >= 500:
		level = slog.LevelError
	}
	ctx := context.Background()
	if !rt.cfg.Log.Enabled(ctx, level) {
		return
	}
	var suppressed int64
	if level > slog.LevelDebug {
		var ok bool
		if suppressed, ok = rt.quiet.allow(x.ReceivedAt); !ok {
			return
		}
	}
	rt.cfg.Log.Log(ctx, level, "request refused", "method", x.R.Method, "path", x.R.URL.Path, "status", r.Status, "detail", r.Detail, "causes", r.Causes, "more", suppressed)
}
