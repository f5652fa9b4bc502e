package forward

import (
	"sync"
	"time"

	"weir/codecs/dsn"
)

// troubles are the keys whose envelopes fail for reasons of their own, as when the upstream of a project is gone. After streakToClose of them
// in a row a key is closed: its envelopes are set aside without an attempt, but for one after each pause.
type troubles struct {
	times Times
	clock func() time.Time

	mu    sync.Mutex
	keys  map[dsn.PublicKey]*trouble
	swept time.Time // when there was no room and those that are over went
	pass  map[int]func(dsn.PublicKey)
	next  int
}

// trouble is that of one key.
type trouble struct {
	streak int       // set aside since one has passed
	until  time.Time // closed
	last   time.Time // that one was set aside
	tries  int       // those that failed after it was closed, what failed at the same time counted once
}

const (
	streakToClose = 3
	maxTroubles   = 10_000
	sweepEvery    = time.Second // at most: it goes through all of them
)

func newTroubles(times Times, clock func() time.Time) *troubles {
	return &troubles{times: times, clock: clock, keys: map[dsn.PublicKey]*trouble{}, pass: map[int]func(dsn.PublicKey){}}
}

// onPass calls f when an envelope of a key passes that had trouble.
func (t *troubles) onPass(f func(key dsn.PublicKey)) (stop func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	id := t.next
	t.next++
	t.pass[id] = f
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.pass, id)
	}
}

// closed says whether the envelopes of a key are to be set aside unseen, and until when. Who gets false after a key was closed is the one
// that finds out whether it is fine again.
func (t *troubles) closed(key dsn.PublicKey) (until time.Time, closed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	k := t.keys[key]
	if k == nil || k.streak < streakToClose {
		return time.Time{}, false
	}
	now := t.clock()
	if now.Before(k.until) {
		return now.Add(t.times.Hold), true
	}
	k.until = now.Add(t.times.pause(k.streak))
	return time.Time{}, false
}

// hopeless says whether what is too old need not be tried for itself any more: MaxAttempts for its key have failed one after the other, the last
// one lately.
func (t *troubles) hopeless(key dsn.PublicKey) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	k := t.keys[key]
	return k != nil && k.tries >= MaxAttempts && t.clock().Sub(k.last) <= 2*t.times.Longest
}

// troubled says whether the last envelope of a key has failed.
func (t *troubles) troubled(key dsn.PublicKey) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.keys[key] != nil
}

// failed notes that an envelope of a key was set aside, again if that happened before: one that always fails closes no key. It returns true
// when the key is closed now and was not.
func (t *troubles) failed(key dsn.PublicKey, again bool) (first bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock()
	k := t.keys[key]
	if k == nil {
		if !t.room(now) { // clients may make up keys; this one is tried like any other
			return false
		}
		k = &trouble{}
		t.keys[key] = k
	}
	if again && k.streak < streakToClose {
		return false
	}
	if k.streak >= streakToClose && now.Sub(k.last) >= t.times.First {
		k.tries++
	}
	k.streak++
	k.until, k.last = now.Add(t.times.pause(k.streak)), now
	return k.streak == streakToClose
}

// room makes room for a key, if there can be any; for who holds mu.
func (t *troubles) room(now time.Time) bool {
	if len(t.keys) >= maxTroubles && now.Sub(t.swept) >= sweepEvery {
		t.swept = now
		for key, k := range t.keys {
			if now.After(k.until) {
				delete(t.keys, key)
			}
		}
	}
	return len(t.keys) < maxTroubles
}

// passed notes that the upstream has answered for an envelope of a key.
func (t *troubles) passed(key dsn.PublicKey) {
	t.mu.Lock()
	var tell []func(dsn.PublicKey)
	if t.keys[key] != nil {
		delete(t.keys, key)
		for _, f := range t.pass {
			tell = append(tell, f)
		}
	}
	t.mu.Unlock()
	for _, f := range tell {
		f(key)
	}
}
