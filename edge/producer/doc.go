// Package producer writes accepted envelopes to raw, and large ones in chunks to blobs with a manifest in raw (house 1.3).
//
// It knows the record form of codecs/raw and nothing about what is in an envelope. Invariants: Write returns nil only
// after the broker has acknowledged with acks=all (unless the queued mode was chosen), the bytes handed to the Kafka client
// never exceed the budget, and a full budget is an error at once, never a wait.
package producer
