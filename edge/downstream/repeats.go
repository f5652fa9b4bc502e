package downstream

import (
	"crypto/sha256"
	"sync"
	"time"

	"weir/codecs/dsn"
	"weir/codecs/signature"
)

// A relay below sends metrics again that were not taken as a whole: soon, with the same bytes.
const (
	repeatsKept = 10 * time.Minute
	maxRepeats  = 256
)

// repeats remembers of what was taken in part which keys were taken, so that they are not taken again with the rest.
type repeats struct {
	mu   sync.Mutex
	list map[repeat]*taken
}

// repeat identifies metrics by their sender and their bytes.
type repeat struct {
	relay signature.PublicKey
	sum   [sha256.Size]byte
}

type taken struct {
	keys map[dsn.PublicKey]bool
	at   time.Time
}

// of returns the keys of metrics that are taken already.
func (r *repeats) of(which repeat) map[dsn.PublicKey]bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := r.list[which]; t != nil {
		return t.keys
	}
	return nil
}

// keep notes the keys that are taken of metrics, or, with none, that all are.
func (r *repeats) keep(which repeat, keys map[dsn.PublicKey]bool, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if delete(r.list, which); len(keys) == 0 {
		return
	}
	if r.list == nil {
		r.list = map[repeat]*taken{}
	}
	for len(r.list) >= maxRepeats {
		var oldest repeat
		for w, t := range r.list {
			if o := r.list[oldest]; o == nil || t.at.Before(o.at) {
				oldest = w
			}
		}
		delete(r.list, oldest)
	}
	for w, t := range r.list {
		if now.Sub(t.at) > repeatsKept {
			delete(r.list, w)
		}
	}
	r.list[which] = &taken{keys, now}
}
