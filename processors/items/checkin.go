package items

import (
	"errors"

	"weir/codecs/checkin"
	"weir/codecs/outcome"
	"weir/processors"
)

// checkIns takes the first check-in of an envelope; further ones are duplicates (pipeline 11).
func checkIns(u *processors.Unit) {
	one := []outcome.Quantity{{Category: outcome.Monitor, N: 1}}
	for i, it := range u.Open() {
		it.Quantities = one // whatever the header says
		if i > 0 {
			u.Drop(it, outcome.Invalid, reasonDuplicate)
			continue
		}
		c, err := checkin.Parse(it.Payload)
		if err != nil {
			u.Drop(it, outcome.Invalid, reasonJSON)
			continue
		}
		if err := c.Normalize(); errors.Is(err, checkin.ErrInvalid) {
			u.Drop(it, outcome.Invalid, reasonCheckIn)
			continue
		}
		u.CheckIn = c
		it.Payload = c.AppendTo(make([]byte, 0, len(it.Payload)+64))
	}
}
