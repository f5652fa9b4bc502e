package group

import (
	"context"
	"time"
)

// pacer keeps polls that bring records apart.
type pacer struct {
	every time.Duration
	timer *time.Timer // nil until the first wait
	rest  bool        // the timer runs
}

// polled notes the end of a poll that brought n records.
func (p *pacer) polled(n int) {
	if n == 0 || p.every <= 0 {
		return
	}
	if p.timer == nil {
		p.timer = time.NewTimer(p.every)
	} else {
		p.timer.Reset(p.every)
	}
	p.rest = true
}

// wait returns when the next poll may begin, false when ctx has ended.
func (p *pacer) wait(ctx context.Context) bool {
	if p.rest {
		p.rest = false
		select {
		case <-p.timer.C:
		case <-ctx.Done():
			p.timer.Stop()
		}
	}
	return ctx.Err() == nil
}
