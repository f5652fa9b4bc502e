// Package topic names what weir has on Kafka: its own topics with how they are to be kept, its consumer groups, the headers of
// its records, the limits of the operator's topics, and both partitioners as pure functions.
//
// It knows no client and creates nothing; topologies and `weir topics` do. Invariant: for one key and partition
// count, FNVPartition answers as goka's own producer does and CRCPartition as librdkafka does, for ever: data and
// tables are placed by them.
package topic
