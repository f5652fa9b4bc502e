// Package broker is the embedded Kafka: kfake in this process, in memory or in a data directory, for `weir dev` and for
// running with processing off. A janitor deletes what every reader is done with, so that neither memory nor disk grows
// with the traffic.
//
// It knows nothing about what topics hold; who reads what is configuration. Invariants: nothing that a declared reader
// has not finished is ever deleted; when the bytes reach their bound new input is refused and outputs are not; offsets
// of a partition never start again, whatever was deleted.
package broker
