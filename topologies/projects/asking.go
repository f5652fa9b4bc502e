package projects

import (
	"sync"
	"time"

	"weir/codecs/dsn"
)

// asking remembers for which keys this process has asked lately, so that a key under load costs one record and not one
// per event, and bounds how many keys it asks for: clients may send any key they like.
type asking struct {
	every time.Duration // for one key
	rate  int           // keys a second
	burst int           // keys at once, after a quiet time
	limit int           // keys remembered

	mu     sync.Mutex
	last   map[dsn.PublicKey]question
	tokens float64
	filled time.Time
}

// question is a request that was sent for a key.
type question struct {
	at  time.Time
	row time.Time // Updated of the row that was known then; zero: none. With another row it is a new question
}

func newAsking() *asking {
	return &asking{every: 10 * time.Second, rate: 2000, burst: 10_000, limit: 100_000, last: map[dsn.PublicKey]question{}}
}

// allow reports whether a request is to be sent now. row is when what is known about the key was fetched, zero when nothing is known.
func (a *asking) allow(key dsn.PublicKey, row, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if q, ok := a.last[key]; ok && q.row.Equal(row) && now.Sub(q.at) < a.every && !now.Before(q.at) {
		return false
	}
	if a.filled.IsZero() {
		a.tokens = float64(a.burst)
	} else if d := now.Sub(a.filled); d > 0 {
		a.tokens = min(float64(a.burst), a.tokens+d.Seconds()*float64(a.rate))
	}
	a.filled = now
	if a.tokens < 1 {
		return false // the next access asks again
	}
	if len(a.last) >= a.limit {
		a.prune(now)
	}
	if len(a.last) >= a.limit {
		return false
	}
	a.tokens--
	a.last[key] = question{now, row}
	return true
}

// forget lets the key be asked for at once: it was answered, or the request could not be sent.
func (a *asking) forget(key dsn.PublicKey) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.last, key)
}

func (a *asking) prune(now time.Time) {
	for k, q := range a.last {
		if now.Sub(q.at) >= a.every {
			delete(a.last, k)
		}
	}
}
