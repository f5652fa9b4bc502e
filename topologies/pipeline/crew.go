package pipeline

import "sync"

// crew runs functions on goroutines that are kept for the next ones: a new goroutine would have to grow its stack for the chain in several
// steps, which is a twentieth of what the chain costs.
type crew struct {
	keep int // how many may be idle
	mu   sync.Mutex
	idle []chan func() // the one that worked last is the next one
	done bool
}

// run runs f, which does not panic, on another goroutine.
func (c *crew) run(f func()) {
	c.mu.Lock()
	if n := len(c.idle); n > 0 {
		hand := c.idle[n-1]
		c.idle = c.idle[:n-1]
		c.mu.Unlock()
		hand <- f
		return
	}
	c.mu.Unlock()
	go c.hand(f)
}

// hand works until it is not wanted any more.
func (c *crew) hand(f func()) {
	next := make(chan func(), 1)
	for ; f != nil; f = <-next {
		f()
		if !c.rest(next) {
			return
		}
	}
}

// rest makes a hand wait for work; false when there are enough of them.
func (c *crew) rest(next chan func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done || len(c.idle) >= c.keep {
		return false
	}
	c.idle = append(c.idle, next)
	return true
}

// close lets all hands go; what is still running, or run afterwards, ends its goroutine.
func (c *crew) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done = true
	for _, hand := range c.idle {
		hand <- nil
	}
	c.idle = nil
}
