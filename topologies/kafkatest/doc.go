// Package kafkatest has what tests around Kafka share: an in-process cluster, clients, producing, reading until a
// condition holds, waiting without sleeping, running groups.
//
// It is for tests only. Invariant: everything it starts ends with the test.
package kafkatest
