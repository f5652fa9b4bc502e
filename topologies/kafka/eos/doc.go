// Package eos runs a stateless goka processor exactly-once: the outputs of a batch of messages and
// their input offsets are committed in one Kafka transaction. Readers of the outputs must use
// read_committed. Effects outside Kafka (Redis, HTTP, other clusters) are still at-least-once.
//
// Never let such a processor write a topic that goka reads as a table (Persist, Join, Lookup, View):
// goka waits for the offset before the high watermark, which is a transaction marker without a
// record, and never becomes ready. For the same reason the group must not use Persist or Loop.
//
// Invariant: outputs of a batch become visible if and only if its input offsets are committed.
package eos
