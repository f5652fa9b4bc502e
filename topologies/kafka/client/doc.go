// Package client says how to reach a Kafka cluster: addresses and connection options that every consumer,
// producer and admin client of the process shares, also translated from librdkafka's names, and how batches are compressed.
//
// It knows nothing about topics, groups or delivery. Invariant: a Config is a value; clients made of it share
// nothing but buffers that nobody uses.
package client
