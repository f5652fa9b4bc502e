// Package rawrecord brings what codecs/raw and codecs/deadletter write into records of Kafka, and records back: the topics raw, parked,
// released, forward, forward-aside and dead-letters.
//
// It knows neither groups nor offsets, and nothing about what is in an envelope. Invariant: Decode of what Encode made gives the same record.
package rawrecord
