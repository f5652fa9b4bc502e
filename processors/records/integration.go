package records

import (
	"weir/codecs/outcome"
	"weir/processors"
)

// integration opens what an endpoint for another protocol made one item of (items 15).
func (o *opener) integration(it *processors.Item) {
	o.u.Drop(it, outcome.Invalid, "internal")
}
