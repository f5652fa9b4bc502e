package envelope

import "time"

// ParseTime reads an RFC 3339 time with the tolerance of the sent_at header (edge 4.2); item payloads write their times the same way.
func ParseTime(text []byte) (time.Time, bool) { return parseTime(text) }
