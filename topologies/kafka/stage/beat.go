package stage

import (
	"sync"
	"time"
)

// beat is the common end of waits: whoever begins to wait between two beats waits for the next one.
type beat struct {
	every time.Duration
	mu    sync.Mutex
	ahead chan struct{} // nil while nobody waits
}

// next returns a channel that is closed within every; nil where every is 0.
func (b *beat) next() <-chan struct{} {
	if b.every <= 0 {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ahead == nil {
		b.ahead = make(chan struct{})
		time.AfterFunc(b.every, b.strike)
	}
	return b.ahead
}

func (b *beat) strike() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.ahead)
	b.ahead = nil
}
