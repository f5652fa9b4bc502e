package projects

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"weir/codecs/dsn"
)

// fetcher gathers wanted keys into batches, asks for them, and asks again with the back-offs of pipeline 3.6 until
// there is an answer or nobody has wanted the key for long. There is one in a process.
type fetcher struct {
	cfg   Batching
	log   *slog.Logger
	clock func() time.Time
	// request describes a key as of now (its revision).
	request func(dsn.PublicKey) Request
	// fetch asks the sources; see resolve.
	fetch func(context.Context, []Request) (map[dsn.PublicKey]Answer, error)
	// store keeps a Found, Missing or Unchanged answer and calls done when it is durable. An error means that the
	// answer cannot be used; done is not called then.
	store func(a Answer, key dsn.PublicKey, background bool, done func(error)) error
	// hold keeps the present row of a key in use: a fetch for it is under way and could not be completed at once.
	hold func(dsn.PublicKey)

	wake chan struct{}

	mu      sync.Mutex
	keys    map[dsn.PublicKey]*wanted
	queue   []*wanted // wait for the next batch, in order
	back    backoff
	failing time.Time // start of a series of failed requests
	fails   int
}

// wanted is a key without an answer. While queued is false it waits for its own back-off.
type wanted struct {
	key        dsn.PublicKey
	deadline   time.Time // of the channel (pipeline 3.6)
	asked      time.Time // last time somebody wanted it
	background bool
	held       bool
	queued     bool
	back       backoff
	waiters    []func(error)
}

func (f *fetcher) init() {
	f.cfg.defaults()
	f.wake = make(chan struct{}, 1)
	f.keys = map[dsn.PublicKey]*wanted{}
	f.back.max = f.cfg.MaxRetry
}

// want asks for a key. done (may be nil) is called once: with nil when the key has an answer or this attempt is given
// up, with an error when the process stops first.
func (f *fetcher) want(key dsn.PublicKey, background bool, done func(error)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w := f.keys[key]
	if w == nil {
		w = &wanted{key: key, background: background, back: backoff{max: f.cfg.MaxRetry}}
		f.keys[key] = w
		f.enqueue(w)
	}
	w.asked = f.clock()
	w.background = w.background && background
	switch {
	case done == nil:
	case w.queued:
		w.waiters = append(w.waiters, done)
	default: // waits for its back-off; the record need not
		done(nil)
	}
}

// wants reports whether a key has no answer yet.
func (f *fetcher) wants(key dsn.PublicKey) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.keys[key] != nil
}

// enqueue opens the channel of a key; mu is held.
func (f *fetcher) enqueue(w *wanted) {
	w.queued, w.deadline = true, f.clock().Add(f.cfg.Timeout)
	f.queue = append(f.queue, w)
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// run fires batches until ctx ends, then gives up all waiters.
func (f *fetcher) run(ctx context.Context) {
	for ctx.Err() == nil {
		f.mu.Lock()
		idle, pause := len(f.queue) == 0, time.Duration(0)
		if !idle {
			pause = f.cfg.Interval + f.back.next()
		}
		f.mu.Unlock()
		if idle {
			select {
			case <-f.wake:
			case <-ctx.Done():
			}
			continue
		}
		if pause > 0 {
			timer := time.NewTimer(pause)
			select {
			case <-timer.C:
			case <-ctx.Done():
				timer.Stop()
			}
		}
		if ctx.Err() == nil {
			f.fire(ctx)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, w := range f.keys {
		w.finish(ctx.Err())
	}
	f.keys, f.queue = map[dsn.PublicKey]*wanted{}, nil
}

// fire sends one batch and waits for it.
func (f *fetcher) fire(ctx context.Context) {
	now := f.clock()
	f.mu.Lock()
	n := min(len(f.queue), f.cfg.Size*f.cfg.Concurrency)
	batch := make([]*wanted, 0, n)
	for _, w := range f.queue[:n] {
		if now.Before(w.deadline) {
			batch = append(batch, w)
			continue
		}
		f.log.Warn("no answer for a project key in time", "key", w.key, "timeout", f.cfg.Timeout)
		f.unanswered(ctx, w)
	}
	f.queue = append([]*wanted(nil), f.queue[n:]...)
	f.mu.Unlock()
	var wg sync.WaitGroup
	for len(batch) > 0 {
		chunk := batch[:min(len(batch), f.cfg.Size)]
		batch = batch[len(chunk):]
		wg.Go(func() { f.ask(ctx, chunk) })
	}
	wg.Wait()
}

func (f *fetcher) ask(ctx context.Context, chunk []*wanted) {
	reqs := make([]Request, len(chunk))
	for i, w := range chunk {
		reqs[i] = f.request(w.key)
	}
	attempt, cancel := context.WithTimeout(ctx, f.cfg.Timeout)
	answers, err := f.fetch(attempt, reqs)
	cancel()
	f.judge(err)
	for _, w := range chunk {
		f.take(ctx, w, answers)
	}
}

// judge keeps the back-off of the service and says loudly when it has been failing for long.
func (f *fetcher) judge(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err == nil {
		f.back.reset()
		f.fails, f.failing = 0, time.Time{}
		return
	}
	if f.fails++; f.fails == 1 {
		f.failing = f.clock()
		return
	}
	if d := f.clock().Sub(f.failing); d > f.cfg.FailureInterval {
		f.log.Error("project states cannot be fetched for a long time; new keys wait", "since", f.failing, "error", err)
	} else {
		f.log.Error("fetch project states", "attempt", f.fails, "error", err)
	}
}

// take ends a key with its answer, or queues it again.
func (f *fetcher) take(ctx context.Context, w *wanted, answers map[dsn.PublicKey]Answer) {
	a, ok := answers[w.key]
	if !ok || a.Kind == Pending {
		f.mu.Lock()
		first := !w.held
		w.held = true
		f.queue = append(f.queue, w)
		f.mu.Unlock()
		if first {
			f.hold(w.key)
		}
		return
	}
	f.mu.Lock()
	background := w.background
	f.mu.Unlock()
	err := f.store(a, w.key, background, func(err error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.keys[w.key] == w {
			delete(f.keys, w.key)
		}
		w.finish(err)
	})
	if err == nil {
		return
	}
	f.log.Error("a project state cannot be read; its events wait", "key", w.key, "source", a.Source, "error", err)
	f.mu.Lock()
	first := !w.held
	w.held = true
	f.unanswered(ctx, w)
	f.mu.Unlock()
	if first {
		f.hold(w.key)
	}
}

// unanswered ends the channel of a key without an answer and tries again after the key's own back-off; mu is held.
func (f *fetcher) unanswered(ctx context.Context, w *wanted) {
	w.finish(nil)
	w.queued = false
	if f.clock().Sub(w.asked) >= f.cfg.Forget {
		delete(f.keys, w.key)
		return
	}
	time.AfterFunc(w.back.next(), func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if ctx.Err() == nil && f.keys[w.key] == w {
			f.enqueue(w)
		}
	})
}

func (w *wanted) finish(err error) {
	for _, done := range w.waiters {
		done(err)
	}
	w.waiters = nil
}
