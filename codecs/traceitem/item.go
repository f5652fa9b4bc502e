package traceitem

import (
	"time"

	"weir/codecs/dsn"
	"weir/codecs/envelope"
	"weir/codecs/outcome"
	"weir/codecs/project"
)

// Type is the number that consumers know a kind of item by.
type Type uint8

// The types that weir writes.
const (
	Log    Type = 3
	Metric Type = 8
)

// String is the decimal number, the value of the record header item_type.
func (t Type) String() string { return string(rune('0' + t)) }

// Item is one message but for its attributes.
type Item struct {
	Org       dsn.OrgID
	Project   dsn.ProjectID
	TraceID   string           // 32 hex digits
	ID        envelope.EventID // a UUID, written in little endian order
	Type      Type
	Timestamp time.Time // with nanoseconds
	Received  time.Time
	// ClientRate is the sample rate of the client, (0, 1].
	ClientRate float64
	Retention  project.Retention
	// Counts are the quantities that consumers report as accepted, of the key; nil: none.
	Counts []outcome.Quantity
	Key    dsn.KeyID // 0: unknown
}

// ID returns a UUID of version 7 for an item of the given time; random gives its random bits.
func ID(at time.Time, random [16]byte) envelope.EventID {
	ms := uint64(at.UnixMilli())
	for i := range 6 {
		random[i] = byte(ms >> (40 - 8*i))
	}
	random[6] = random[6]&0x0F | 0x70
	random[8] = random[8]&0x3F | 0x80
	return random
}
