package ledger

import (
	"strconv"

	"weir/codecs/dsn"
	"weir/codecs/outcome"
	"weir/codecs/raw"
)

// Record is what one batch did for one project key and hour. Its Kafka key is RecordKey.
type Record struct {
	Project dsn.PublicKey
	Hour    int64 // hours since 1970 of the receive time
	Source  Source
	Entries []Entry
	Replay  string // id of the replay run, empty for live traffic
}

// Source is where the offsets of a record count.
type Source struct {
	Topic     string
	Partition int32
}

// Effect is what became of one envelope.
type Effect struct {
	Items     Items
	Parked    bool // it waits for its config; Items are then zero
	Dead      bool // the whole record is a dead letter
	Unchecked uint64
	// Sought says that what the record causes was looked for on its topics before it was written, because it may have been processed
	// before: the offset is then no repeated one, unless Repeated says that something was there and had to be written again.
	Sought, Repeated bool
	Counts           []Count   // order is free
	Limited          []Limited // units that a rate limit dropped
}

// Items counts items by end: Received = Accepted + Discarded + Dead.
type Items struct{ Received, Accepted, Discarded, Dead uint64 }

// Count is an amount of one category with one end.
type Count struct {
	Category outcome.Category
	ID       outcome.ID
	Reason   outcome.Reason
	Quantity uint64
}

// Limited names a unit, or a part of one, that a rate limit dropped, so that a replay can repeat the verdict (cli.md, weir replay).
type Limited struct {
	Offset  int64 // set by the Builder
	Receipt raw.ReceiptID
	Unit    int
	Reason  outcome.Reason
}

// Entry groups source offsets whose envelopes ended alike. All counts are per offset.
type Entry struct {
	Offsets   [][2]int64 // inclusive ranges, ascending, not overlapping
	Envelopes uint64     // 1
	Items     Items
	Parked    uint64 // 1 when the envelope waits for its config
	Dead      uint64 // 1 when the whole record is a dead letter
	Unchecked uint64 // quota checks that the store did not answer
	Sought    uint64 // 1 with Effect.Sought
	Repeated  uint64 // 1 with Effect.Repeated
	Counts    []Count
	Limited   []Limited // of all offsets, ascending; the only member that is not per offset
}

// RecordKey returns the Kafka key: all records of one project key and hour go to one partition and one row.
func (r *Record) RecordKey() []byte {
	return strconv.AppendInt(append(append(make([]byte, 0, 40), r.Project...), ':'), r.Hour, 10)
}

// HourOf returns the hour of a receive time in seconds since 1970.
func HourOf(unix int64) int64 {
	if unix < 0 {
		return -1
	}
	return unix / 3600
}
