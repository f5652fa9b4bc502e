package kafka

import "fmt"

// Delivery says how often an input record's outputs can appear on the topics.
type Delivery uint8

// The deliveries. The zero value is the default.
const (
	// AtLeastOnce repeats outputs of about (rate x commit interval + in flight) records after a crash.
	AtLeastOnce Delivery = iota
	// ExactlyOnce writes outputs and input offsets in one transaction; readers must use read_committed.
	ExactlyOnce
)

// AllDeliveries lists the deliveries.
var AllDeliveries = []Delivery{AtLeastOnce, ExactlyOnce}

// String returns the configuration value.
func (d Delivery) String() string {
	if d == ExactlyOnce {
		return "exactly-once"
	}
	return "at-least-once"
}

// ParseDelivery reads a configuration value.
func ParseDelivery(s string) (Delivery, error) {
	for _, d := range AllDeliveries {
		if d.String() == s {
			return d, nil
		}
	}
	return AtLeastOnce, fmt.Errorf("delivery: %q is neither %q nor %q", s, AtLeastOnce, ExactlyOnce)
}
