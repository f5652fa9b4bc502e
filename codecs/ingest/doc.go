// Package ingest encodes the messages of the operator's topics: msgpack, JSON and protobuf in the exact
// forms of pipeline 9 and topics.tsv.
//
// It knows bytes, keys and headers, not which item goes where (processors/route) nor any Kafka client.
// Invariant: a Message's key has 16 bytes and its headers are in ascending name order (pipeline 9.3, 9.4).
package ingest
