package normalize

import (
	"errors"
	"time"
)

// Config is what a deployment decides about normalization. The zero value works.
type Config struct {
	Geo         Locator                   // nil: no geo lookup
	DeviceNames func(model string) string // marketing names of Android models; nil: none (10.5)
	MaxFuture   time.Duration             // how far ahead of the receive time events may be; 0: 60 s
	AgentCache  int                       // parsed user agents that are kept; 0: 4096
}

// Validate reports what is wrong with c.
func (c Config) Validate() error {
	if c.AgentCache < 0 {
		return errors.New("normalize: the user agent cache cannot have a negative size")
	}
	if c.MaxFuture < 0 {
		return errors.New("normalize: the accepted future cannot be negative")
	}
	return nil
}
