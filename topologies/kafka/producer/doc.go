// Package producer writes records: idempotent, acks=all, ordered per partition also on retry, compressed, and
// with the partitioning that the reader of a topic expects (goka's FNV-1a for weir's own topics, librdkafka's
// consistent_random for the operator's).
//
// It knows nothing about what the records hold. Invariant: a record's done function is called exactly once,
// with nil only after the broker has acknowledged it on all in-sync replicas.
package producer
