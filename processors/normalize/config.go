package normalize

import (
	"errors"
	"time"

	"weir/codecs/event"
	"weir/processors/match"
)

// Config is what a deployment decides about normalization. The zero value works.
type Config struct {
	Geo         Locator                   // nil: no geo lookup
	DeviceNames func(model string) string // marketing names of Android models; nil: none (10.5)
	// Fields reads events for the conditions of performance scores (11.8); nil: no field is known.
	Fields    func(root *event.Value) match.Fields
	MaxFuture time.Duration // how far ahead of the receive time events may be; 0: 60 s
	// Limits of what metrics are made of (1.4): how far before and after the receive time transactions may start and end, and the bytes of a
	// metric's name and of a tag's value. 0: 5 days, 60 s, 200, 200.
	Past, Future         time.Duration
	MaxName, MaxTagValue int
	// Forwarding is set where events go on to an upstream, which normalizes them once more; nil: they are stored.
	Forwarding *Forwarding
}

// Forwarding says how a relay that does not process treats events: without counters, trace header, crash placeholders and, unless Full,
// without removing unknown keys and without the list of errors (1.4, 6).
type Forwarding struct {
	Full      bool // normalization.level full
	Version   string
	PublicKey string // of this relay; empty: none is noted in ingest_path
}

// Validate reports what is wrong with c.
func (c Config) Validate() error {
	if c.MaxFuture < 0 || c.Past < 0 || c.Future < 0 || c.MaxName < 0 || c.MaxTagValue < 0 {
		return errors.New("normalize: times and lengths cannot be negative")
	}
	return nil
}
