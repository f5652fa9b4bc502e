// Package ingest encodes the msgpack messages of the operator's topics and the keys of all of them, in the exact
// forms of pipeline 9.3 to 9.7 and topics.tsv; JSON and protobuf payloads come from the packages of their items.
//
// It knows bytes, keys and headers, not which item goes where (processors/route) nor any Kafka client. Nothing here reflects: every message is
// written member by member in the order of the contract. Invariant: a Message's key has 16 bytes and its headers are in ascending
// name order (pipeline 9.3, 9.4).
package ingest
