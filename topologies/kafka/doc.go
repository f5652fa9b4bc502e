// Package kafka runs goka groups on franz-go: a Group is one consumer group under supervision, with its delivery
// (at-least-once or exactly-once) as configuration. The packages below hold the parts: session, group, eos,
// producer, stage, table, view, topics, lag, instance and the embedded broker.
//
// It knows nothing about what the records hold. Invariant: a message's offset is committed only after every
// effect of the message is durable, whatever fails in between.
package kafka
