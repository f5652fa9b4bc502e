package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// progress is one line that is redrawn on a terminal; elsewhere it is silent.
type progress struct {
	w     io.Writer
	what  string
	total int64
	drawn time.Time
	start time.Time
}

func newProgress(w io.Writer, what string, total int64) *progress {
	if !isTerminal(w) {
		w = nil
	}
	return &progress{w: w, what: what, total: total, start: time.Now()}
}

func (p *progress) set(n int64) {
	if p.w == nil || time.Since(p.drawn) < 100*time.Millisecond {
		return
	}
	p.drawn = time.Now()
	share := 1.0
	if p.total > 0 {
		share = min(1, float64(n)/float64(p.total))
	}
	left := ""
	if elapsed := time.Since(p.start); share > 0.01 && share < 1 {
		left = fmt.Sprintf(", %s left", (time.Duration(float64(elapsed)/share) - elapsed).Round(time.Second))
	}
	full := int(share * 30)
	fmt.Fprintf(p.w, "\r\x1b[K%s [%s%s] %d of %d%s", p.what, strings.Repeat("█", full), strings.Repeat("░", 30-full), n, p.total, left)
}

func (p *progress) end() {
	if p.w != nil {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

// lateProgress is a progress of work that learns how much it is while it runs, or that has parts, a line each.
type lateProgress struct {
	w   io.Writer
	bar *progress
}

func (l *lateProgress) set(what string, done, total int64) {
	if l.bar == nil || l.bar.what != what || l.bar.total != total {
		l.end()
		l.bar = newProgress(l.w, what, total)
	}
	l.bar.set(done)
}

func (l *lateProgress) end() {
	if l.bar != nil {
		l.bar.end()
		l.bar = nil
	}
}
