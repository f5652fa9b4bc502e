package upstream

import (
	"errors"
	"time"
)

// State is how the registration stands.
type State struct {
	Name  string    // registering, registered, refused
	Since time.Time // of Name
	Err   error     // of the last attempt; nil: it went well, or there was none
}

// The names of states.
const (
	StateRegistering = "registering" // the upstream does not know us, or not any more
	StateRegistered  = "registered"
	StateRefused     = "refused" // told to stop: only a restart tries again
)

// State returns the state as of now.
func (c *Client) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := State{Name: StateRegistering, Since: c.since, Err: c.last}
	switch {
	case c.denied:
		s.Name = StateRefused
	case c.open:
		s.Name = StateRegistered
	}
	return s
}

// note remembers how an attempt to register ended.
func (c *Client) note(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil || !errors.Is(err, ErrDenied) || c.last == nil {
		c.last = err
	}
}
