package projects

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"weir/codecs/dsn"
)

// call is one request to the fake source.
type call struct {
	at   time.Duration
	keys []dsn.PublicKey
}

type fakes struct {
	*fetcher
	start  time.Time
	mu     sync.Mutex
	calls  []call
	stored map[dsn.PublicKey]Kind
	held   []dsn.PublicKey
	answer func(n int, r Request) (Answer, error) // n counts the calls from 1
	bad    bool                                   // answers cannot be used
}

func newFakes(cfg Batching, answer func(int, Request) (Answer, error)) *fakes {
	f := &fakes{start: time.Now(), stored: map[dsn.PublicKey]Kind{}, answer: answer}
	f.fetcher = &fetcher{cfg: cfg, log: slog.New(slog.DiscardHandler), clock: time.Now,
		request: func(k dsn.PublicKey) Request { return Request{Key: k} },
		fetch: func(_ context.Context, reqs []Request) (map[dsn.PublicKey]Answer, error) {
			f.mu.Lock()
			defer f.mu.Unlock()
			c := call{at: time.Since(f.start)}
			got := map[dsn.PublicKey]Answer{}
			var failed error
			for _, r := range reqs {
				c.keys = append(c.keys, r.Key)
				a, err := f.answer(len(f.calls)+1, r)
				if err != nil {
					failed = err
					continue
				}
				got[r.Key] = a
			}
			f.calls = append(f.calls, c)
			return got, failed
		},
		store: func(a Answer, k dsn.PublicKey, _ bool, done func(error)) error {
			f.mu.Lock()
			defer f.mu.Unlock()
			if f.bad {
				return errors.New("unparsable")
			}
			f.stored[k] = a.Kind
			go done(nil)
			return nil
		},
		hold: func(k dsn.PublicKey) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.held = append(f.held, k)
		},
	}
	f.init()
	return f
}

func (f *fakes) times() (at []time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.calls {
		at = append(at, c.at)
	}
	return at
}

// left returns how many keys have no answer yet, and the answers.
func (f *fakes) left() (keys int, stored map[dsn.PublicKey]Kind) {
	f.fetcher.mu.Lock()
	keys = len(f.keys)
	f.fetcher.mu.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	return keys, maps.Clone(f.stored)
}

func key(i int) dsn.PublicKey { return dsn.PublicKey(fmt.Sprintf("%032d", i)) }

func TestKeysAreGatheredAndAskedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakes(DefaultBatching(), func(int, Request) (Answer, error) { return Answer{Kind: Found}, nil })
		ctx, cancel := context.WithCancel(t.Context())
		go f.run(ctx)
		done := make(chan error, 3000)
		for range 2 {
			for i := range 1200 {
				f.want(key(i), false, func(err error) { done <- err })
			}
		}
		for range 2400 {
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
		if at := f.times(); !slices.Equal(at, []time.Duration{100 * time.Millisecond, 100 * time.Millisecond, 100 * time.Millisecond}) {
			t.Errorf("requests at %v", at)
		}
		synctest.Wait()
		if n, stored := f.left(); len(stored) != 1200 || n != 0 {
			t.Errorf("%d stored, %d left", len(stored), n)
		}
		cancel()
		synctest.Wait()
	})
}

func TestPendingKeysAreAskedEveryInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakes(DefaultBatching(), func(n int, _ Request) (Answer, error) {
			if n < 4 {
				return Answer{Kind: Pending}, nil
			}
			return Answer{Kind: Missing}, nil
		})
		ctx, cancel := context.WithCancel(t.Context())
		go f.run(ctx)
		done := make(chan error)
		f.want(key(1), false, func(err error) { done <- err })
		<-done
		ms := time.Millisecond
		if at := f.times(); !slices.Equal(at, []time.Duration{100 * ms, 200 * ms, 300 * ms, 400 * ms}) {
			t.Errorf("requests at %v", at)
		}
		if len(f.held) != 1 {
			t.Errorf("held %v", f.held)
		}
		cancel()
		synctest.Wait()
	})
}

// Pipeline 3.6: a failing upstream sees 1.1 s, 1.6 s, 2.35 s between requests.
func TestFailingSourceBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakes(DefaultBatching(), func(n int, _ Request) (Answer, error) {
			if n < 5 {
				return Answer{}, errors.New("503")
			}
			return Answer{Kind: Found}, nil
		})
		ctx, cancel := context.WithCancel(t.Context())
		go f.run(ctx)
		done := make(chan error)
		f.want(key(1), false, func(err error) { done <- err })
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		ms := time.Millisecond
		if at := f.times(); !slices.Equal(at, []time.Duration{100 * ms, 1200 * ms, 2800 * ms, 5150 * ms, 8625 * ms}) {
			t.Errorf("requests at %v", at)
		}
		cancel()
		synctest.Wait()
	})
}

// The record of a request is done after the query timeout; the key is asked for on until nobody wants it.
func TestUnansweredKeyIsRetriedThenForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := DefaultBatching()
		f := newFakes(cfg, func(int, Request) (Answer, error) { return Answer{Kind: Pending}, nil })
		ctx, cancel := context.WithCancel(t.Context())
		go f.run(ctx)
		done := make(chan error)
		f.want(key(1), false, func(err error) { done <- err })
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if d := time.Since(f.start); d < 30*time.Second || d > 31*time.Second {
			t.Errorf("done after %v", d)
		}
		<-time.After(10 * time.Minute)
		f.mu.Lock()
		last := f.calls[len(f.calls)-1].at
		f.mu.Unlock()
		if last < cfg.Forget || last > cfg.Forget+2*cfg.Timeout+cfg.MaxRetry {
			t.Errorf("last request at %v", last)
		}
		cancel()
		synctest.Wait()
	})
}

// A state that cannot be parsed is fetched again with the key's own back-off; it works once it is fixed (pipeline 16).
func TestUnparsableStateIsFetchedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakes(DefaultBatching(), func(int, Request) (Answer, error) { return Answer{Kind: Found}, nil })
		f.bad = true
		ctx, cancel := context.WithCancel(t.Context())
		go f.run(ctx)
		f.want(key(1), false, nil)
		<-time.After(5 * time.Second)
		ms := time.Millisecond
		if at := f.times(); !slices.Equal(at, []time.Duration{100 * ms, 200 * ms, 1300 * ms, 2900 * ms}) {
			t.Errorf("requests at %v", at)
		}
		f.mu.Lock()
		f.bad = false
		f.mu.Unlock()
		<-time.After(time.Minute)
		if n, stored := f.left(); stored[key(1)] != Found || n != 0 {
			t.Errorf("stored %v, %d keys left", stored, n)
		}
		cancel()
		synctest.Wait()
	})
}

func TestStopFailsWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakes(DefaultBatching(), func(int, Request) (Answer, error) { return Answer{}, errors.New("down") })
		ctx, cancel := context.WithCancel(t.Context())
		go f.run(ctx)
		done := make(chan error, 1)
		f.want(key(1), false, func(err error) { done <- err })
		<-time.After(3 * time.Second)
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		synctest.Wait()
	})
}
