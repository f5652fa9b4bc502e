package group

import (
	"context"
	"time"
)

// A poll that brought as much is no reason to wait: more would not make a record cheaper, and whoever is behind would stay so.
const (
	manyRecords = 256
	manyBytes   = 512 << 10
)

// pacer keeps polls that bring few records apart.
type pacer struct {
	every time.Duration
	timer *time.Timer // nil until the first wait
	rest  bool        // the timer runs
}

// polled notes the end of a poll that brought so many records with so many bytes.
func (p *pacer) polled(records, bytes int) {
	if records == 0 || records >= manyRecords || bytes >= manyBytes || p.every <= 0 {
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
