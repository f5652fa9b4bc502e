package normalize

import "errors"

// Config is what a deployment decides about normalization. The zero value works.
type Config struct {
	Geo         Locator                   // nil: no geo lookup
	DeviceNames func(model string) string // marketing names of Android models; nil: none (10.5)
	AgentCache  int                       // parsed user agents that are kept; 0: 4096
}

// Validate reports what is wrong with c.
func (c Config) Validate() error {
	if c.AgentCache < 0 {
		return errors.New("normalize: the user agent cache cannot have a negative size")
	}
	return nil
}
